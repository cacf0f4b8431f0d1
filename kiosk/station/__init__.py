"""Put a device of a branch to work: its stores, its card readers, and the effects of its flows.

    base.py      keys, the installed package, state of the polls, audit log
    device.py    what both devices do: start, stop, faults, readiness
    cards.py     one reader: what is in it, and jobs on the card
    proof.py     that somebody is an operator
    console.py   the operator's acts: load, test, open, pause, close, report, export
    paper.py     reports on the printer
    ballot.py    the ballot terminal               vault.py    sealing and recording votes
    identity.py  the identity station              holder.py   from card data to a voter
    fingers.py   captures, the latest only         issuing.py  claim, write, confirm

Qt-free: screens are told by callbacks, printing takes a function that draws.
"""
