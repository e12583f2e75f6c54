"""Builds the package for Debian: ``make deb``.

``wheels`` fetches what the door needs from the package index, by the hashes in ``locks/``, which
``lock`` renews; ``tree`` says which file goes where, and to dpkg what they are; ``build`` makes one
file of it. ``scripts/`` runs on the Pi: dpkg calls it before and after.
"""
