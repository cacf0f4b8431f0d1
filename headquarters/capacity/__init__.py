"""Say how many identity stations and terminals a branch needs, from a simulated queue.

numbers.py      what a person types, within bounds
load.py         a day's load: who is expected when, and how long check-in and voting take
counters.py     the same from the counters of earlier days (CSV)
draw.py         the voters of one drawn day
simulation.py   that day with so many stations and terminals (SimPy)
estimate.py     means with confidence over many days
outcome.py      waiting times, queues and use of devices over many days
planning.py     the fewest devices that keep the target
phrases.py      the answer in words
plain.py        the answer as JSON
charts.py       the answer as charts
writing.py      the files of a report

A voter waits for an identity station, is checked in, waits for a terminal and votes. Both queues are
first come, first served. Everything is drawn from a seed: the same numbers give the same answer.
"""
