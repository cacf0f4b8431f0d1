"""A simulated code scanner."""
