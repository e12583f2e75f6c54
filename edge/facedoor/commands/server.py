"""The command server: one thread that verifies them, has them carried out, and answers.

What it guarantees, whatever arrives and whatever breaks:

* Nothing is carried out that is not signed by a key whose role allows it, for this door, now, and
  for the first time.
* The id is used up, and what changes something is in the journal, before it is carried out; the
  outcome is in the journal too.
* Every signed command gets a result that says what happened, up to a rate of its key's own
  (:mod:`facedoor.commands.intake`). A message whose sender is not known is answered on
  ``.../result/unverified``, now and then.
* A flood costs a bounded amount of time, memory and disk, and keeps no other sender out.
"""

from __future__ import annotations

import hashlib
import logging
import queue
import threading
import time
import uuid
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace

from facedoor.clock import DoorClock
from facedoor.commands.accept import Acceptance
from facedoor.commands.answers import Answers, RefusalLog, Reply
from facedoor.commands.execute import Executor
from facedoor.commands.intake import Intake, Verified, Waiting
from facedoor.commands.order import Order
from facedoor.commands.signers import Signers
from facedoor.problems import Board
from facedoor.storage.ledger import TamperedError
from facedoor.storage.store import probe
from facedoor.times import utc_now
from facedoor.wire import requests
from facedoor.wire.access_requests import TryRules
from facedoor.wire.door_requests import SetMode, Unlock
from facedoor.wire.events import CommandAccepted, CommandConcluded, Event
from facedoor.wire.messages import Received
from facedoor.wire.outcomes import Outcome, Refusal, RefusedError
from facedoor.wire.people_requests import Remove
from facedoor.wire.picture_requests import ShowPictures
from facedoor.wire.reading_requests import Ping, Reading
from facedoor.wire.roles import CommandKey
from facedoor.wire.signing import SignedCommand, verify
from facedoor.wire.topics import Topics

LOOK_S = 1.0
STOP_S = 0.5

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _OutcomeOf:
    """Put into the queue by whichever thread has carried it out."""

    order: Order
    outcome: Outcome


class CommandServer:
    """Takes commands. :meth:`receive`, :meth:`plain`, :meth:`start` and :meth:`stop` are for other
    threads; :meth:`serve` and :meth:`finish` are what the thread does, and can be called without
    it."""

    def __init__(
        self,
        topics: Topics,
        addresses: Callable[[], frozenset[str]],
        open_executor: Callable[[], Executor],
        reply: Reply,
        board: Board,
        clock: DoorClock,
        steady: Callable[[], float] = time.monotonic,
    ) -> None:
        """Nothing is opened yet.

        ``addresses`` says by what a command may name the door.
        ``clock`` says what time it is, ``steady`` gives seconds that never jump.
        ``open_executor`` is called in the server's thread, again and again while it raises;
        ``reply`` must not block. Why commands are refused goes to the ``board``.
        """
        self._open_executor = open_executor
        self._clock = clock
        self._acceptance = Acceptance(addresses, clock)
        self._intake = Intake(addresses, clock, steady)
        self._answers = Answers(topics, reply, steady)
        self._refusals = RefusalLog(self._journal, steady)
        self._opened: Executor | None = None
        self._board = board
        self._fails = False
        # Not bounded by itself, for an outcome has to find its way back; the intake is.
        self._queue: queue.SimpleQueue[Waiting | _OutcomeOf | None] = queue.SimpleQueue()
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="facedoor-commands", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def receive(self, received: Received) -> None:
        """Verify a message, and take it, without waiting; what is too much is dropped and counted.

        Called from the network's thread.
        """
        if waiting := self._intake.take(received):
            self._queue.put(waiting)

    def plain(self, request: Unlock | SetMode | None, retained: bool, by: str) -> None:
        """Take a request that is not signed, from where the configuration allows it.

        ``by`` says where it comes from. It goes the way of a signed command from here on. One that
        was retained is refused whatever it says: nobody knows when it was sent, and it would
        release the door at each connection. ``None`` is a message that asks for nothing known.
        """
        if retained or request is None:
            self._intake.drop(Refusal.RETAINED if retained else Refusal.MALFORMED)
            self._queue.put(None)
        elif waiting := self._intake.take_plain(Order(uuid.uuid4().hex, by, request)):
            self._queue.put(waiting)

    def stop(self) -> None:
        """Take nothing more. Returns within half a second."""
        self._stopping.set()
        self._queue.put(None)
        if self._thread.is_alive():
            self._thread.join(STOP_S)

    def serve(self, patience_s: float) -> bool:
        """Handle the next of what waits, if there is something within ``patience_s``.

        Returns whether there was.
        """
        item = None
        with suppress(queue.Empty):
            item = self._queue.get(timeout=patience_s) if patience_s else self._queue.get_nowait()
        try:
            match item:
                case Waiting():
                    self._intake.leaves(item)
                    self._handle(item.item)
                case _OutcomeOf():
                    self._conclude(item.order, item.outcome)
            self._intake.know(self._keys())
            self._note_dropped()
            self._refusals.write()
            if self._fails:
                probe(self._executor().state.db)
                self._fails = False
                self._board.clear("commands_fail")
        except Exception as error:
            # The state file fails, or there is a mistake in here; either way nobody waits for more.
            if not self._fails:
                log.exception("a command could not be handled")
            self._fails = True
            self._board.report("commands_fail", f"commands cannot be handled: {error}")
        return item is not None

    def finish(self) -> None:
        """Write down what was done; what has not been looked at is dropped. The thread's end."""
        while not self._queue.empty():
            if isinstance(item := self._queue.get_nowait(), _OutcomeOf):
                self._conclude(item.order, item.outcome)
        self._refusals.write(everything=True)

    def _run(self) -> None:
        patience_s = 0.0  # the first look is at the keys
        while not self._stopping.is_set():
            self.serve(patience_s)
            patience_s = LOOK_S
        try:
            self.finish()
        except Exception:
            log.exception("the outcome of a command could not be written to the journal")

    def _note_dropped(self) -> None:
        for (reason, key), count in self._intake.dropped().items():
            if key is None:
                self._answers.turn_away(Outcome.refused(reason), None)
            self._refusals.note(reason, key, count)

    def _handle(self, item: Verified | Received | Order) -> None:
        match item:
            case Order():
                self._carry_out(item)
            case Verified():
                self._accept(item.command, item.received, item.is_too_many)
            case Received():
                try:
                    command = verify(item, self._find_key)
                except RefusedError as refused:
                    digest = hashlib.sha256(item.payload).hexdigest()
                    self._answers.turn_away(Outcome.of(refused), digest)
                    self._refusals.note(refused.reason)
                else:
                    self._accept(command, item)

    def _accept(
        self, command: SignedCommand, received: Received, is_too_many: bool = False
    ) -> None:
        try:
            # As it is now; none is ever forgotten.
            key = self._find_key(command.key.fingerprint) or command.key
            command = replace(command, key=key)
            order = self._acceptance.accept(command, received, self._executor().state, is_too_many)
        except Exception as error:
            self._answers.tell(command.id, _known(command.cmd), Outcome.of(error), received)
            if not isinstance(error, RefusedError):
                raise
            reason = error.reason
        else:
            self._carry_out(order)
            return
        # Not in the handler above: what fails here is logged, and would take a refusal along.
        self._refusals.note(reason, command.key.name)

    def _keys(self) -> list[CommandKey]:
        try:
            return Signers(self._executor().state.db).all(self._clock.reading().now_s)
        except TamperedError:
            return []  # then whoever commands hears why

    def _find_key(self, fingerprint: str) -> CommandKey | None:
        try:
            return Signers(self._executor().state.db).find(fingerprint)
        except TamperedError as error:
            raise RefusedError(Refusal.STATE_FILE_CHANGED) from error

    def _carry_out(self, order: Order) -> None:
        try:
            if not isinstance(order.request, Reading | ShowPictures):
                request = order.request
                with self._executor().state.authorised(order):
                    person = self._named(order)
                    self._journal(
                        CommandAccepted(utc_now(), order.id, request.cmd, order.by, person)
                    )
            self._executor().run(order, lambda outcome: self._queue.put(_OutcomeOf(order, outcome)))
        except Exception as error:
            outcome = Outcome.of(error)
            if outcome.outcome == "failed":
                log.exception("the command %s failed", order.id)
        else:
            return
        # Not in the handler above: what fails here is logged, and would take along a refusal, which
        # names whom it is about.
        self._conclude(order, outcome)

    def _conclude(self, order: Order, outcome: Outcome) -> None:
        """Tell, and write down, what became of an order."""
        self._answers.tell(order.id, order.request.cmd, outcome, order.received)
        if isinstance(order.request, SetMode):
            self._note_mode(order, outcome)
        if outcome.outcome != "progress" and not isinstance(order.request, Ping | TryRules):
            person = outcome.about or self._named(order)
            self._journal(
                CommandConcluded(
                    utc_now(),
                    outcome.outcome,
                    order.id,
                    order.request.cmd,
                    order.by,
                    person,
                    outcome.reason,
                    outcome.counts.get("accepted"),
                    outcome.counts.get("rejected"),
                )
            )

    def _note_mode(self, order: Order, outcome: Outcome) -> None:
        """Show a mode that Home Assistant was refused to end: no result reaches it."""
        if outcome.outcome == "done":
            self._board.clear("mode_is_signed")
        elif (
            order.key is None
            and outcome.reason == Refusal.NOT_ALLOWED_NOW
            and self._executor().mode_is_signed
        ):
            self._board.report(
                "mode_is_signed", f"{outcome.message}, such as facedoor send mode normal"
            )

    def _named(self, order: Order) -> str | None:
        """Whom the journal may name.

        To ask that a name be forgotten must not write it down: neither one that was just removed,
        nor one that nobody has.
        """
        if isinstance(order.request, Remove):
            person = self._executor().state.gallery.find(order.request.person)
            return person.name if person else None
        return order.person

    def _journal(self, event: Event) -> None:
        self._executor().state.journal.append(event)

    def _executor(self) -> Executor:
        if self._opened is None:
            self._opened = self._open_executor()
        return self._opened


def _known(cmd: object) -> str | None:
    """What may be repeated of a ``cmd`` that can be any JSON."""
    return cmd if isinstance(cmd, str) and cmd in requests.COMMANDS else None
