"""The parts of a report that is one HTML file: it needs no other file, and no network."""

from __future__ import annotations

import base64
from html import escape
from typing import TYPE_CHECKING

import cv2

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from facedoor.frames import Image
    from facedoor_convert.evaluation.intervals import Estimate

THUMBNAIL_PX = 130
"""Height of a small picture."""

_STYLE = """
body { font: 16px/1.5 system-ui, sans-serif; color: #23262b; max-width: 62rem;
       margin: 2rem auto; padding: 0 1rem }
h1, h2 { line-height: 1.2 } h2 { margin-top: 2.5rem }
table { border-collapse: collapse; margin: 1rem 0 } caption { text-align: left; color: #5b616b }
td, th { padding: .3rem .9rem .3rem 0; text-align: right; border-bottom: 1px solid #e3e5e9;
         font-variant-numeric: tabular-nums }
td:first-child, th:first-child { text-align: left } th { font-weight: 600 }
caption { white-space: nowrap } small, .bounds { color: #5b616b }
.chart { width: 100%; max-width: 46rem }
.sheet { display: flex; flex-wrap: wrap; gap: 1rem } figure { margin: 0 }
figure img { height: 130px } figcaption { font-size: 12px; color: #5b616b; max-width: 268px;
             overflow-wrap: anywhere; line-height: 1.35 }
"""


def whole(title: str, parts: Iterable[str]) -> str:
    """The page; ``parts`` are HTML already, the title is not."""
    body = "\n".join(parts)
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        f'<meta name="viewport" content="width=device-width"><title>{escape(title)}</title>'
        f"<style>{_STYLE}</style></head><body>\n{body}\n</body></html>\n"
    )


def table(caption: str, head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Cells are HTML already; the caption is not."""
    top = "".join(f"<th>{cell}</th>" for cell in head)
    body = "".join(f"<tr>{''.join(f'<td>{cell}</td>' for cell in row)}</tr>" for row in rows)
    return f"<table><caption>{escape(caption)}</caption><tr>{top}</tr>{body}</table>"


def chart(png: bytes, name: str) -> str:
    return f'<p><img class="chart" src="{_inline(png, "png")}" alt="{escape(name)}"></p>'


def thumbnail(image: Image) -> str:
    """An RGB picture, made small, as the address of an ``img``."""
    scale = THUMBNAIL_PX / image.shape[0]
    size = (max(1, round(image.shape[1] * scale)), THUMBNAIL_PX)
    small = cv2.resize(image, size, interpolation=cv2.INTER_AREA)
    _, jpeg = cv2.imencode(".jpg", cv2.cvtColor(small, cv2.COLOR_RGB2BGR))
    return _inline(jpeg.tobytes(), "jpeg")


def percent(share: Estimate) -> str:
    return f"{share.value:.2%} {bounds(f'{share.low:.2%}', f'{share.high:.2%}')}"


def bounds(low: str, high: str) -> str:
    return f'<span class="bounds">({low} to {high})</span>'


def _inline(data: bytes, kind: str) -> str:
    return f"data:image/{kind};base64,{base64.b64encode(data).decode()}"
