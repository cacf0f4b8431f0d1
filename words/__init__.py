"""Languages as people read and type them: digits, folding for search, calendar dates."""
