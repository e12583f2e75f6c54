"""How well a pack tells people apart, and how sure that is."""
