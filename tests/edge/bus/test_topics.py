from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from facedoor.bus.topics import Topics
from facedoor.errors import ConfigError


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
