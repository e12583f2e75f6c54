"""How a pin is claimed, whatever it is for."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

from facedoor.errors import RelayError


def claimed(doing: str, make: Callable[[Any], Any]) -> Any:
    """The device that ``make`` makes out of the module gpiozero.

    Raises :class:`RelayError`, which says that it cannot do what it is ``doing``, and what to do.
    """
    try:
        import gpiozero

        with warnings.catch_warnings():
            # Which pin drivers gpiozero tried in vain matters only if none is left.
            warnings.simplefilter("ignore", gpiozero.PinFactoryFallback)
            return make(gpiozero)
    except Exception as error:  # each pin driver has its own, unrelated errors
        raise RelayError(f"cannot {doing} ({error}): {_next_step(error)}") from error


def _next_step(error: Exception) -> str:
    # gpiozero says "in use" of a pin of this process, lgpio "busy" of a pin of another one.
    if "in use" in str(error) or "busy" in str(error):
        return "end the program that holds it, or set another [door] pin"
    return (
        "on a Raspberry Pi install python3-lgpio with apt and put the service's user into the "
        'group gpio; on another machine set [door] relay = "simulated"'
    )
