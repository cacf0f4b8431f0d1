"""Show how the branches are on the day, from what stations say of themselves, and nothing of a voter.

watching.py     what is known of each station, from its signed messages
alerts.py       what somebody should look at
rows.py         a branch, a district, the country: what a page shows of them
accounts.py     who may look: passphrase and one-time code (RFC 6238); who looked is written down
pages.py        the pages, from the templates *.html
app.py          the web application: pages, changes as they come (Server-Sent Events), messages of stations
serving.py      a program that serves it

Stations send (`election.station_status`) and get no answer but that it came. The board has no way to claims,
terminals or votes.
"""
