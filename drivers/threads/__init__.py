"""Threads of devices: one works off what a device is asked, another looks at it again and again."""
