from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from facedoor.errors import ConfigError
from facedoor.wire.topics import Topics, roster


def test_topics_of_a_door() -> None:
    topics = Topics("front-1")
    assert topics.status == "facedoor/front-1/status"
    assert topics.state == "facedoor/front-1/state"
    assert topics.event == "facedoor/front-1/event"


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


def test_a_door_hears_its_own_branch() -> None:
    topics = Topics("front")
    assert topics.command == "facedoor/front/command"
    assert topics.result("f00d") == "facedoor/front/result/f00d"
    assert topics.home_assistant_set("+") == "facedoor/front/ha/+/set"


def test_roster_belongs_to_a_site() -> None:
    assert roster("home", "a1b2") == "facedoor/site/home/roster/a1b2"


@pytest.mark.parametrize("word", ["", "a/b", "#", "++", "x\n", "x\x00"])
def test_word_that_would_change_the_topic_is_refused(word: str) -> None:
    for make in (Topics("front").result, Topics("front").home_assistant_set):
        with pytest.raises(ValueError, match="one level of a topic"):
            make(word)
    with pytest.raises(ValueError, match="one level of a topic"):
        roster("home", word)
