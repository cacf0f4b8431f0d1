"""A registry as it stands at a centre, made up: real servers on this machine, and stations that ask.

servers.py   PostgreSQL and nginx, started for a test or the bench and stopped afterwards
centre.py    an election whose register names stations and a registry, with everybody's keys
stations.py  stations that draw claims and count their requests
load.py      many stations at once, over mutual TLS
"""
