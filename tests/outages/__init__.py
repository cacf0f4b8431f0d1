"""Kill and stall a centre's servers while stations ask: `python -m tests.outages --seed N --outages 20`.

judging.py    from what stations were answered and what the book has: what was lost, what was given twice
servers.py    PostgreSQL with standbys, `amin registry serve` and nginx, each killed, stalled, replaced
__main__.py   stations that ask until they are answered, and outages in drawn order
"""
