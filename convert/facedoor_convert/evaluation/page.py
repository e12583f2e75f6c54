"""A report that is one HTML file: it needs no other file, and no network.

What it says is put into the templates of ``templates/`` by Jinja2, which escapes all of it: names
of people, files and networks are anybody's. Only :class:`~markupsafe.Markup` is taken as HTML.
"""

from __future__ import annotations

import base64
import functools
from dataclasses import dataclass
from typing import TYPE_CHECKING

import cv2
from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

if TYPE_CHECKING:
    from collections.abc import Sequence

    from facedoor.frames import Image
    from facedoor_convert.evaluation.intervals import Estimate

THUMBNAIL_PX = 130
"""Height of a small picture."""

_BOUNDED = Markup('{} <span class="bounds">({} to {})</span>')


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of cells below a head of as many."""

    caption: str
    head: Sequence[str]
    rows: Sequence[Sequence[str]]


@dataclass(frozen=True, slots=True)
class Chart:
    """A PNG file in the page, with words for whoever does not see it."""

    name: str
    png: bytes

    @property
    def address(self) -> str:
        return _inline(self.png, "png")


@dataclass(frozen=True, slots=True)
class Cell:
    """Pictures, as the addresses of an ``img``, above some lines."""

    pictures: Sequence[str]
    lines: Sequence[str]


@dataclass(frozen=True, slots=True)
class Sheet:
    """Pictures under a title."""

    title: str
    cells: Sequence[Cell]


def render(template: str, **values: object) -> str:
    """The page that the file ``template`` makes of ``values``, which are text, not HTML."""
    return _templates().get_template(template).render(values)


@functools.cache
def _templates() -> Environment:
    return Environment(
        loader=PackageLoader("facedoor_convert"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def thumbnail(image: Image) -> str:
    """An RGB picture, made small, as the address of an ``img``."""
    scale = THUMBNAIL_PX / image.shape[0]
    size = (max(1, round(image.shape[1] * scale)), THUMBNAIL_PX)
    small = cv2.resize(image, size, interpolation=cv2.INTER_AREA)
    _, jpeg = cv2.imencode(".jpg", cv2.cvtColor(small, cv2.COLOR_RGB2BGR))
    return _inline(jpeg.tobytes(), "jpeg")


def percent(share: Estimate) -> Markup:
    return bounded(f"{share.value:.2%}", f"{share.low:.2%}", f"{share.high:.2%}")


def bounded(value: str, low: str, high: str) -> Markup:
    return _BOUNDED.format(value, low, high)


def _inline(data: bytes, kind: str) -> str:
    return f"data:image/{kind};base64,{base64.b64encode(data).decode()}"
