"""The step about the network that knows faces: which of the packs at hand the door is to use.

FaceNet is the usual one. Another is proposed where the board is small, or where so many people are
to be known that FaceNet would refuse too many of their looks. What is said of each pack is what was
measured of it, and stands in its manifest.
"""

from __future__ import annotations

from dataclasses import dataclass

from facedoor.errors import ConfigError, PackError, UsageError
from facedoor.identity.gallery import Gallery
from facedoor.identity.refusals import TOO_MANY, percent
from facedoor.identity.risk import Risk
from facedoor.languages import N_, _, ngettext
from facedoor.setup.board import Board
from facedoor.setup.talk import Bench, SetupStep
from facedoor.storage.key_file import open_state
from facedoor.storage.place import is_there
from facedoor.vision import pack
from facedoor.vision.pack import Pack

PHOTOS = 5
"""Of each person, when the packs are compared: as many as setup takes."""

PEOPLE = 5
"""So many are proposed where nobody is enrolled yet."""

_MOST_PEOPLE = 100_000
_ELSEWHERE = N_(
    "There is no other pack beside it. How one is built and copied here: docs/networks.md, "
    '"Another network".'
)


@dataclass(frozen=True, slots=True)
class Candidate:
    """A pack, and what it would be at this door."""

    models: Pack
    refused: float | None
    """The share of a resident's looks that it refuses; ``None`` where it does not say."""
    embedder_bytes: int

    @property
    def name(self) -> str:
        return self.models.manifest.name

    @classmethod
    def of(cls, bench: Bench, models: Pack, people: int) -> Candidate:
        risk = Risk(models.manifest, bench.settings.recognition)
        try:
            refused = risk.expected_refusals(people, PHOTOS)
        except ConfigError:  # a risk too small for so many people: the pack cannot tell
            refused = None
        size = models.path(models.manifest.embedder).stat().st_size
        return cls(models, refused, size)

    def describe(self, people: int) -> str:
        form = self.models.manifest.embedder.quantisation
        said = _(
            "{name}, {megabytes:.1f} MB in {form}: it does not say how many looks it refuses with "
            "{people} enrolled by {photos} photos each"
        )
        if self.refused is not None:
            said = _(
                "{name}, {megabytes:.1f} MB in {form}: {percent} of a resident's looks are refused "
                "with {people} enrolled by {photos} photos each"
            )
        return said.format(
            name=self.name,
            megabytes=self.embedder_bytes / 1e6,
            form=form,
            percent=percent(self.refused or 0.0),
            people=people,
            photos=PHOTOS,
        )


def proposed(used: Candidate, others: list[Candidate], board: Board) -> Candidate:
    """The pack to take: the one in use, unless another suits the board or the people better."""
    every = [used, *others]
    if board.is_small:
        return min(every, key=lambda candidate: candidate.embedder_bytes)
    if used.refused is not None and used.refused > TOO_MANY:
        return min(
            (candidate for candidate in every if candidate.refused is not None),
            key=lambda candidate: candidate.refused or 0.0,
        )
    return used


def _reached(bench: Bench) -> str:
    """The pack in use, but for a board for which another one lies ready."""
    models = pack.load(bench.settings.pack_directory)
    used, *others = _candidates(bench, models, _enrolled(bench) or PEOPLE)
    is_best = proposed(used, others, Board.at(bench.root)) is used
    return models.manifest.name if is_best else ""


def _do(bench: Bench) -> None:
    talk, board = bench.talk, Board.at(bench.root)
    models = pack.load(bench.settings.pack_directory)
    enrolled = _enrolled(bench)
    people = _number(talk.ask(_("how many people is the door to know"), str(enrolled or PEOPLE)))
    used, *others = _candidates(bench, models, people)
    if board.is_small:
        talk.say(_("{board}: a network of less work suits it.").format(board=board))
    for number, candidate in enumerate((used, *others), 1):
        note = _(" (in use)") if candidate is used else ""
        talk.say(f"  {number}  {candidate.describe(people)}{note}")
    if not others:
        talk.say(_(_ELSEWHERE))
        return
    default = 1 + [used, *others].index(proposed(used, others, board))
    answer = _number(talk.ask(_("which one"), str(default)))
    if answer > len(others) + 1:
        raise UsageError(
            _("there are {count} packs, and no number {answer}").format(
                count=len(others) + 1, answer=answer
            )
        )
    if answer == 1:
        return
    taken = others[answer - 2]
    _require_no_distance(bench, used, taken)
    bench.configuration.set("models", pack=str(taken.models.directory.absolute()))
    if enrolled:
        left = ngettext(
            "{count} person enrolled so far has templates of another network, which {name} cannot "
            "compare: facedoor check says how to enrol them again.",
            "{count} people enrolled so far have templates of another network, which {name} cannot "
            "compare: facedoor check says how to enrol them again.",
            enrolled,
        )
        talk.say(left.format(count=enrolled, name=taken.name))


def _require_no_distance(bench: Bench, used: Candidate, taken: Candidate) -> None:
    """Raise :class:`UsageError` for settings that are about distances of the network in use: by
    another's, a door could be open to anybody, or would not start."""
    models, recognition = bench.settings.models, bench.settings.recognition
    if recognition.threshold is not None:
        raise UsageError(
            _(
                "[recognition] threshold is {threshold:g}, a distance by {used}, and means another "
                "risk by {taken}: take it out, and choose again"
            ).format(threshold=recognition.threshold, used=used.name, taken=taken.name)
        )
    if models.second:
        raise UsageError(
            _(
                "[models] second is a pack that was measured beside {used}: take it out, and "
                "choose again"
            ).format(used=used.name)
        )


def _candidates(bench: Bench, used: Pack, people: int) -> list[Candidate]:
    """The pack in use, and then whatever others lie in the same folder."""
    found = [used]
    for manifest in sorted(used.directory.parent.glob(f"*/{pack.MANIFEST}")):
        if manifest.parent.samefile(used.directory):
            continue
        try:
            other = pack.load(manifest.parent)
        except PackError as error:
            bench.talk.say(f"   {error}")
            continue
        if other.manifest.embedder.sha256 != used.manifest.embedder.sha256:
            found.append(other)
    return [Candidate.of(bench, models, people) for models in found]


def _enrolled(bench: Bench) -> int:
    """How many people have templates, of whatever network."""
    if not is_there(bench.settings.database):
        return 0
    with open_state(bench.settings) as (db, vault):
        return len(Gallery(db, vault).people())


def _number(answer: str) -> int:
    if not answer.isdecimal() or not 1 <= int(answer) <= _MOST_PEOPLE:
        raise UsageError(
            _("{answer!r} is no number: it is 1 to {most}").format(answer=answer, most=_MOST_PEOPLE)
        )
    return int(answer)


NETWORK = SetupStep(N_("the network that knows faces"), _reached, _do)
