"""Seat allocation: readings, oracles, lots, comparison, explanation, report, command."""
