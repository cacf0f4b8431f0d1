"""Play attacks on whole days and their publications."""
