"""A simulated I/O board of a booth."""
