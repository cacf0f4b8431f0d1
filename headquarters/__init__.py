"""Prepare an election at headquarters, take in its ballots, count them and publish the result."""
