"""Render messages in the languages people read and type: catalogues, digits, dates and search."""
