"""`amin bench`: what things cost on this machine, as medians of one run and as ratios within it.

measure.py   samples → median, p99, and whether a limit is kept
command.py   which benches there are, and their tables
crypto.py    ballots, mixing, verification, beside the reference tool
profile.py   where a verification's time goes
"""
