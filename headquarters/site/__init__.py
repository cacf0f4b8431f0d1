"""Publish a verified count as pages that anybody reads, without a script and without a network.

building.py       copy, verify the copy, read it, write the pages, put the folder in its place
publication.py    which files are a publication
facts.py          what the pages say, computed from verified archives alone
arrivals.py       what is in by district, and every interim result before
codes.py          which page a tracking code stands on
pages.py          the pages in every language, from the templates *.html
terms.py          the words that a reader may not know
results_json.py   the same numbers for programs: NIST SP 1500-100
place.py          a folder that is replaced whole, and only where it is a site of this election

OUT/index.html    the languages
OUT/fa/ en/ …     index, contest-1 …, seats-1 …, turnout, branches, batch-1 …, interims, interim-1 …, codes,
                  told, check, files, glossary
OUT/fa/devices/   a page for each device: what its paper must show
OUT/fa/codes/     where there are many codes: by the first characters, 00/00 … 63/63
OUT/files/        the publication, byte for byte as it was verified
OUT/seats-1/ …    the report on the seats of each contest, with pictures
OUT/results.json  NIST SP 1500-100 V2
OUT/verify.html   the second verifier, which runs in a browser
OUT/SHA256SUMS    of all files, and site.json, by which a site is known again
"""
