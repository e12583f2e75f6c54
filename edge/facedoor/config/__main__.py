"""``python -m facedoor.config`` prints the page ``docs/configuration.md``."""

from facedoor.config.reference import reference

print(reference(), end="")
