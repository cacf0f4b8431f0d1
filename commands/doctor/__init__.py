"""Look for devices, daemons and libraries, and say what is wrong with them: `amin doctor`.

::

    finding.py    one line of the result
    machine.py    this machine: libraries, display, disk, daemons        needs no settings
    station.py    the files of a configured station: media, keys, clock
    devices.py    its devices, each asked by its own driver, side by side and with a limit:
                  card_readers.py, serial_devices.py, supply.py (power and sound), screen.py
    command.py    the command, for people and as JSON
"""
