"""`amin simulator`: one simulated device per program, on a real wire, for any client in any language.

::

    command.py, card_command.py,       options and help; import nothing of the simulators
    device_commands.py, options.py
    host.py                            the life of such a program: ready, commands, a clean end
    card.py, faulty.py                 a card in a reader of vpcd, and what goes wrong with it
    identity.py, personalise.py,       what is on a card, and who issued it
    authority.py, named.py             fingers and persons by a name
    serial.py                          links, plugs, faults of a line
    fingerprint.py, io_board.py, printer.py, scanner.py, ups.py
"""
