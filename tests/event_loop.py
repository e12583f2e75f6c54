"""An event loop for one scenario of a test."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

Result = TypeVar("Result")

PATIENCE_S = 120.0
"""A scenario that has not ended by then waits for what will not come."""


def run(scenario: Coroutine[Any, Any, Result]) -> Result:
    """Run ``scenario`` in a thread of its own. Raises :class:`TimeoutError` when it does not end.

    Once a test has started a browser, Playwright's loop counts as running in the main thread for
    the rest of the process, and asyncio allows no second one there.
    """
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, asyncio.wait_for(scenario, PATIENCE_S)).result()
