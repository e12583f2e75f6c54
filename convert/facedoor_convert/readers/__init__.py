"""Reads what others made: archives, weights files, photos; executes nothing of it."""
