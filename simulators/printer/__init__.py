"""A simulated ESC/POS receipt printer."""
