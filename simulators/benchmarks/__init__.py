"""`amin bench`: costs on this machine, as medians of one run and as ratios within it.

measure.py   samples → median, p99, and whether a limit is kept
command.py   which benches there are, and their tables
crypto.py    ballots, mixing, verification, beside the reference tool
profile.py   where a verification's time goes
drivers.py   cards through a card service, fingers through serial lines, and what leaks
fleet.py     a country before the day: tables, enrolment, packages, loading
closings.py  an election of many branches, and what its devices hand in
importing.py one more of these bundles at headquarters
pipeline.py  from bundles to published pages: all commands, on one core
screens.py   how long the voter's screens take; hearing.py until a sound is heard
registry.py  a centre's registry, asked by a country
large_lists.py  authorities and revoked certificates by the thousand
habits.py    what a habit of a chip costs
storage.py   votes and receipts on media
startup.py   how long a command takes from nothing
events.py    from the card service's word to the event in a station's loop
far_side.py  the card and the modules, in a process of their own
holdings.py  what the process and the service hold
"""
