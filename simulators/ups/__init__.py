"""Simulated uninterruptible power supply behind a simulated `upsd`."""
