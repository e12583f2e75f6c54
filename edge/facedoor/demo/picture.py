"""The picture that a run leaves: what the camera saw, what was measured, what the relay did."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from facedoor.demo.recording import GRANTED, REFUSED, UNDECIDED, Recording, Scene, colour
from facedoor.demo.scenario import VisitOutcome
from facedoor.printable import counted
from facedoor.vision.pack import Liveness
from facedoor.wire.decisions import Decision

SHOWN_SHARE = 0.56
"""Share of a frame's width that is shown, about the visitor: the walls say little."""

MAX_DISTANCE = 1.5


@dataclass(frozen=True, slots=True)
class Limits:
    """What the door decided by: the largest distance of one person, and the pack's liveness."""

    distance: float
    liveness: Liveness | None


def save(
    path: Path, recording: Recording, outcomes: Sequence[VisitOutcome], limits: Limits
) -> None:
    """Write the picture of one run as PNG."""
    with mpl.rc_context({"font.size": 11, "font.family": "DejaVu Sans"}):
        figure = Figure(figsize=(14, 9.8), dpi=110, layout="constrained")
        rows = figure.add_gridspec(4, len(outcomes), height_ratios=(4.6, 3.6, 1.9, 0.9))
        for number, outcome in enumerate(outcomes):
            axes = figure.add_subplot(rows[0, number])
            _draw_scene(axes, recording.scenes.get(number), outcome)
        timeline = figure.add_subplot(rows[1, :])
        _draw_distances(timeline, recording, outcomes, limits.distance)
        liveness = figure.add_subplot(rows[2, :], sharex=timeline)
        _draw_liveness(liveness, recording, limits.liveness)
        _draw_relay(figure.add_subplot(rows[3, :], sharex=timeline), recording)
        figure.suptitle(
            "facedoor: who came, who it took them for, how live they looked, what the relay did",
            fontsize=15,
        )
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
        label = view.words
        if outcome.distance:
            label += f"\n{outcome.distance} from {outcome.nearest or 'the nearest person'}"
        if outcome.liveness:
            label += f"\nliveness {outcome.liveness}"
        axes.text(
            box.centre[0],
            height * 0.97,
            label,
            color="white",
            ha="center",
            va="bottom",
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
    told = f"one person up to {threshold:.3f}"
    axes.text(_quiet_s(recording), threshold + 0.02, told, ha="center", va="bottom", fontsize=9)
    people = sorted({sighting.person for sighting in recording.sightings if sighting.person})
    for person, marker in zip(people, "osD^v", strict=False):
        own = [s for s in recording.sightings if s.person == person]
        axes.scatter(
            [s.time_s for s in own],
            [s.distance for s in own],
            s=16,
            marker=marker,
            color=[_of(GRANTED if s.distance <= threshold else UNDECIDED) for s in own],
        )
        # The colour tells how near: the legend's, taken from the first look, would mean a person.
        axes.scatter([], [], s=16, marker=marker, color="0.4", label=f"nearest: {person}")
    for time_s, decision in recording.decisions:
        _draw_decision(axes, time_s, decision)
    axes.set_ylim(0, MAX_DISTANCE)
    axes.set_ylabel("distance to the\nnearest enrolled person")
    axes.tick_params(labelbottom=False)
    axes.spines[["top", "right"]].set_visible(False)
    axes.legend(
        loc="lower right",
        bbox_to_anchor=(1, 1),
        ncols=len(people),
        frameon=False,
        fontsize=9,
        borderaxespad=0,
    )


def _draw_decision(axes: Axes, time_s: float, decision: Decision) -> None:
    shade = _of(GRANTED if decision.granted else REFUSED)
    axes.axvline(time_s, ymax=0.9, color=shade, lw=1.5, ls="--")  # the title is above
    axes.text(
        time_s + 0.06,
        0.22,
        f"{'granted' if decision.granted else 'refused'}\n{counted(decision.frames, 'frame')}",
        color=shade,
        fontsize=9,
    )


def _draw_liveness(axes: Axes, recording: Recording, liveness: Liveness | None) -> None:
    """How much alive each visit looked, by all its looks up to then."""
    for begin_s, end_s in recording.visits_s:
        axes.axvspan(begin_s, end_s, color="0.95")
        own = [
            (s.time_s, s.liveness)
            for s in recording.sightings
            if s.liveness is not None and begin_s <= s.time_s < end_s
        ]
        times = [time_s for time_s, _ in own]
        scores = [score for _, score in own]
        axes.plot(times, scores, color="0.7", lw=1)
        if liveness is not None:
            shades = [_of(_liveness_colour(score, liveness)) for score in scores]
            axes.scatter(times, scores, s=16, color=shades, zorder=3)
    for time_s, decision in recording.decisions:
        shade = _of(GRANTED if decision.granted else REFUSED)
        axes.axvline(time_s, color=shade, lw=1.5, ls="--")
    quiet_s = _quiet_s(recording)
    if liveness is None:
        axes.text(quiet_s, 0.5, "the pack has no liveness network", ha="center", fontsize=9)
    else:
        axes.axhspan(liveness.open_from, 1.1, color=_of(GRANTED), alpha=0.08)
        axes.axhline(liveness.open_from, color=_of(GRANTED), lw=1.2)
        axes.axhspan(-0.1, liveness.deny_below, color=_of(REFUSED), alpha=0.08)
        axes.axhline(liveness.deny_below, color=_of(REFUSED), lw=1.2)
        for level, told, side in (
            (liveness.open_from, f"alive from {liveness.open_from:g}", "top"),
            (liveness.deny_below, f"not alive below {liveness.deny_below:g}", "bottom"),
        ):
            axes.annotate(
                *(told, (quiet_s, level)),
                xytext=(0, 3 if side == "bottom" else -3),
                textcoords="offset points",
                ha="center",
                va=side,
                fontsize=9,
            )
    axes.set_ylim(-0.1, 1.1)
    axes.set_yticks([0, 0.5, 1])
    axes.set_ylabel("liveness")
    axes.tick_params(labelbottom=False)
    axes.spines[["top", "right"]].set_visible(False)


def _quiet_s(recording: Recording) -> float:
    """The middle of the longest time without a decision: there is room for words."""
    times = sorted([0.0, *(time_s for time_s, _ in recording.decisions), recording.time_s])
    _, begin_s, end_s = max((b - a, a, b) for a, b in itertools.pairwise(times))
    return (begin_s + end_s) / 2


def _liveness_colour(score: float, liveness: Liveness) -> tuple[int, int, int]:
    if score >= liveness.open_from:
        return GRANTED
    return REFUSED if score < liveness.deny_below else UNDECIDED


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
