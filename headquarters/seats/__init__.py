"""Seat allocation: from votes per group to elected persons, every step explained.

model.py     groups, parameters (every unsettled reading is a named one), the result
steps.py     what happened, as values with a sentence in Persian and English
lot.py       ties, drawn from a published seed
leftovers.py the readings of "left-over seats"; further methods are further functions here
allocate.py  the computation, and the comparison of all readings
"""
