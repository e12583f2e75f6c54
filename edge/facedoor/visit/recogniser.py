"""The two original jobs on still pictures, and enrolment: a pack, a reader and a gallery at hand.

**Verification** (1:1): is this NAME? **Recognition** (1:K): who is this? The door answers the
second one over and over, with evidence from several frames; see :mod:`facedoor.visit.frame_path`.
Pictures for an enrolment can be taken at the door, good frames only, with guidance on the screen.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from functools import partial

from facedoor.access.rule_book import RuleBook
from facedoor.camera import Camera
from facedoor.camera.pictures import decode_picture, enrolment_picture
from facedoor.config.asking import why_mute
from facedoor.config.options import Config
from facedoor.errors import ImageError, UsageError
from facedoor.frames import Face, Image
from facedoor.identity import other_network
from facedoor.identity.batch import EnrolmentPolicy, Mandate
from facedoor.identity.enrolment import EnrolmentResult, enrol
from facedoor.identity.enrolment_anew import enrol_anew
from facedoor.identity.evidence import judge
from facedoor.identity.gallery import Gallery
from facedoor.identity.guard import Guard, unguarded
from facedoor.identity.joint import Second
from facedoor.identity.live_index import LiveIndex
from facedoor.identity.refusals import Outlook, Resident, outlook, resident
from facedoor.identity.risk import Risk
from facedoor.identity.search import GalleryIndex, Standard
from facedoor.languages import _
from facedoor.reasons import Reason
from facedoor.storage import place
from facedoor.storage.key_file import load_vault
from facedoor.storage.pictures import Pictures
from facedoor.storage.store import open_store
from facedoor.vision import pack, quality, second
from facedoor.vision.calibration import JointCalibration
from facedoor.vision.reader import EnrolmentReader, FaceReader
from facedoor.vision.weight_cache import WeightCache
from facedoor.visit.asking import Asker
from facedoor.visit.frame_path import FramePath
from facedoor.visit.liveness import LivenessRule
from facedoor.visit.portrait import cut_out

WITHIN_S = 30.0
"""How long to wait for enough good frames."""

APART_S = 0.6
"""Pause between two pictures, so that they differ in pose and not only in noise."""


@dataclass(frozen=True, slots=True)
class Verification:
    """The answer to "is this NAME?". ``distance`` is ``None`` when no face could be judged.

    The threshold is that of the door, with all who are enrolled, or a stricter one of the person's
    own; distances are as in
    :class:`facedoor.frames.Match`.
    """

    person: str
    distance: float | None
    threshold: float
    door_open: bool
    reason: Reason
    plain_distance: float | None = None


@dataclass(frozen=True, slots=True)
class Identification:
    """The answer to "who is this?". ``person`` is ``None`` when nobody was recognised; ``nearest``
    is whom the face comes nearest to, also then."""

    person: str | None
    distance: float | None
    threshold: float
    runner_up: str | None
    runner_up_distance: float | None
    reason: Reason
    plain_distance: float | None = None
    nearest: str | None = None


class Recogniser:
    """Answers about still pictures. Opens the pack and the state file; close it after use."""

    def __init__(self, settings: Config, *, read_only: bool = False) -> None:
        """``read_only`` is for whoever only asks: no state file is made.

        Raises :class:`PackError`, :class:`StoreError`, and :class:`ConfigError` for a risk that the
        pack cannot tell.
        """
        if read_only:
            place.require(settings.database)
        models = pack.load(settings.pack_directory)
        self._second = second.configured(settings.second_pack_directory, models.manifest)
        # A command of root's would make files that the door cannot use.
        weights = WeightCache(settings.weights_directory, makes=False)
        self.reader = FaceReader.of(models, settings.models.threads, weights, self._second)
        self._manifest, self._settings = models.manifest, settings.recognition
        self._risk = Risk(models.manifest, settings.recognition, second.joint_of(self._second))
        self._correction = self._risk.correction
        self._open_at_px = settings.recognition.opens_at_px
        self._can_ask = why_mute(settings) is None
        self.liveness = LivenessRule.of(settings.liveness, models.manifest)
        """What the door asks of a face beside who it is."""
        self._keeps_pictures = settings.storage.keep_enrolment_pictures
        self._margin = settings.recognition.runner_up_margin
        model, size = models.manifest.embedder.sha256, models.manifest.embedding_size
        self._models = (model,) if self._second is None else (model, self._second.embedder.sha256)
        vault = load_vault(settings, read_only=read_only)
        self.db = open_store(settings.database, vault, read_only)
        self.gallery = Gallery(self.db, vault)
        self._people = LiveIndex(self.db, vault, model, size, self._correction)
        self.rules = RuleBook(self.db, vault)
        self.pictures = Pictures(self.db, vault)

    @property
    def enrolment_reader(self) -> EnrolmentReader:
        """What reads the pictures of an enrolment, and frames that are to become such."""
        return EnrolmentReader(self.reader)

    @property
    def threshold(self) -> float:
        """The largest distance that is one person, with as many enrolled as there are now."""
        return self._risk.limit(len(self._index().names)).threshold

    def frame_path(self) -> FramePath:
        """Judges frames as the door does, by who is enrolled now; nothing of it is kept."""
        return FramePath(
            self.reader,
            self.standard(),
            self._risk.evidence_policy,
            self._risk.same_face_distance,
            self.liveness,
            open_at_px=self._open_at_px,
            asker=Asker(can_ask=self._can_ask),
        )

    def verify(self, name: str, image: Image) -> Verification:
        """Compare the face in an RGB image with the person ``name``.

        Raises :class:`UsageError` when nobody of that name is enrolled, or for another network.
        """
        person = self.gallery.person(name).name
        if person in self.gallery.without(self._models[0]):
            remedy = other_network.remedy([person], self.gallery.pictured())
            raise UsageError(f"{other_network.sentence([person])}: {remedy}")
        reading = self.reader.read(image)
        standard = self.standard()
        threshold = standard.threshold_of(person)
        if reading.embedding is None:
            return Verification(person, None, threshold, False, reading.refusal or Reason.NO_FACE)
        ask = self.reader.ask(image, reading.face)
        match = standard.index.match_with(person, reading.embedding, ask)
        reason = judge(match, threshold, self._margin)
        is_same = reason is Reason.RECOGNISED
        return Verification(
            person, match.distance, threshold, is_same, reason, match.plain_distance
        )

    def identify(self, image: Image) -> Identification:
        """Compare the face in an RGB image with everybody who is enrolled."""
        reading = self.reader.read(image)
        standard = self.standard()
        if reading.embedding is None:
            reason = reading.refusal or Reason.NO_FACE
            return Identification(None, None, standard.threshold, None, None, reason)
        match = standard.index.match(reading.embedding, self.reader.ask(image, reading.face))
        threshold = standard.threshold_of(match.person)
        reason = judge(match, threshold, self._margin)
        return Identification(
            person=match.person if reason is Reason.RECOGNISED else None,
            distance=match.distance if match.person else None,
            threshold=threshold,
            runner_up=match.runner_up,
            runner_up_distance=match.runner_up_distance if match.runner_up else None,
            reason=reason,
            plain_distance=match.plain_distance,
            nearest=match.person,
        )

    def enrol(
        self,
        name: str,
        pictures: Iterable[tuple[str, Callable[[], Image]]],
        mandate: Mandate,
        guard: Guard = unguarded,
    ) -> EnrolmentResult:
        """Add pictures, each a name and a function that reads it, to a person, new or known.

        ``guard`` is asked in the transaction that adds them, on the connection of
        :attr:`gallery`.

        Raises :class:`ConfigError` when one person more is more than the risk allows for.
        """
        keep = _kept if self._keeps_pictures else None
        policy, reader = self._policy(), self.enrolment_reader
        return enrol(name, pictures, self.gallery, reader, policy, mandate, guard, keep)

    def left_behind(self) -> list[str]:
        """Who has no template of one of the networks in use."""
        return sorted({name for model in self._models for name in self.gallery.without(model)})

    def enrol_anew(self, name: str, mandate: Mandate) -> EnrolmentResult:
        """Give a person templates of the networks in use, from the pictures that are kept of them.

        Raises as :meth:`enrol`, and :class:`UsageError` when nobody of that name is enrolled.
        """
        kept = self.gallery.pictures(self.gallery.person(name).name)
        named = [
            (_("kept picture {number}").format(number=number), one)
            for number, one in enumerate(kept, 1)
        ]
        pictures = [(said, partial(decode_picture, one.jpeg, said)) for said, one in named]
        later = {number for number, one in enumerate(kept) if one.is_later}
        # Once, from the larger original, each was good enough for an enrolment.
        policy, reader = self._policy(), EnrolmentReader(self.reader, quality.AT_THE_DOOR)
        return enrol_anew(name, pictures, later, self.gallery, reader, policy, mandate)

    def _policy(self) -> EnrolmentPolicy:
        """For one person more."""
        self._risk.limit(len(self._index().names) + 1)
        policy = self._risk.enrolment_policy
        if self._second is not None:
            policy = replace(policy, second_sha256=self._second.embedder.sha256)
        return policy

    def outlook(self) -> Outlook | None:
        """What the looks of all who are enrolled come to now, where the pack says it."""
        return outlook(self._manifest, self._settings, *self._enrolled())

    def resident(self, name: str) -> Resident | None:
        """What more photos would help that person, where they would and the pack says it."""
        return resident(name, self._manifest, self._settings, *self._enrolled())

    def _enrolled(self) -> tuple[Mapping[str, int], Mapping[str, float], JointCalibration | None]:
        """By how many photos each is, their own thresholds, and what a second pack makes of it."""
        self._people.read()
        photos = self._people.photos
        own = self._risk.stricter(self.rules.rulings().false_match_rates, len(photos))
        return photos, own, second.joint_of(self._second)

    def standard(self) -> Standard:
        """That of the door."""
        return self._risk.standard(self._index(), self.rules.rulings().false_match_rates)

    def _index(self) -> GalleryIndex:
        return self._people.read(Second.of(self.gallery, self._second))

    def close(self) -> None:
        self.db.close()

    def __enter__(self) -> Recogniser:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def capture(
    camera: Camera,
    reader: EnrolmentReader,
    count: int,
    guide: Callable[[str], None],
    within_s: float = WITHIN_S,
    guard: Guard = unguarded,
) -> list[Image]:
    """Up to ``count`` frames that show one good face, RGB, taken a little apart.

    ``guide`` is told, in plain words, what the person should do, whenever that changes. Ends early
    when the source does, or after ``within_s``, however often the source starts over. ``guard`` is
    asked at each frame, so that nobody is photographed for nothing: what it raises ends it. Raises
    :class:`CameraError`.
    """
    shots: list[Image] = []
    time_s: float | None = None
    passed_s = next_s = 0.0
    told: Reason | None = None
    while len(shots) < count and (frame := camera.read()) is not None:
        guard()
        if time_s is not None:
            # A recording that starts over goes back in time; what it took to do so nobody knows.
            passed_s += frame.time_s - time_s if frame.time_s > time_s else APART_S
        time_s = frame.time_s
        if passed_s > within_s:
            break
        if passed_s < next_s:
            continue
        reading = reader.read(frame.main)
        if reading.embedding is not None:
            shots.append(frame.main)
            next_s = passed_s + APART_S
            guide(_("picture {number} of {count} taken").format(number=len(shots), count=count))
        elif reading.refusal is not None and reading.refusal != told:
            guide(reading.refusal.guidance)
        told = reading.refusal
    if len(shots) < count:
        guide(
            _("only {number} of {count} pictures were good enough").format(
                number=len(shots), count=count
            )
        )
    return shots


def picture_of_visit(pictures: Pictures, visit: str) -> Image:
    """The picture that is kept of a visit, RGB.

    Raises :class:`ImageError` where there is none, and where it shows no live face: a template of
    somebody's photo would know the photo best.
    """
    jpeg = pictures.get(visit)
    if jpeg is None:
        raise ImageError(
            _("no picture of visit {visit} is kept; see facedoor visits --json").format(visit=visit)
        )
    if pictures.is_not_live(visit):
        raise ImageError(
            _(
                "the door found no live face in visit {visit}, but a photo or a screen: take "
                "another"
            ).format(visit=visit)
        )
    return decode_picture(jpeg, f"visit {visit}")


def _kept(image: Image, face: Face) -> bytes:
    """What is kept of a picture of an enrolment."""
    return enrolment_picture(cut_out(image, face.box))


def as_pictures(shots: list[Image], word: str) -> list[tuple[str, Callable[[], Image]]]:
    """``shots`` as :meth:`Recogniser.enrol` takes pictures; the first is called ``word`` 1."""
    return [(f"{word} {number}", partial(_given, shot)) for number, shot in enumerate(shots, 1)]


def _given(image: Image) -> Image:
    return image
