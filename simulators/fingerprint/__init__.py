"""Simulated fingers, a minutiae matcher, and the fingerprint modules that use them."""
