"""The command line, ``facedoor-convert``."""
