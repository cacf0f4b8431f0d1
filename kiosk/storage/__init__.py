"""Keep a branch's data: ballots, pollbook, polls, counters and the audit log."""
