"""The pins: lock, switches, lamps, keypad, each with a simulated twin."""
