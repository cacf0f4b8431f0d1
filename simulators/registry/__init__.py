"""A registry as it stands at a centre, made up: real servers on this machine, and stations that ask.

servers.py   programs of PostgreSQL, and nginx, started for a test or the bench and stopped afterwards
cluster.py   PostgreSQL: a primary with standbys, each as a machine that is stalled, lost and promoted
country.py   a network in which stations stand, whose line is cut
centre.py    an election whose register names stations and a registry, with everybody's keys
stations.py  stations that draw claims and count their requests
load.py      many stations at once, over mutual TLS
runs.py      a whole centre for a moment, and what it cost
filling.py   tables as full as a country leaves them
"""
