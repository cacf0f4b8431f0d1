"""What turns a pure flow into a running device: a loop for its events, and threads for its effects."""
