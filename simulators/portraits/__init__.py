"""Drawn portraits of fictional persons: plain wall, friendly faces, clothing as on identity photos."""
