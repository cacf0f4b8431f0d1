"""Run a pure flow on a device: a loop for its events, and threads for its effects."""
