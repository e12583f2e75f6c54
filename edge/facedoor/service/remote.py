"""The door's remote side: what it tells on the bus, and what it hears there.

Joins the bus, the command server, enrolment by commands, the site's roster, and the reporter.
Nothing here can hold up a frame or the relay: whatever arrives waits in bounded queues for threads
of its own, and whatever is told is taken without waiting.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing, suppress
from dataclasses import dataclass, replace

from facedoor.access.rule_book import RuleBook
from facedoor.camera.live import FrameTap
from facedoor.clock import DoorClock
from facedoor.commands.enrol import RemoteEnrolment
from facedoor.commands.execute import Executor
from facedoor.commands.order import StateFile
from facedoor.commands.own_name import OwnName
from facedoor.commands.readings import About
from facedoor.commands.server import CommandServer
from facedoor.config.options import Config
from facedoor.door.doorkeeper import Doorkeeper
from facedoor.door.mode_switch import ModeSwitch
from facedoor.errors import StoreError
from facedoor.frames import Frame
from facedoor.identity.gallery import Gallery
from facedoor.mqtt.former_names import FILE, FormerNames
from facedoor.mqtt.homeassistant import BIRTH_TOPIC
from facedoor.mqtt.last_picture import LastPicture
from facedoor.mqtt.publisher import MqttBus
from facedoor.mqtt.reporter import HealthMeter, Reporter
from facedoor.problems import Board
from facedoor.service.picture_keeper import PictureKeeper
from facedoor.site.roster_book import RosterBook
from facedoor.site.site import Site
from facedoor.site.sync import SiteRoster
from facedoor.storage.door_key import read_door_key
from facedoor.storage.journal import Journal
from facedoor.storage.pictures import Pictures
from facedoor.storage.store import open_store
from facedoor.storage.vault import Vault
from facedoor.visit.recogniser import Recogniser
from facedoor.visit.report import FrameReport
from facedoor.wire import messages
from facedoor.wire.door_requests import plain_request
from facedoor.wire.events import Event, RelayChanged
from facedoor.wire.messages import Handlers, Received, Telemetry
from facedoor.wire.mode import DoorStatus
from facedoor.wire.topics import Topics

HOME_ASSISTANT = "home_assistant"
"""Stands in the journal where a request came without a signature."""

LATE_PROMPT_S = 1.0
"""What says that a prompt is over is given up after this: there may be another by then."""


@dataclass(frozen=True, slots=True)
class LocalDoor:
    """The door as it is without a network: what commands act on, and what is told of."""

    doorkeeper: Doorkeeper
    switch: ModeSwitch
    clock: DoorClock
    board: Board
    frames: Callable[[], int]
    """How many were judged."""
    pack: Callable[[], str | None]
    """The name of its models, and the beginning of their hash; ``None`` before they are loaded."""
    events_waiting: Callable[[], int]
    """How many the broker has not acknowledged. From the main thread; raises
    :class:`StoreError`."""
    pictures: PictureKeeper | None = None
    """Who keeps pictures of visits, where any are kept."""
    lamp: Callable[[], bool | None] = lambda: None
    """Whether the lamp is on, where there is one."""


class Remote:
    """Everything that goes on over MQTT."""

    def __init__(
        self, settings: Config, vault: Vault, door: LocalDoor, site: Site | None = None
    ) -> None:
        """Nothing is connected yet. ``site`` is what the door shares its people with, if it does.

        What is wrong here, too, is on the board of the ``door``.
        Raises :class:`ConfigError` for a door's name that cannot be in a topic and
        :class:`StoreError`; what else of the settings cannot work is on the board, and the door
        goes without MQTT.
        """
        self._settings = settings
        self._vault = vault
        self._door = door
        self._site = site
        self._topics = Topics(settings.door.name)
        self._roster = (
            SiteRoster(site, self._topics, self._open_book(site), door.board) if site else None
        )
        self._compared_with = -1
        self._frame_tap = FrameTap()
        self._enrolments = RemoteEnrolment(lambda: Recogniser(settings), self._frame_tap)
        with closing(open_store(settings.database, vault)) as db:
            key = read_door_key(db, vault)
        self._own_name = OwnName(
            self._topics, key.identity, door.board, lambda: self._bus.connections
        )
        self._former_names = FormerNames(
            settings.state_directory / FILE,
            self._topics,
            key.identity,
            settings.mqtt,
            door.board,
        )
        self._bus = MqttBus(
            settings.mqtt,
            settings.door.name,
            key,
            lambda: Journal(open_store(settings.database, vault), vault),
            door.board,
            self._handlers(),
            lambda: door.switch.mode,
            self._former_names,
            door.pictures.is_settled if door.pictures else lambda _: True,
        )
        if door.pictures:
            door.pictures.settled = self._bus.wake
        self._commands = CommandServer(
            self._topics,
            lambda: self._own_name.addresses,
            self._open_executor,
            self._bus.reply,
            door.board,
            door.clock,
        )
        door.board.changed = self._bus.wake
        self._meter = HealthMeter(settings.state_directory)
        self._reporter = Reporter(settings, self._bus.tell, self._measured)
        self._last_picture = LastPicture(
            settings, self._bus.tell, lambda: Pictures(open_store(settings.database, vault), vault)
        )

    def start(self) -> None:
        """Begin to connect, and to obey commands."""
        self._commands.start()
        self._bus.start()
        if self._roster is not None:
            self._roster.start(self._bus)

    def stop(self) -> None:
        """Take nothing more, say that the door is offline, and disconnect; within two seconds."""
        self._enrolments.stop()
        self._commands.stop()
        if self._roster is not None:
            self._roster.stop()
        self._bus.stop()

    @property
    def refuses_faces(self) -> bool:
        """Whether no face may come in, since the door's knowledge of its site is too old."""
        return self._roster is not None and self._roster.refuses

    def look(self, names: tuple[str, ...], revision: int) -> None:
        """Tell what it is time for. To be called every now and then, from one thread.

        ``names`` and ``revision`` are the gallery's, with which faces are compared now.
        """
        if revision != self._compared_with:
            self._reporter.people_changed(names, revision)
        self._reporter.tick()
        self._last_picture.look()
        if self._roster is not None:
            # That of the last look: what was compared with an older one is decided by now.
            self._roster.compares_with(self._compared_with)
        self._compared_with = revision

    def watching(self, frame: Frame, report: FrameReport) -> None:
        """A frame was judged. From the worker's thread."""
        self._frame_tap.offer(frame)
        self._meter.judged()
        for prompt in report.prompts:
            message = messages.encode(self._topics.door, prompt)
            expiry_s = max(prompt.lasts_s, LATE_PROMPT_S)
            self._bus.tell(self._topics.prompt, message, retain=False, expiry_s=expiry_s)
        new = [decision for decision in report.decisions if not decision.again]
        if new:
            self._reporter.decided(frame.main, new[-1].visit)

    def happened(self, event: Event) -> None:
        """Something was written to the journal, or the relay moved. Does not wait."""
        if not isinstance(event, RelayChanged):
            self._bus.wake()

    def stands(self, status: DoorStatus) -> None:
        """The door stands so from now on. Does not wait."""
        self._bus.door_changed(status)

    def _measured(self) -> Telemetry:
        codes = [problem.code for problem in self._door.board.problems]
        waiting = None
        with suppress(StoreError):  # which whoever writes the journal tells
            waiting = self._door.events_waiting()
        queues = {"door": self._door.doorkeeper.waiting}
        measured = self._meter.measure(self._door.frames(), queues, codes, waiting)
        return replace(measured, lamp=self._door.lamp())

    def _handlers(self) -> Handlers:
        handlers: dict[str, Callable[[Received], None]] = {
            # First: it has to be known before the first command comes.
            **self._own_name.handlers,
            **self._former_names.handlers,
            self._topics.command: lambda received: self._commands.receive(received),
            BIRTH_TOPIC: lambda received: self._reporter.birth(received.payload),
        }
        if self._settings.mqtt.home_assistant_control:
            handlers[self._topics.home_assistant_set("+")] = self._plain
        if self._roster is not None:
            handlers |= self._roster.handlers
        return handlers

    def _open_book(self, site: Site) -> Callable[[], tuple[RosterBook, Gallery]]:
        def opened() -> tuple[RosterBook, Gallery]:
            db = open_store(self._settings.database, self._vault)
            gallery = Gallery(db, self._vault)
            journal = Journal(db, self._vault)
            return RosterBook(db, gallery, journal, site, self._topics.door), gallery

        return opened

    def _plain(self, received: Received) -> None:
        entity = received.topic.split("/")[-2]
        request = plain_request(entity, received.payload)
        self._commands.plain(request, received.retained, HOME_ASSISTANT)

    def _open_executor(self) -> Executor:
        db = open_store(self._settings.database, self._vault)
        gallery, journal = Gallery(db, self._vault), Journal(db, self._vault)
        pictures = Pictures(db, self._vault)
        state = StateFile(db, gallery, journal, RuleBook(db, self._vault), pictures, self._site)
        settings = self._settings
        about = About(
            settings.door.name, self._door.pack, settings.storage.keep_pictures, settings.rules
        )
        doorkeeper, switch, clock = self._door.doorkeeper, self._door.switch, self._door.clock
        return Executor(state, doorkeeper, switch, self._enrolments, clock, about)
