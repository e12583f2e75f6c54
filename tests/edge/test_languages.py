"""Who is answered in which language, and what is English whoever reads it."""

from __future__ import annotations

import re
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from door_kit import Door
from facedoor import languages
from facedoor.languages import ENGLISH, _, ngettext, of_reader, spoken
from facedoor.reasons import Reason
from facedoor.wire.prompts import Side
from history_kit import History


@pytest.mark.parametrize(
    ("environment", "language"),
    [
        ({}, "en"),
        ({"LANG": "de_DE.UTF-8"}, "de"),
        ({"LANG": "de_AT@euro"}, "de"),
        ({"LANG": "en_GB.UTF-8", "LC_MESSAGES": "de_DE.UTF-8"}, "de"),
        ({"LANG": "de_DE.UTF-8", "LC_ALL": "C.UTF-8"}, "en"),
        ({"LANG": "de_DE.UTF-8", "LC_ALL": ""}, "de"),
        ({"LANG": "fr_FR.UTF-8", "LANGUAGE": "fr:de:en"}, "de"),
        ({"LANG": "de_DE.UTF-8", "LANGUAGE": "en_GB:de"}, "en"),
        ({"LANG": "fr_FR.UTF-8"}, "en"),
        ({"LANG": "C", "LANGUAGE": "de"}, "en"),
        ({"LANG": "../../../etc_DE.UTF-8", "LANGUAGE": "/:..:."}, "en"),
    ],
)
def test_language_is_that_of_the_readers_locale(environment: dict[str, str], language: str) -> None:
    assert of_reader(environment) == language


def test_what_is_spoken_ends_with_its_block_and_is_no_other_threads() -> None:
    heard: list[str] = []
    with spoken("de"):
        assert (Reason.TOO_FAR.guidance, Side.LEFT.request) == (
            "näher kommen",
            "den Kopf nach links drehen",
        )
        other = threading.Thread(target=lambda: heard.append(Reason.TOO_FAR.guidance))
        other.start()
        other.join()
        with spoken(ENGLISH):
            heard.append(Reason.TOO_FAR.guidance)
    assert {*heard, Reason.TOO_FAR.guidance} == {"come closer"}


def test_one_and_many_are_told_apart_and_what_has_no_translation_is_english() -> None:
    with spoken("de"):
        photos = [ngettext("{count} photo", "{count} photos", n) for n in (0, 1, 2)]
        assert photos == ["{count} Fotos", "{count} Foto", "{count} Fotos"]
        assert ngettext("a thing", "things", 2) == "things"
        assert _("never said") == "never said"
    with spoken("tlh"):
        assert Reason.TOO_FAR.guidance == "come closer"


def test_catalogue_is_read_as_gettext_means_it() -> None:
    text = r"""# about the file
msgid ""
msgstr "Language: de\n"

#: a.py
#, python-brace-format
msgid ""
"a \"quoted\" "
"one\n"
msgstr "ein "
"\"zitiertes\" für dich\n"

msgid "{count} door"
msgid_plural "{count} doors"
msgstr[0] "{count} Tür"
msgstr[1] "{count} Türen"

msgid "not yet"
msgstr ""

#~ msgid "gone"
#~ msgstr "weg"
"""
    assert languages.parse(text) == {
        'a "quoted" one\n': ('ein "zitiertes" für dich\n',),
        "{count} door": ("{count} Tür", "{count} Türen"),
    }


def test_commands_answer_in_their_readers_language_and_programs_in_english(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    history = History(now=datetime.now(UTC) - timedelta(hours=1))
    history.comes("Ada", factor="pin")
    history.after(400).comes(reason=Reason.TOO_DARK, looks={"too_dark": 3})
    heard: dict[str, tuple[list[str], list[str]]] = {}
    for locale in ("en_GB.UTF-8", "de_DE.UTF-8"):
        monkeypatch.setenv("LC_ALL", locale)
        (folder := tmp_path / locale).mkdir()
        door = Door(folder, photos=folder)
        rules = folder / "rules.toml"
        rules.write_text('time_zone = "UTC"\n[groups.staff]\n')
        assert door.ask("rules", "set", rules).exit_code == 0
        with door.journal() as journal:
            for event in history.events:
                journal.append(event)
        visits = [line.partition("  ")[2] for line in door.ask("visits").out.splitlines()]
        asked = (("visits",), ("people",), ("rules", "check"), ("journal", "export"))
        outs = [door.ask(*words, "--json").out.replace(str(folder), "") for words in asked]
        heard[locale] = (visits, [re.sub(r'"time": "[^"]*"', "", out) for out in outs])
    (said, english), (gesagt, german) = heard.values()
    assert said == ["Ada came in with a code", "somebody, too dark: 3 looks"]
    assert gesagt == ["Ada kam mit einem Code herein", "jemand, zu dunkel: 3 Blicke"]
    assert german == english
