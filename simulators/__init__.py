"""Simulated devices and people, and the demo, the bench and the benchmarks that use them."""
