"""Polling day on simulated hardware: by hand with windows, or played by robots without.

    places.py      the folder of a day        electorate.py  fictional candidates and voters
    office.py      headquarters before and after the day
    hardware.py    readers, cards, sensor and printers of the branch, as simulators
    stations.py    the two station processes  hands.py       a robot officer and a robot voter
    day.py         the headless day           report.py      what came out, as text and JSON
    bench.py       the device bench by hand   command.py     `amin demo`

Part of the composition root: the only place, with tests, that knows all rooms.
"""
