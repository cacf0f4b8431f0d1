"""Check a challenged ballot at home, to see whether the terminal was honest.

    definition.py   contests and names, from the published definition.json
    reading.py      what the answers of a ballot say, in names
    check.py        makes the ballot again and compares; the verdict
    words.py        the verdict for people, in Persian and English
    page.py         one HTML file that does the same in a browser, with code of its own
    web/            its parts: hashes, curve, ballot, reading, words, screen, style

The ticket is defined in `election.challenge`, for the terminal writes it.
"""
