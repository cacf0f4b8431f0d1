"""`amin simulator`: one simulated device per program, on a real wire, for any client in any language.

::

    command.py      options and help of each device; imports nothing of the simulators
    host.py         the life of such a program: ready, commands on standard input, a clean end
    card.py         a card in a reader of vpcd     personalise.py  what is on it
    serial.py       links, faults, plugs           named.py        fingers and persons by a name
    fingerprint.py, printer.py, scanner.py, ups.py
"""
