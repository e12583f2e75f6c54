"""The real door, ``facedoor run`` in a process of its own, while something goes badly wrong."""
