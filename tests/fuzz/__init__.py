"""Mutated bytes for everything that reads bytes from outside. `python -m tests.fuzz --help`

mutate.py     valid bytes → bytes that are nearly valid; the same seed gives the same bytes
frames.py     several messages in one input, such as all answers of a card in one session
target.py     what is tried, with which inputs, and which errors it may raise
smartcard.py  devices.py  simulated.py  election.py  office.py    the targets
registry.py   all of them by name
run.py        tries inputs, keeps what went wrong
archive_bits.py   one bit of every byte of a small archive turned, one after another
"""
