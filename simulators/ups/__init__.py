"""A simulated uninterruptible power supply behind a simulated `upsd`."""
