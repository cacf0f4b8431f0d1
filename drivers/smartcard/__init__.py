"""Smart cards: readers, identity cards (eMRTD) and PIV cards."""
