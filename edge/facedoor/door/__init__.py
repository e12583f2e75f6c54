"""The door: what a decision may do to the relay, and the one thread that does it."""
