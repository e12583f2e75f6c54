"""From a recipe to a table of all forms of its embedder, a chart, and the worst faces."""

from __future__ import annotations

import importlib.util
import io
import json
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np

from facedoor_convert import files
from facedoor_convert.errors import ConvertError
from facedoor_convert.packs import float_models, forms_compared
from facedoor_convert.tflite import ranges
from facedoor_convert.tflite.forms import FORMS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from matplotlib.figure import Figure

    from facedoor.frames import Image
    from facedoor_convert.packs.forms_compared import FormChoice, FormRow
    from facedoor_convert.packs.recipe import Recipe
    from facedoor_convert.progress import Progress
    from facedoor_convert.readers.photo_source import PhotoSource

_CUT = "looking for faces"
_MEASURE = "measuring every form"
EXPECTED_S = {**float_models.EXPECTED_S, _CUT: 4.0, _MEASURE: 36.0}
TABLE, RESULT, CHART, WORST = "forms.md", "forms.json", "forms.png", "worst.png"

_HEAD = (
    *("form", "MB", "time / float32", "in XNNPACK", "cosine mean", "cosine min"),
    *("accuracy %", "loss, points", "EER %", "faces"),
)
_CAPTION_PX = 22
_INTEGER_INSTRUCTIONS = {"avx2", "avx_vnni", "avx512_vnni", "asimd", "asimddp", "i8mm"}
"""As Linux names them. The dot products (``*_vnni``, ``asimddp``) make int8 several times faster
than float32; a Pi 5 has one, a Pi 4 has not."""
_GREEN, _GREY, _RED = "#1a7f5a", "#b9bec7", "#c1432e"


@dataclass(frozen=True, slots=True)
class ComparedForms:
    """Every form's row, and which form to take."""

    rows: list[FormRow]
    choice: FormChoice


def compare(
    recipe: Recipe,
    sources: Sequence[Path],
    photos: PhotoSource | None,
    budget_points: float,
    output: Path,
    progress: Progress,
) -> ComparedForms:
    """Make and measure every form of ``recipe``'s embedder; the results go to ``output``.

    ``sources`` are archives that need not be fetched, ``photos`` what is measured on, by default
    the recipe's. The models are thrown away: a build makes the chosen one again. Raises
    :class:`ConvertError`.
    """
    try:
        output.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".compare-", dir=output) as name:
            work = Path(name)
            recorded = ranges.read(recipe.ranges_file)
            made = float_models.make(recipe, sources, [], work, progress)
            with progress.step(_CUT) as report:
                faces = forms_compared.faces_of(made, photos, report)
            with progress.step(_MEASURE) as report:
                rows = forms_compared.measure(made, recorded, faces, FORMS.values(), report)
            choice = forms_compared.recommend(rows, budget_points)
            found = json.dumps(as_json(rows, choice), indent=2) + "\n"
            sheet = cv2.cvtColor(worst_sheet(rows, faces), cv2.COLOR_RGB2BGR)
            written = {
                RESULT: found.encode(),
                TABLE: f"{table(rows)}\n".encode(),
                WORST: cv2.imencode(".png", sheet)[1].tobytes(),
            }
            if importlib.util.find_spec("matplotlib"):  # which a Pi need not have
                written[CHART] = _png(chart(rows, choice))
            files.write_all(output, written)
    except OSError as error:
        raise ConvertError(f"cannot write to {output}: {error}") from error
    return ComparedForms(rows, choice)


def table(rows: Sequence[FormRow]) -> str:
    """The rows as a Markdown table, its columns aligned."""
    cells = [_HEAD, *(_cells(row) for row in rows)]
    widths = [max(len(line[column]) for line in cells) for column in range(len(_HEAD))]
    lines = [
        "| "
        + " | ".join(text.rjust(width) for text, width in zip(line, widths, strict=True))
        + " |"
        for line in cells
    ]
    rule = "| " + " | ".join("-" * (width - 1) + ":" for width in widths) + " |"
    return "\n".join([lines[0], rule, *lines[1:]])


def _cells(row: FormRow) -> tuple[str, ...]:
    rates = ("", "", "")
    if row.rates:
        rates = (
            f"{100 * row.rates.accuracy:.2f}",
            f"{round(row.rates.loss_points, 2) + 0.0:.2f}",  # never -0.00
            f"{100 * row.rates.equal_error_rate:.2f}",
        )
    return (
        row.form.name + ("" if row.in_tolerance else " (strays)"),
        f"{row.bytes / 1e6:.1f}",
        f"{row.time_ratio:.2f}",
        f"{row.xnnpack_share:.0%}",
        f"{row.cosine_mean:.5f}",
        f"{row.cosine_min:.5f}",
        *rates,
        str(row.faces),
    )


def as_json(rows: Sequence[FormRow], choice: FormChoice) -> dict[str, Any]:
    """The keys of ``compare --json`` and of ``forms.json``."""
    forms = {
        row.form.name: {
            "means": row.form.means,
            "bytes": row.bytes,
            "time_ratio": round(row.time_ratio, 3),
            "xnnpack_share": round(row.xnnpack_share, 4),
            "faces": row.faces,
            "cosine_mean": round(row.cosine_mean, 6),
            "cosine_min": round(row.cosine_min, 6),
            "in_tolerance": row.in_tolerance,
            "rates": row.rates
            and {name: round(rate, 5) for name, rate in asdict(row.rates).items()},
            "worst": {name: round(cosine, 5) for name, cosine in row.worst},
        }
        for row in rows
    }
    return {
        "forms": forms,
        "recommended": choice.form.name,
        "reason": choice.reason,
        "processor": integer_instructions(),
    }


def integer_instructions() -> list[str]:
    """This processor's instructions for integers, which decide how fast int8 is."""
    try:
        words = set(Path("/proc/cpuinfo").read_text(encoding="utf-8").split())
    except OSError:
        return []
    return sorted(words & _INTEGER_INSTRUCTIONS)


def worst_sheet(rows: Sequence[FormRow], faces: Mapping[str, Image]) -> Image:
    """The worst faces of each form, each with its cosine; forms that agree share a line."""
    shown = {row.worst: row for row in reversed(rows) if row.form.name != "float32"}
    lines = [
        np.hstack(
            [_captioned(faces[n], f"{row.form.name} {cosine:.4f}") for n, cosine in row.worst]
        )
        for row in reversed(shown.values())
    ]
    width = max(line.shape[1] for line in lines)
    wide = [np.pad(line, ((0, 0), (0, width - line.shape[1]), (0, 0))) for line in lines]
    return np.vstack(wide)


def _captioned(face: Image, text: str) -> Image:
    cell = np.pad(face, ((0, _CAPTION_PX), (0, 0), (0, 0)))
    white, corner = (255, 255, 255), (3, cell.shape[0] - 7)
    cv2.putText(cell, text, corner, cv2.FONT_HERSHEY_SIMPLEX, 0.38, white, 1, cv2.LINE_AA)
    return cell


def chart(rows: Sequence[FormRow], choice: FormChoice) -> Figure:
    """A chart of size, time and loss of likeness."""
    from matplotlib.figure import Figure

    names = [row.form.name for row in rows]
    colours = [
        _GREEN if row.form is choice.form else _GREY if row.in_tolerance else _RED for row in rows
    ]
    figure = Figure((11, 3.6), layout="constrained")
    panels = (
        ("size, MB", [row.bytes / 1e6 for row in rows], "{:.1f}"),
        ("time of a face, float32 = 1", [row.time_ratio for row in rows], "{:.2f}"),
        ("1 - mean cosine to float32", [max(0, 1 - row.cosine_mean) for row in rows], "{:.2g}"),
    )
    for axes, (title, values, style) in zip(
        figure.subplots(1, len(panels), sharey=True), panels, strict=True
    ):
        # A slow form would flatten all others: its bar is cut, its figure is not.
        usual = min(max(values), 4 * float(np.median(values))) or 1.0
        bars = axes.barh(names, np.minimum(values, usual), color=colours)
        labels = [style.format(v) + (" (bar cut)" if v > usual else "") for v in values]
        axes.bar_label(bars, labels, padding=4, fontsize=9)
        axes.set_xlim(0, 1.45 * usual)
        axes.set_title(title, loc="left", fontsize=11)
        axes.spines[["top", "right"]].set_visible(False)
        axes.set_xticks([])
        axes.tick_params(length=0)
    figure.axes[0].invert_yaxis()
    title = f"The forms of the embedder; green: {choice.form.name}, recommended"
    figure.suptitle(title, x=0.01, horizontalalignment="left")
    return figure


def _png(figure: Figure) -> bytes:
    png = io.BytesIO()
    figure.savefig(png, dpi=150, format="png")
    return png.getvalue()
