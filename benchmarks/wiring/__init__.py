"""``make drawings``: how the door is wired, as drawings in ``docs/wiring``.

Drawn from what is connected with what: a drawing in which two wires touch that must not, in which
one ends in the air, or a word lies under a wire, is refused.
"""
