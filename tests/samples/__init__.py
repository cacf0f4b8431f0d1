"""Samples of what takes too long for `make test`, other ones each day: `make samples`."""
