"""What can go wrong while the package is built."""

from __future__ import annotations


class PackagingError(Exception):
    """The package cannot be built; the message says why, and what to do."""
