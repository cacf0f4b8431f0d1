"""Examine parts of a machine before a day rests on it: screens, serial devices, what carries secrets away."""
