"""Who is signed in: only who has a key that a door knows, and only as long as the door says so."""

from __future__ import annotations

import asyncio
import base64

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

import event_loop
from commands_kit import private_key, public
from facedoor.dashboard import sessions as rooms
from facedoor.dashboard.sessions import CHECK_S, NONCE_S, SESSION_S, Session, Sessions
from facedoor.errors import UsageError
from facedoor.wire.roles import fingerprint

ORIGIN = "https://door.lan:8443"
KEY = fingerprint(public(private_key(1)))


class Clock:
    now_s = 1_800_000_000.0

    def __call__(self) -> float:
        return self.now_s


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def sessions(clock: Clock) -> Sessions:
    return Sessions(clock)


def signature(key: Ed25519PrivateKey, nonce: str, origin: str = ORIGIN) -> bytes:
    return key.sign(f"facedoor sign-in\n{origin}\n{nonce}".encode())


def yes(role: str = "viewer", key: str = KEY) -> dict[str, str]:
    return {"outcome": "done", "cmd": "ping", "key": key, "role": role, "key_name": "phone"}


def sign_in(
    sessions: Sessions, *doors: str, offline: frozenset[str] = frozenset()
) -> Session | None:
    said_yes = {door for door in doors if sessions.note(KEY, door, yes())}
    return sessions.begin(KEY, said_yes, set(offline), None)


def test_nonce_is_good_once_and_for_one_origin_and_key(sessions: Sessions, clock: Clock) -> None:
    key, nonce = private_key(1), sessions.nonce()
    good = signature(key, nonce)
    for origin, whose, said in (
        ("https://evil.lan:8443", key, good),
        (ORIGIN, private_key(2), good),
        (ORIGIN, key, good[:-1] + b"x"),
        (ORIGIN, key, b""),
    ):
        with pytest.raises(UsageError, match="signature"):
            sessions.require_device(origin, public(whose), nonce, said)
    sessions.require_device(ORIGIN, public(key), nonce, good)
    with pytest.raises(UsageError, match="was used"):
        sessions.require_device(ORIGIN, public(key), nonce, good)
    late = sessions.nonce()
    clock.now_s += NONCE_S + 1
    with pytest.raises(UsageError, match="too old"):
        sessions.require_device(ORIGIN, public(key), late, signature(key, late))


def test_nonce_of_another_servers_is_none(sessions: Sessions, clock: Clock) -> None:
    key = private_key(1)
    made = base64.urlsafe_b64encode(bytes(36)).decode()
    for nonce in (Sessions(clock).nonce(), made, "", "x" * 4000, "é"):
        with pytest.raises(UsageError, match="nonce"):
            sessions.require_device(ORIGIN, public(key), nonce, signature(key, nonce))


def test_only_the_doors_done_to_a_ping_of_the_same_key_counts(sessions: Sessions) -> None:
    for said in (
        yes(key=fingerprint(public(private_key(2)))),
        {**yes(), "cmd": "unlock"},
        {**yes(), "outcome": "refused"},
        {name: value for name, value in yes().items() if name != "key"},
        {},
    ):
        assert not sessions.note(KEY, "front", said)
    assert sessions.begin(KEY, set(), {"front"}, None) is None


def test_session_is_asked_for_anew_each_hour_and_ends_when_the_door_says_revoked(
    sessions: Sessions, clock: Clock
) -> None:
    session = sign_in(sessions, "front")
    assert session is not None
    assert sessions.find(session.word) is session
    clock.now_s += CHECK_S
    assert sessions.find(session.word) is None
    again = sessions.begin(KEY, {"front"}, set(), session.word)
    assert again is session
    assert sessions.is_good(session)
    assert not sessions.note(KEY, "front", {"outcome": "refused", "reason": "revoked_key"})
    assert not sessions.is_good(session)
    assert sessions.begin(KEY, set(), {"front"}, session.word) is None


def test_door_that_is_away_counts_for_what_it_said_before_and_one_that_is_there_does_not(
    sessions: Sessions, clock: Clock
) -> None:
    sign_in(sessions, "front", "back")
    clock.now_s += CHECK_S
    session = sign_in(sessions, "front", offline=["back"])
    assert session is not None
    assert set(session.doors or ()) == {"front", "back"}
    session = sign_in(sessions, "front")
    assert session is not None
    assert set(session.doors or ()) == {"front"}
    clock.now_s += SESSION_S
    assert sign_in(sessions, offline=["front", "back"]) is None


def test_whom_a_proxy_vouches_for_sees_all_and_has_no_key(sessions: Sessions) -> None:
    session = sessions.vouched_for("ada")
    assert (session.key, session.doors) == (None, None)
    assert sessions.vouched_for("ada") is session


def test_answers_wait_a_while_for_a_stream_and_only_the_last_of_them(
    sessions: Sessions, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rooms, "RESULT_S", 0.0)

    async def scenario() -> None:
        session = sign_in(sessions, "front")
        assert session is not None
        for number in range(100):
            session.tell(str(number))
        one, other = session.attach(), session.attach()
        assert one.take()[-2:] == ["98", "99"]
        assert other.take() == []
        session.tell("100")
        assert one.take() == other.take() == ["100"]
        session.detach(one)
        session.detach(other)
        for _ in range(10):
            session.tell("x" * 1_000_000)
        session.tell("late")
        await asyncio.sleep(0.01)
        assert session.attach().take() == []

    event_loop.run(scenario())


def test_answers_that_nobody_reads_are_bounded_together(sessions: Sessions) -> None:
    session = sessions.vouched_for("ada")
    stream = session.attach()
    for _ in range(10):
        session.tell("x" * 1_000_000)
    assert len(stream.take()) == 4
    assert stream.take() == []


def test_key_has_as_many_sessions_and_streams_as_a_browser_and_the_oldest_end(
    sessions: Sessions,
) -> None:
    every = [sign_in(sessions, "front") for _ in range(10)]
    assert [one is not None and one.has_ended for one in every] == [True] * 8 + [False] * 2
    last = every[-1]
    assert last is not None
    streams = [last.attach() for _ in range(rooms.MOST_STREAMS + 2)]
    assert [stream.is_over for stream in streams[:3]] == [True, True, False]
    assert not streams[-1].is_over
    last.tell("done")
    assert [stream.take() for stream in streams[1:3]] == [[], ["done"]]
