"""The page ``docs/configuration.md``, which ``python -m facedoor.config`` prints.

It says what :mod:`facedoor.config.options` says of each option, so there is nothing to keep in
step.
"""

from __future__ import annotations

import inspect
import typing
from collections.abc import Iterable

from facedoor.config.options import Config
from facedoor.config.template import Option, options

_FIRST = (
    ("door", "name"),
    ("door", "pin"),
    ("door", "active_high"),
    ("door", "lock"),
    ("door", "pulse_s"),
    ("door", "contact_pin"),
    ("camera", "source"),
    ("camera", "rotate"),
    ("mqtt", "host"),
    ("dashboard", "url"),
)
"""What differs from door to door: the rest is good as it is for most."""

_HEAD = """\
# Configuration

One file, `/etc/facedoor/facedoor.toml`, in [TOML](https://toml.io); each command takes another
one by `--config FILE`. `facedoor setup` asks for what matters and writes it; by hand, change the
file, then:

```sh
sudo facedoor check
sudo systemctl restart facedoor
```

A section is a word in brackets on a line of its own, below it stands one key on each line. Text
is in quotes, numbers and `true` or `false` are not; what follows a `#` is a remark. A key that is
left out has its default. Relative paths begin at the file's own folder. Secrets do not belong
into it, since everybody can read it, but into files of mode 0600 or [credentials of
systemd](systemd.md).

```toml
[door]
name = "front"
pin = 17             # the relay

[camera]
source = "picamera2"
```

Each mistake is told, all of them at once, with its line and what may be meant: a key or section
that there is not, a value of the wrong kind or out of its range, text without quotes and what
else is no TOML, options that exclude each other, such as two of one pin. Whatever reads such a
file ends with exit code 2. But the service opens the door also while all that is wrong stands
under `[mqtt]` or `[dashboard]`, in TOML: it goes without that section then.
"""

_TEN = """\
## You will set these ten

"""

_REST = """
## The rest
"""

_TABLE = "| key | default | can be | meaning |\n| --- | --- | --- | --- |\n"


def reference() -> str:
    """The whole page, as Markdown."""
    known = {(option.section, option.name): option for option in options()}
    page = [_HEAD, "\n", _TEN, _rows((known[place] for place in _FIRST), with_section=True), _REST]
    for section, kind in typing.get_type_hints(Config).items():
        rest = [one for place, one in known.items() if place[0] == section and place not in _FIRST]
        said = (inspect.getdoc(kind) or "").replace("``", "`")
        page.append(f"\n### [{section}]\n\n{said}\n\n{_rows(rest)}")
    return "".join(page)


def _rows(of: Iterable[Option], *, with_section: bool = False) -> str:
    rows = []
    for option in of:
        key = f"`[{option.section}]` `{option.name}`" if with_section else f"`{option.name}`"
        default = f"`{option.default}`" if option.default else "unset"
        rows.append(f"| {key} | {default} | {option.can_be} | {option.doc} |\n")
    return _TABLE + "".join(rows)
