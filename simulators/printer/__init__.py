"""Simulated ESC/POS receipt printer."""
