"""Test the page that verifies an election in a browser."""
