"""Cut the power at every point of a day, and see what the devices make of what is left."""
