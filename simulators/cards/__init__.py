"""Simulated smart cards: identity cards, operator cards and authorization cards."""
