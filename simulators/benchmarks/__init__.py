"""`amin bench`: costs on this machine, as medians of one run and as ratios within it.

measure.py   samples → median, p99, and whether a limit is kept
command.py   which benches there are, and their tables
crypto.py    ballots, mixing, verification, beside the reference tool
profile.py   where a verification's time goes
drivers.py   cards through a card service, fingers through serial lines, and what leaks
pipeline.py  from bundles to published pages: all commands, on one core
storage.py   votes and receipts on media
startup.py   how long a command takes from nothing
events.py    from the card service's word to the event in a station's loop
far_side.py  the card and the modules, in a process of their own
holdings.py  what the process and the service hold
"""
