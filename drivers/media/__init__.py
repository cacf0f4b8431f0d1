"""What a device keeps on its media: SQLite with nothing left in its journals, both media looked at, locks."""
