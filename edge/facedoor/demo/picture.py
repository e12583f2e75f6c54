"""The picture that a run leaves: what the camera saw, what was measured, what the relay did."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from facedoor.demo.recording import GRANTED, REFUSED, UNDECIDED, Recording, Scene, caption, colour
from facedoor.demo.scenario import VisitOutcome
from facedoor.printable import counted
from facedoor.wire.events import Decision

SHOWN_SHARE = 0.56
"""Share of a frame's width that is shown, about the visitor: the walls say little."""

MAX_DISTANCE = 1.5


def save(
    path: Path, recording: Recording, outcomes: Sequence[VisitOutcome], threshold: float
) -> None:
    """Write the picture of one run as PNG."""
    with mpl.rc_context({"font.size": 11, "font.family": "DejaVu Sans"}):
        figure = Figure(figsize=(14, 8.4), dpi=110, layout="constrained")
        rows = figure.add_gridspec(3, len(outcomes), height_ratios=(5, 4, 1.1))
        for number, outcome in enumerate(outcomes):
            axes = figure.add_subplot(rows[0, number])
            _draw_scene(axes, recording.scenes.get(number), outcome)
        timeline = figure.add_subplot(rows[1, :])
        _draw_distances(timeline, recording, outcomes, threshold)
        _draw_relay(figure.add_subplot(rows[2, :], sharex=timeline), recording)
        figure.suptitle("facedoor: who came, how sure it was, what the relay did", fontsize=15)
        figure.savefig(path)


def _draw_scene(axes: Axes, scene: Scene | None, outcome: VisitOutcome) -> None:
    axes.set_axis_off()
    verdict = outcome.happened if outcome.ok else f"{outcome.happened} (WRONG)"
    axes.set_title(f"{outcome.title}\n{verdict}", color=_of(_verdict_colour(outcome)))
    if scene is None:
        return
    axes.imshow(scene.image)
    height, width = scene.image.shape[:2]
    middle = width / 2
    for view in scene.faces:
        box = view.face.box
        middle = box.centre[0]
        edge = _of(colour(view))
        axes.add_patch(
            Rectangle(
                (box.left, box.top), box.width_px, box.height_px, fill=False, edgecolor=edge, lw=2.5
            )
        )
        points = view.face.landmarks[:4]
        axes.scatter(points[:, 0], points[:, 1], s=6, color=edge)
        label = caption(view)
        if view.match is not None:
            label += f"\n{view.match.distance:.2f} from {view.match.person}"
        axes.text(
            box.centre[0],
            box.bottom + 14,
            label,
            color="white",
            ha="center",
            va="top",
            fontsize=10,
            bbox={"facecolor": edge, "edgecolor": "none", "pad": 3},
        )
    half = width * SHOWN_SHARE / 2
    middle = min(max(middle, half), width - half)
    axes.set_xlim(middle - half, middle + half)
    axes.set_ylim(height, 0)


def _draw_distances(
    axes: Axes, recording: Recording, outcomes: Sequence[VisitOutcome], threshold: float
) -> None:
    for (begin_s, end_s), outcome in zip(recording.visits_s, outcomes, strict=True):
        axes.axvspan(begin_s, end_s, color="0.95")
        axes.text((begin_s + end_s) / 2, MAX_DISTANCE * 0.97, outcome.title, ha="center", va="top")
    axes.axhspan(0, threshold, color=_of(GRANTED), alpha=0.08)
    axes.axhline(threshold, color=_of(GRANTED), lw=1.2)
    end_s = recording.visits_s[-1][1]
    told = f"one person up to {threshold:.3f}"
    axes.text(end_s, threshold + 0.02, told, ha="right", va="bottom", fontsize=9)
    people = sorted({sighting.person for sighting in recording.sightings if sighting.person})
    for person, marker in zip(people, "osD^v", strict=False):
        own = [s for s in recording.sightings if s.person == person]
        axes.scatter(
            [s.time_s for s in own],
            [s.distance for s in own],
            s=16,
            marker=marker,
            color=[_of(GRANTED if s.distance <= threshold else UNDECIDED) for s in own],
            label=f"nearest: {person}",
        )
    for time_s, decision in recording.decisions:
        _draw_decision(axes, time_s, decision)
    axes.set_ylim(0, MAX_DISTANCE)
    axes.set_ylabel("distance to the\nnearest enrolled person")
    axes.tick_params(labelbottom=False)
    axes.spines[["top", "right"]].set_visible(False)
    axes.legend(loc="lower left", ncols=len(people), frameon=False, fontsize=9)


def _draw_decision(axes: Axes, time_s: float, decision: Decision) -> None:
    shade = _of(GRANTED if decision.granted else REFUSED)
    axes.axvline(time_s, color=shade, lw=1.5, ls="--")
    axes.text(
        time_s + 0.06,
        0.22,
        f"{'granted' if decision.granted else 'refused'}\n{counted(decision.frames, 'frame')}",
        color=shade,
        fontsize=9,
    )


def _draw_relay(axes: Axes, recording: Recording) -> None:
    times, levels = [0.0], [0]
    for time_s, on in recording.relay:
        times.append(time_s)
        levels.append(int(on))
    times.append(recording.time_s)
    levels.append(levels[-1])
    axes.step(times, levels, where="post", color="black", lw=1.5)
    axes.fill_between(times, levels, step="post", color=_of(GRANTED), alpha=0.35)
    axes.set_yticks([0, 1], ["off", "on"])
    axes.set_ylim(-0.15, 1.25)
    axes.set_xlim(0, recording.time_s)
    axes.set_ylabel("relay")
    axes.set_xlabel("time, s")
    axes.spines[["top", "right"]].set_visible(False)


def _verdict_colour(outcome: VisitOutcome) -> tuple[int, int, int]:
    if not outcome.ok:
        return REFUSED
    return GRANTED if outcome.pulses else (70, 70, 70)


def _of(rgb: tuple[int, int, int]) -> str:
    return "#{:02x}{:02x}{:02x}".format(*rgb)
