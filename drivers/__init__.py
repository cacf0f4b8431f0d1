"""Drivers of a branch's devices; they import nothing of the other rooms."""
