"""The link to the broker, and what the door tells there."""
