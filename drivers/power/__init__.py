"""Power supplies: a UPS through NUT's `upsd`, or the battery of this machine."""
