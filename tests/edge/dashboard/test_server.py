"""The page's server as a process of its own, at a real broker, with doors that are not there."""

from __future__ import annotations

from broker import wait_until
from crowd import Crowd, signed_in
from dashboard_kit import Device, Page
from facedoor.wire.door_key import DoorKey
from facedoor.wire.roles import Role


def test_visit_is_on_the_stream_and_in_the_state(crowd: Crowd, phone: Device) -> None:
    stream = phone.stream()
    visit = crowd["front"].visit("Ada")
    told = stream.wait_for("visit", id=visit, door="front")
    assert (told.data["person"], told.data["outcome"]) == ("Ada", "came_in")
    state = phone.get("/api/state").json
    assert [one for one in state["visits"] if one["id"] == visit] == [told.data]
    assert state["seq"] >= (told.seq or 0)
    assert {door["name"]: door["online"] for door in state["doors"]} == {
        "front": True,
        "back": True,
    }
    stream.close()


def test_nothing_is_served_without_a_session_but_how_to_get_one(page: Page) -> None:
    nobody = Device(page)
    for path in ("state", "visits", "entries", "telemetry?door=front", "stream"):
        answer = nobody.get(f"/api/{path}")
        assert (answer.status, answer.json["error"]) == (401, "sign_in")
    assert nobody.post("/api/commands", {"door": "front", "token": "x"}).status == 401
    assert nobody.get("/api/nonce").json["signed_in"] is False


def test_viewers_token_is_forwarded_and_the_door_answers_it_alone(
    page: Page, crowd: Crowd, phone: Device
) -> None:
    other = signed_in(page, crowd, Role.ADMIN)
    mine, others = phone.stream(), other.stream()
    crowd["front"].answers["unlock"] = lambda _: {"outcome": "refused", "reason": "wrong_role"}
    token = phone.token(crowd["front"].identity, "unlock", reason="parcel")
    sent = phone.post("/api/commands", {"door": "front", "token": token})
    assert sent.status == 202
    said = mine.wait_for("result").data
    assert sent.json["id"] in said["message"]
    assert "wrong_role" in said["message"]
    visit = crowd["front"].visit()
    others.wait_for("visit", id=visit)
    assert "result" not in {told.event for told in others.told}
    mine.close()
    others.close()


def test_same_command_is_forwarded_once(crowd: Crowd, phone: Device) -> None:
    crowd["back"].answers["unlock"] = lambda _: {"outcome": "progress"}
    token = phone.token(crowd["back"].identity, "unlock")
    answers = [phone.post("/api/commands", {"door": "back", "token": token}) for _ in range(2)]
    assert [answer.status for answer in answers] == [202, 400]


def test_what_a_stranger_says_under_the_name_of_a_door_changes_nothing(
    crowd: Crowd, phone: Device
) -> None:
    door, stream = crowd["front"], phone.stream()
    before = phone.get("/api/state").json
    own, door.key = door.key, DoorKey.new()
    door.status()
    door.state(is_locked=False)
    visit = door.visit("Mallory")
    door.key = own
    door.number -= 1
    told = stream.wait_for("door", name="front")
    assert told.data["is_stranger"] is True
    known = crowd["front"].visit("Ada")
    stream.wait_for("visit", id=known)
    after = phone.get("/api/state").json
    assert "Mallory" not in str(after["visits"])
    doors = {one["name"]: one for one in after["doors"]}["front"]
    assert doors["identity"] == own.identity.id
    assert doors["state"] == {one["name"]: one for one in before["doors"]}["front"]["state"]
    door.status()
    stream.wait_for("door", name="front", is_stranger=False)
    stream.close()
    assert visit == known


def test_event_that_comes_twice_is_one(crowd: Crowd, phone: Device) -> None:
    door, stream = crowd["back"], phone.stream()
    for _ in range(2):
        door.event("door", {"event": "bell", "time": "2026-11-28T11:00:00.000Z"})
        door.number -= 1
    door.number += 1
    door.event("door", {"event": "opened"})
    stream.wait_for("entry", door="back", number=door.number)
    entries = phone.get("/api/entries?door=back").json["entries"]
    assert [entry["payload"]["event"] for entry in entries][:2] == ["opened", "bell"]
    numbers = [entry["number"] for entry in entries]
    assert len(numbers) == len(set(numbers))
    stream.close()


def test_what_no_door_says_is_read_over(crowd: Crowd, phone: Device) -> None:
    door, stream = crowd["front"], phone.stream()
    deep = "[" * 20_000 + "]" * 20_000
    for text in ("{}", "[]", f'{{"kind": {deep}}}', '{"id": "front-x-1", "time": "yesterday"}'):
        door.say_raw(door.topics.event, door.key.sign("event", text.encode()), 1, False)
    long = "x" * 10_000
    visit = door.visit(f"<img src=x onerror=alert(1)>{long}", rule=long)
    told = stream.wait_for("visit", id=visit).data
    assert len(told["person"]) < 600
    door.telemetry(queues={str(number): 1 for number in range(2_000)})
    heard = stream.wait_for("door", name="front").data
    wait_until(lambda: heard["telemetry"] is not None, "telemetry is heard")
    assert len(heard["telemetry"]["queues"]) <= 64
    stream.close()
