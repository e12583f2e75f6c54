"""Builds and measures packs, on a workstation or on the Pi itself; the door never imports this."""
