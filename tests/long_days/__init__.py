"""Days that are too long for the tests: thousands of voters, and hundreds of them among faults."""
