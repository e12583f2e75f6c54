"""Signed commands: verified, carried out once, answered."""
