"""Refuse a publication or a place that no site is made of."""

from __future__ import annotations

from election.errors import ElectionError


class SiteError(ElectionError):
    """A publication that no site is made of."""
