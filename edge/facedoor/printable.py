"""Text that comes from outside, as it may be shown on a terminal or written to a log.

A message from the network, a name, or an error that quotes either can hold control characters: they
move the cursor, change what stands there already, open links, turn the direction of writing, or
begin a line that looks like ours. So whatever is printed goes through here.
"""

from __future__ import annotations

_JOINERS = "\u200c\u200d"
"""They show nothing and move nothing, and some names need them: :mod:`facedoor.names`."""


def printable(text: str) -> str:
    """``text`` on one line, with every character that cannot be seen as JSON escapes it.

    So JSON stays JSON, of the same meaning.
    """
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() or c in _JOINERS else _escape(c) for c in text)


def printable_lines(text: str) -> str:
    """The same for a text of our own with several lines: line ends and tabs are kept."""
    return "".join(c if c in "\n\t" else printable(c) for c in text)


def _escape(character: str) -> str:
    units = character.encode("utf-16-be", "surrogatepass")
    return "".join(f"\\u{units[n : n + 2].hex()}" for n in range(0, len(units), 2))


def counted(number: int, one: str, many: str = "") -> str:
    """So many of something: ``one`` of it, or ``many``, else ``one`` with an s."""
    return f"{number} {one if number == 1 else many or one + 's'}"


def wrapped(text: str, width: int | None, indent: str = "  ") -> str:
    """``text`` in lines of ``width`` at most, all but the first indented, with no word cut; a word
    that is longer has a longer line. Without a width on one line."""
    if width is None:
        return text
    import textwrap  # which a running door does not need

    return textwrap.fill(
        text,
        max(width, 1),
        subsequent_indent=indent,
        break_long_words=False,
        break_on_hyphens=False,
    )
