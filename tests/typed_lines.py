"""The lines that a page tells its reader to type."""

from __future__ import annotations

import re
from pathlib import Path


def typed_lines(page: Path, heading: str) -> list[str]:
    """The commands in the ``sh`` blocks below ``heading`` in a Markdown page, in order, without
    comments; what goes on in the next line is one command."""
    parts = re.split(r"^(#+) (.*)\n", page.read_text(), flags=re.MULTILINE)
    texts = dict(zip(parts[2::3], parts[3::3], strict=True))
    blocks = re.findall(r"^```sh\n(.*?)^```", texts[heading], re.DOTALL | re.MULTILINE)
    whole = re.sub(r"\\\n\s*", " ", "".join(blocks))
    whole = re.sub(r"\|\n\s*", "| ", whole)
    lines = (re.sub(r"(^|\s+)#\s.*$", "", line).strip() for line in whole.splitlines())
    return [line for line in lines if line]
