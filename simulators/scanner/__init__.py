"""Simulated code scanner."""
