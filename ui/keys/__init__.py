"""Keys and switches: everything a finger can do on the screen, without touching it.

keys.toml     what each key of a keypad or keyboard means
acts.py       those meanings, and the map
stops.py      what can be chosen on a page, row by row
pilot.py      moves the focus, types, selects
scanning.py   offers one stop after another, for one switch or two
pat.py        asks which switch was pressed
"""
