"""A device of a branch at work: its stores, its card desk, and the effects of its flows carried out.

    base.py      what both devices have: keys, package, state of the polls, audit log, clock
    cards.py     one reader: what is in it, and jobs on the card
    console.py   the operator's acts: load, test, open, pause, close, report, export
    ballot.py    the ballot terminal's effects      vault.py   sealing and recording votes
    identity.py  the identity station's effects     holder.py  from card data to a voter

Qt-free: screens are told by callbacks, printing takes a function that draws.
"""
