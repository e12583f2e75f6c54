"""The running door as `facedoor watch` draws it, on terminals of every size, with and without
colours."""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np

from doorway import refusal
from facedoor.camera.pictures import snapshot
from facedoor.cli.live_screen import LiveScreen, clipped
from facedoor.cli.live_words import of_face, of_news
from facedoor.languages import spoken
from facedoor.wire import bands
from facedoor.wire.events import RelayChanged
from facedoor.wire.live import LiveDoor, LiveFace, LiveFrame, LiveNews, decode, encode
from facedoor.wire.mode import DoorName, DoorStatus, Mode
from facedoor.wire.prompts import Side

TIME = "2026-11-24T09:30:00.000Z"
GRANTED = LiveNews(TIME, "granted, Ada, welcome", {"decision": "granted", "track": 7})
REFUSED = LiveNews(TIME, "refused, somebody, unknown", {"decision": "refused", "track": 5})
LOCKED = DoorStatus(TIME, True, None, DoorName.LOCKED, tampered=False)
PICTURE = snapshot(np.full((240, 320, 3), 128, np.uint8))
FACE = LiveFace(7, (0.25, 0.25, 0.75, 0.75), None, "too dark: turn on a light")


def frame(judged: int = 1, *faces: LiveFace) -> LiveFrame:
    return LiveFrame(PICTURE, faces, {"detect": 12.5, "embed": 31.0}, judged, judged / 15)


def screen(has_all_colours: bool | None, *faces: LiveFace) -> LiveScreen:
    made = LiveScreen(has_all_colours)
    for said in (
        LiveDoor("front", "0.1.0", LOCKED),
        *(frame(judged, *faces) for judged in (1, 4, 7)),
        REFUSED,
        GRANTED,
    ):
        made.take(said, now_s=100.0)
    return made


def text(lines: list[str]) -> list[str]:
    return [re.sub(r"\x1b\[[\d;]*m", "", line) for line in lines]


def test_at_80_by_24_everything_is_there_also_without_colours() -> None:
    for colours in (None, False, True):
        lines = text(screen(colours, FACE).drawn(80, 24, now_s=100.0))
        assert len(lines) == 24
        assert re.match(r" front  locked  15\.0 frames/s", lines[0])
        shown = "\n".join(lines)
        for words in ("visitor 2: too dark: turn on a", "  light", "detect         12.5 ms"):
            assert words in shown
        news = [line for line in lines if "granted, Ada" in line or "refused, somebody" in line]
        assert [re.sub(r"^\d\d:\d\d:\d\d  ", "", line) for line in news] == [
            f"visitor 1: {REFUSED.text}",
            f"visitor 2: {GRANTED.text}",
        ]
        assert lines[-1] == "Ctrl-C: end"


def test_lamp_that_is_on_stands_beside_how_the_door_stands() -> None:
    made = screen(None)
    made.take(replace(frame(8), lamp=True), now_s=100.0)
    assert made.drawn(80, 24, now_s=100.0)[0].startswith(" front  locked  lamp on  ")


def test_nothing_but_plain_text_is_sent_to_a_terminal_without_colours() -> None:
    lines = screen(None, FACE).drawn(80, 24, now_s=100.0)
    assert all(line.isascii() and line.isprintable() for line in lines)
    assert "\x1b[" in "".join(screen(False, FACE).drawn(80, 24, now_s=100.0))


def test_it_fits_into_a_terminal_of_any_size() -> None:
    for columns in (1, 10, 40, 63, 64, 80, 200):
        for rows in (1, 2, 5, 24, 70):
            for colours in (None, True):
                lines = text(screen(colours, FACE).drawn(columns, rows, now_s=100.0))
                assert len(lines) <= rows, (columns, rows)
                assert max(map(len, lines)) <= columns, (columns, rows)


def test_face_is_framed_in_the_colour_of_its_verdict_and_by_lines_without_colours() -> None:
    for granted, colour in ((True, "38;162;105"), (False, "200;50;47"), (None, "229;165;10")):
        face = LiveFace(7, FACE.box, granted, "Ada")
        assert f"2;{colour}" in "".join(screen(True, face).drawn(80, 24, now_s=100.0))
    framed = screen(None, FACE).drawn(80, 24, now_s=100.0)
    assert [line for line in framed if re.search(r"\+-+\+", line)]
    bare = screen(None).drawn(80, 24, now_s=100.0)
    assert not [line for line in bare if re.search(r"\+-+\+", line)]
    assert any("nobody" in line for line in bare)


def test_a_picture_that_stands_still_is_told_and_so_is_a_door_that_is_not_locked() -> None:
    still = screen(True)
    assert "no frame for 9 s" in text(still.drawn(80, 24, now_s=109.0))[0]
    released = DoorStatus(TIME, False, True, DoorName.HELD_OPEN, tampered=False, mode=Mode.FACE_OFF)
    still.take(LiveDoor("front", "0.1.0", released), now_s=109.0)
    assert (
        " front  RELEASED  held open  commands only  " in text(still.drawn(80, 24, now_s=109.0))[0]
    )


def test_before_anything_has_come_it_waits() -> None:
    lines = text(LiveScreen(True).drawn(80, 24, now_s=0.0))
    assert "waiting for the door" in lines[0]


def test_hostile_and_wide_text_stays_in_its_columns() -> None:
    assert clipped("Ada\x1b[2J", 40) == "Ada\\u001b[2J"
    assert clipped("日本語の名前", 5) == "日本"
    assert clipped("Zoe\u0308 Zoe\u0308", 5) == "Zoe\u0308 Z"
    made = screen(True)
    made.take(LiveNews("99999", "Ada\x1b[2J"), now_s=100.0)
    made.take(LiveNews(TIME, "x" * 10_000), now_s=100.0)
    lines = made.drawn(40, 24, now_s=100.0)
    assert not any("\x1b[2J" in line for line in lines)
    assert max(map(len, text(lines))) <= 40


def test_whoever_watches_reads_their_own_language_from_what_the_service_says_in_english() -> None:
    decision = replace(refusal(3), looks={"unknown": 3})
    seen = LiveNews(TIME, "in English", bands.told(decision.as_json()), decision.KIND)
    prompt = LiveNews(TIME, Side.LEFT.request, {"side": "left", "track": 3})
    alone = LiveNews(TIME, "3 lines got lost, since nobody read them in time")
    relay = LiveNews(TIME, "relay on", {"time": TIME, "relay": "on"}, RelayChanged.KIND)
    heard = [decode(encode(news)) for news in (seen, prompt, alone, relay)]
    with spoken("de"):
        assert [of_news(news) for news in heard if isinstance(news, LiveNews)] == [
            "jemand, nicht erkannt: 3 Blicke",
            "den Kopf nach links drehen",
            alone.text,
            "Relais an",
        ]
        assert of_face(FACE) == "zu dunkel: Licht einschalten"
        assert of_face(replace(FACE, granted=True, text="Sun")) == "eingelassen, Sun"
