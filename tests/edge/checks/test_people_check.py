"""What ``facedoor check`` says of those whom the door's risk shuts out."""

from __future__ import annotations

import json

from door_kit import Door
from facedoor.checks.installation import Finding, Installation, fine, problem
from facedoor.checks.people import examine_refusals
from facedoor.config import file as config_file
from facedoor.vision import pack as packs
from refusals_kit import refusing


def found(door: Door) -> list[Finding]:
    settings = config_file.load(door.config)
    return list(examine_refusals(Installation.of(settings, door.config, door.folder)))


def test_residents_who_are_shut_out_are_told_with_what_would_help_until_it_is_done(
    door: Door,
) -> None:
    pack = refusing(door.folder / "pack", one=0.9, three=0.45, five=0.04)
    door.configure("models", pack=str(pack))
    said = (
        "with 2 enrolled about 45 % of a resident's looks are refused at a risk of 1e-5: it would "
        "be 4 % with 5 photos of everybody"
    )
    assert found(door) == [problem("refusals", said, "facedoor enroll NAME FILE")]
    door.ask("enroll", "Jerry", "--image", door.photo("Jerry"))
    mindy, whole = found(door)
    said = "Mindy: 4 photos: 45 % of looks refused; 5: 4 %"
    assert mindy == problem("refusals", said, "facedoor enroll Mindy FILE")
    assert whole.ok
    answer = door.ask("enroll", "Mindy", "--image", door.photo("Mindy"), "--json")
    assert answer.json["refusals"] == {"enrolled": 2, "refused": 0.04, "risk": 1e-5, "photos": 5}
    said = "with 2 enrolled about 4 % of a resident's looks are refused at a risk of 1e-5"
    assert found(door) == [fine("refusals", said)]


def test_a_larger_risk_is_offered_where_photos_are_not_what_is_wanting(door: Door) -> None:
    pack = refusing(door.folder / "pack", one=0.9, three=0.9, five=0.9)
    door.configure("models", pack=str(pack))
    door.configure("recognition", threshold=0.1)
    (only,) = found(door)
    assert only.remedy == "sudoedit /etc/facedoor/facedoor.toml"
    assert not only.ok


def test_a_pack_that_does_not_say_what_it_refuses_is_no_problem(door: Door) -> None:
    pack = refusing(door.folder / "pack", one=0.9, three=0.9, five=0.9)
    manifest = json.loads((pack / packs.MANIFEST).read_text())
    for table in ("plain", "corrected"):
        del manifest["calibration"][table]["refusals"]
    (pack / packs.MANIFEST).write_text(json.dumps(manifest))
    door.configure("models", pack=str(pack))
    (only,) = found(door)
    assert only.ok
    assert only.message.startswith("not known")


def test_where_nobody_is_enrolled_nobody_is_refused(empty_door: Door) -> None:
    assert found(empty_door) == []
