"""Compile sums of multiples from C, where a compiler is at hand: `python -m crypto._core.build`."""
