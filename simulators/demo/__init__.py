"""Polling day on simulated hardware: by hand with windows, or played by robots without.

    places.py      the folder of a day        electorate.py  fictional candidates and voters
    office.py      headquarters before the day and after it; night.py between them
    registry.py    the registry that several stations ask
    hardware.py    readers, cards, sensor and printers of two devices, as simulators
    desk.py        those of a whole branch, and the cards that move between them
    stations.py    devices as processes       hands.py       a robot at one of them
    day.py         the headless day, branch_day.py at its branch; report.py says what came out
    bench.py       the device bench: table.py what hands do, steps.py what robots do, watching.py what is seen
    rehearsal.py   a day of somebody's own election; by_hand.py by commands
    command.py     `amin demo`

Part of the composition root: the only place, with tests, that knows all rooms.
"""
