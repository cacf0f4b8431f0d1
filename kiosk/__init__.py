"""Run the devices of a branch: identity station and ballot terminal."""
