"""Mutated bytes for everything that reads bytes from outside. `python -m tests.fuzz --help`

mutate.py     valid bytes → bytes that are nearly valid; the same seed gives the same bytes
frames.py     several messages in one input, such as all answers of a card in one session
target.py     what is tried, with which inputs, and which errors it may raise
card_files.py  card_sessions.py  piv_sessions.py  devices.py  traces.py  simulated.py  elections.py  office.py
publication.py
              the targets, by where their bytes come from
world.py      cards with their issuer and holder
lines.py      a serial line without a device, on a clock that does not wait
registry.py   all of them by name
run.py        tries inputs, keeps what went wrong
test_short.py a short pass of all of them; test_found.py what was found
archive_bits.py   one bit of every byte of a small archive turned, one after another
"""
