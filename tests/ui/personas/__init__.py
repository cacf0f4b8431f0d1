"""Voters of many kinds at the real terminal: languages, ways of input, tempers.

persona.py   who comes, and what they mean to vote
body.py      what their hands and ears do: events of touch, key and timer, as the window system sends them
visit.py     a whole visit, from the card to the card
walk.py      random acts: in the pure flow, and with those hands at the real widgets

`make personas` plays all of them; the tests a few, each language, way and temper once.
"""
