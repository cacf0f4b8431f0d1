"""Decide what devices do: pure flows from state and event to state and effects."""
