"""The whole of ``facedoor-convert compare``: from a recipe to a table of all forms."""

from __future__ import annotations

import importlib.util
import json
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import cv2

from facedoor_convert.errors import ConvertError
from facedoor_convert.packs import compare_report as forms_report
from facedoor_convert.packs import float_models as draft
from facedoor_convert.packs import forms_compared
from facedoor_convert.tflite import ranges
from facedoor_convert.tflite.forms import FORMS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from facedoor_convert.packs.forms_compared import Choice, Row
    from facedoor_convert.packs.recipe import Recipe
    from facedoor_convert.progress import Progress
    from facedoor_convert.readers.photo_source import Album

_CUT = "looking for faces"
_MEASURE = "making and measuring every form"
EXPECTED_S = {**draft.EXPECTED_S, _CUT: 4.0, _MEASURE: 36.0}
TABLE, RESULT, CHART, WORST = "forms.md", "forms.json", "forms.png", "worst.png"


@dataclass(frozen=True, slots=True)
class Compared:
    """Every form's row, and which form to take."""

    rows: list[Row]
    choice: Choice


def compare(
    recipe: Recipe,
    given: Sequence[Path],
    album: Album | None,
    budget_points: float,
    output: Path,
    progress: Progress,
) -> Compared:
    """Make every form of ``recipe``'s embedder, measure it, and leave what was found in ``output``.

    ``album`` has the photos to measure on, by default those of the recipe. The models themselves
    are thrown away: a build makes the chosen one again. Raises :class:`ConvertError`.
    """
    try:
        output.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".compare-", dir=output) as name:
            work = Path(name)
            recorded = ranges.read(recipe.ranges_file)
            made = draft.make(recipe, given, [], work, progress)
            with progress.step(_CUT):
                faces = forms_compared.faces_of(made, album)
            with progress.step(_MEASURE) as report:
                rows = forms_compared.measure(made, recorded, faces, FORMS.values(), report)
            choice = forms_compared.recommend(rows, budget_points)
            sheet = forms_report.worst_sheet(rows, faces)
            found = forms_report.as_json(rows, choice)
            (work / RESULT).write_text(json.dumps(found, indent=2) + "\n", encoding="utf-8")
            (work / TABLE).write_text(forms_report.table(rows) + "\n", encoding="utf-8")
            cv2.imwrite(str(work / WORST), cv2.cvtColor(sheet, cv2.COLOR_RGB2BGR))
            written = [RESULT, TABLE, WORST]
            if importlib.util.find_spec("matplotlib"):  # which a Pi need not have
                forms_report.draw(rows, choice, work / CHART)
                written.append(CHART)
            for file in written:
                (work / file).replace(output / file)
    except OSError as error:
        raise ConvertError(f"cannot write to {output}: {error}") from error
    return Compared(rows, choice)
