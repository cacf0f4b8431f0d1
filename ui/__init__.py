"""Screens of the ballot terminal, the identity station and the operator console."""
