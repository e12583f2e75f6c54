"""``python -m facedoor.config`` prints the reference of all options, as it stands in README."""

from facedoor.config.template import reference

print(reference(), end="")
