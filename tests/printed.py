"""What somebody may say so that a terminal or a log obeys it."""

from __future__ import annotations

HOSTILE = {
    "escape": "\x1b",
    "CSI": "\x1b[2J\x1b[H",
    "OSC 8": "\x1b]8;;http://evil\x07click\x1b]8;;\x07",
    "C1 CSI": "\x9b2J",
    "C1 OSC": "\x9d0;title\x9c",
    "bidirectional": "\u202eenod\u2066x\u2069\u200f\u061c",
    "line": "done\nfacedoor: done",
    "carriage return": "refused\rdone   ",
    "line separator": "a\u2028b\u2029c\x85d\x0be",
    "backspace": "no\b\byes",
    "delete": "\x7f\x00",
    "tag": "\U000e0041\ufeff\u2060",
    "half a pair": "\ud800",
}
ALL = "".join(HOSTILE.values())
