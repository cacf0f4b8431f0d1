"""Explore the whole life of authorizations on the functions that the devices call."""
