from __future__ import annotations

import dataclasses
import json
import re
import subprocess
import sys
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from doorway import grant, status
from facedoor import __version__, strict
from facedoor.errors import ConfigError
from facedoor.problems import Problem, Severity
from facedoor.wire import messages
from facedoor.wire.bands import Band, told
from facedoor.wire.decisions import ToldDecision
from facedoor.wire.entries import Entry
from facedoor.wire.mode import Mode
from facedoor.wire.prompts import Prompt, Side
from facedoor.wire.roles import public_key_text
from facedoor.wire.topics import Topics, roster
from vaults import DOOR_KEY

DISK_FULL = Problem("disk_full", Severity.WARNING, "the disk is full", "2026-11-24T09:30:00.000Z")
DOOR = DOOR_KEY.identity
WRITTEN = "2026-11-24T09:30:07.000Z"
GRANT = grant(3).as_json()
TOLD = ToldDecision(
    time=grant(3).time,
    granted=True,
    reason=grant(3).reason,
    person="Ada",
    distance_band=Band.WITHIN,
    distance_ratio=1.0,
    frames=3,
    track=3,
    latency_ms=grant(3).latency_ms,
)
"""What a listener reads of it."""

CHANGED = status(on=True, time="2026-11-24T09:30:01.000Z")


def event(kind: str, payload: dict[str, Any]) -> dict[str, Any]:
    return json.loads(messages.event("front", "3f9a1c07", Entry(17, kind, WRITTEN, payload)))


def test_every_message_has_the_common_keys() -> None:
    for message in (
        event("system", {}),
        json.loads(messages.status("front", DOOR, online=True)),
        json.loads(messages.state("front", CHANGED)),
    ):
        assert (message["v"], message["door"]) == (1, "front")
        assert message["id"]
        assert datetime.fromisoformat(message["time"]).tzinfo == UTC
        assert message["time"].endswith("Z")


def test_decision_event_carries_the_decision_without_distances_at_the_time_it_was_taken() -> None:
    message = event("decision", grant(3).as_json())
    assert message["kind"] == "decision"
    assert told(grant(3).as_json()).items() <= message.items()
    assert message["time"] == grant(3).time


def test_event_has_the_time_of_its_entry_if_none_of_its_own_and_always_the_same_id() -> None:
    assert event("system", {"text": "started"})["time"] == WRITTEN
    assert event("system", {})["id"] == event("system", {})["id"] == "front-3f9a1c07-17"


def test_status_tells_version_and_problems() -> None:
    message = json.loads(messages.status("front", DOOR, online=True, problems=[DISK_FULL]))
    assert (message["status"], message["version"]) == ("online", __version__)
    assert message["problems"] == [DISK_FULL.sentence]
    assert message["problem_details"] == [dataclasses.asdict(DISK_FULL)]
    assert json.loads(messages.status("front", DOOR, online=False))["status"] == "offline"


def test_state_tells_the_mode_and_since_when_the_door_is_released() -> None:
    message = json.loads(messages.state("front", CHANGED))
    assert (message["lock"], message["since"]) == ("released", CHANGED.since)
    assert message["mode"] == "normal"
    assert json.loads(messages.state("front", CHANGED, Mode.LOCKDOWN))["mode"] == "lockdown"
    locked = messages.state("front", status(on=False, time=CHANGED.since))
    assert json.loads(locked)["lock"] == "locked"


def test_state_tells_contact_and_the_state_of_the_whole() -> None:
    message = json.loads(messages.state("front", CHANGED))
    assert (message["door"], message["state"], message["contact"]) == ("front", "releasing", None)
    for is_open, word in ((True, "open"), (False, "closed")):
        status_ = dataclasses.replace(CHANGED, is_open=is_open, tampered=True)
        message = json.loads(messages.state("front", status_))
        assert (message["contact"], message["tamper"]) == (word, True)


def test_names_are_sent_as_utf8() -> None:
    entry = Entry(1, "decision", WRITTEN, {"person": "Émile"})
    assert "Émile".encode() in messages.event("front", "3f9a1c07", entry)


def test_text_that_has_no_form_in_utf8_is_sent_all_the_same() -> None:
    said = messages.encode("front", messages.Result("17", "failed", None, "\ud800 \udfff\\"))
    assert json.loads(said)["message"] == "\ud800 \udfff\\"


def test_telemetry_carries_every_figure() -> None:
    telemetry = messages.Telemetry(14.8, 42.0, 120.5, None, 9000.0, {"events": 2})
    message = json.loads(messages.encode("front", telemetry))
    assert strict.as_json(telemetry).items() <= message.items()
    assert message["door"] == "front"


def test_people_are_named_only_if_that_is_wanted() -> None:
    silent = json.loads(messages.people("front", ["Ada", "Bob"], 7, publish_names=False))
    assert (silent["count"], silent["roster"]) == (2, 7)
    assert "Ada" not in json.dumps(silent)
    named = json.loads(messages.people("front", ["Ada", "Bob"], 7, publish_names=True))
    assert named["names"] == ["Ada", "Bob"]


CONTENTS: list[tuple[str, bytes, messages.Content]] = [
    ("event", messages.event("front", "3f9a1c07", Entry(17, "decision", WRITTEN, GRANT)), TOLD),
    (
        "status",
        messages.status("front", DOOR, online=True, problems=[DISK_FULL]),
        messages.Status(
            "online",
            __version__,
            (DISK_FULL.sentence,),
            (DISK_FULL,),
            DOOR.id,
            public_key_text(DOOR.public_key),
        ),
    ),
    (
        "state",
        messages.state("front", CHANGED, Mode.LOCKDOWN),
        dataclasses.replace(CHANGED, mode=Mode.LOCKDOWN),
    ),
    (
        "people",
        messages.people("front", ["Ada"], 7, publish_names=True),
        messages.People(1, 7, ("Ada",)),
    ),
]


def test_what_a_door_says_is_read_as_what_it_told() -> None:
    told = (
        messages.Telemetry(
            14.8, 42.0, 120.5, None, 9000.0, {"events": 2}, ("disk_full",), lamp=True
        ),
        messages.Result("17", "refused", "expired", "too late", {"cmd": "ping"}),
        messages.Result(None, "refused", "malformed", "no command", {"sha256": "00"}),
    )
    kinds = ("telemetry", "result/17", "result/unverified")
    further = [
        (kind, messages.encode("front", what), what) for kind, what in zip(kinds, told, strict=True)
    ]
    for kind, payload, content in CONTENTS + further:
        message = messages.read(f"facedoor/front/{kind}", payload)
        assert (message.door, message.content) == ("front", content)
        said = json.loads(payload)
        assert (message.id, message.time) == (said["id"], said["time"])


def test_keys_of_a_newer_version_are_passed_over() -> None:
    for kind, payload, content in CONTENTS[1:]:
        newer = json.dumps(json.loads(payload) | {"new": 1}).encode()
        assert messages.read(f"facedoor/front/{kind}", newer).content == content


def test_what_no_door_says_is_an_error() -> None:
    for topic, payload in (
        ("facedoor/front/status", b"{}"),
        ("facedoor/front/status", b"[]"),
        ("facedoor/front/status", b"{"),
        ("facedoor/front/image", b"{}"),
        ("status", b"{}"),
        ("facedoor/front/event", b"[" * 100_000),
    ):
        with pytest.raises(ValueError, match=r"."):
            messages.read(topic, payload)


def test_who_reads_messages_imports_neither_numpy_nor_another_room() -> None:
    script = (
        "import sys, facedoor.wire.messages, facedoor.wire.requests, facedoor.wire.sentences\n"
        "rooms = {name.split('.')[1] for name in sys.modules if name.startswith('facedoor.')}\n"
        "print(*sorted(rooms), 'numpy' in sys.modules)"
    )
    found = subprocess.run([sys.executable, "-c", script], capture_output=True, check=True)
    roots = "errors languages names problems reasons strict times views wire"
    assert found.stdout.decode().strip() == f"{roots} False"


def test_topics_of_a_door_are_a_branch_of_its_own_and_a_roster_is_its_sites() -> None:
    topics = Topics("front-1")
    assert topics.status == "facedoor/front-1/status"
    assert topics.state == "facedoor/front-1/state"
    assert topics.event == "facedoor/front-1/event"
    assert topics.command == "facedoor/front-1/command"
    assert topics.result("f00d") == "facedoor/front-1/result/f00d"
    assert topics.home_assistant_set("+") == "facedoor/front-1/ha/+/set"
    assert roster("home", "a1b2") == "facedoor/site/home/roster/a1b2"


@pytest.mark.parametrize("name", ["", "a/b", "+", "#", "two words", "tür", "front\n", "\x00"])
def test_name_that_would_change_the_topic_is_refused(name: str) -> None:
    with pytest.raises(ConfigError, match=re.escape("[door] name")):
        Topics(name)


@given(st.text())
def test_topic_never_has_more_levels_or_wildcards_than_ours(name: str) -> None:
    try:
        topic = Topics(name).event
    except ConfigError:
        return
    assert topic.count("/") == 2
    assert not set(topic) & set("+#\0")


@pytest.mark.parametrize("word", ["", "a/b", "#", "++", "x\n", "x\x00"])
def test_word_that_would_change_the_topic_is_refused(word: str) -> None:
    for make in (Topics("front").result, Topics("front").home_assistant_set):
        with pytest.raises(ValueError, match="one level of a topic"):
            make(word)
    with pytest.raises(ValueError, match="one level of a topic"):
        roster("home", word)


def test_prompt_reads_as_it_was_told() -> None:
    for prompt in (asked := Prompt.asking(Side.LEFT, 3.0, 4, "front-3f9a1c07-v1"), asked.over):
        payload = messages.encode("front", prompt)
        assert messages.read("facedoor/front/prompt", payload).content == prompt
