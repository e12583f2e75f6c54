"""What Home Assistant makes of the door's own messages, in its templates."""

from __future__ import annotations

from typing import Any, TypeAlias

from facedoor.wire.decisions import Decision, Withdrawn

Component: TypeAlias = dict[str, Any]
"""One entity, or one trigger, as the discovery message describes it."""

_DECISION = f"value_json.kind == '{Decision.KIND}'"
_WITHDRAWN = (
    f"(value_json.kind == '{Withdrawn.KIND}'"
    f" and value_json.event == '{Withdrawn.ALWAYS['event']}' and value_json.person)"
)


def if_decision(text: str, otherwise: str = "", condition: str = _DECISION) -> str:
    """A template for events: ``text`` for a decision, else ``otherwise``.

    An event entity, a number and a trigger ignore an empty text; a sensor for text would show it.
    """
    return f"{{% if {condition} %}}{text}{{% else %}}{otherwise}{{% endif %}}"


def if_judged(text: str, otherwise: str = "") -> str:
    """The same also for what takes back the grant of a visit: a refusal, with the same keys."""
    return if_decision(text, otherwise, f"{_DECISION} or {_WITHDRAWN}")
