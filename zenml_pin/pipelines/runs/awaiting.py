"""Awaiting: the result of a step that is an `async def`, from code that is not."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from typing import Any


def wait_for(awaitable: Awaitable[Any]) -> tuple[Any, BaseException | None]:
    """Return what an awaitable gives, or the exception that it raised, whose traceback begins with its own code.

    In a notebook this thread already has an event loop: then another thread awaits.
    """

    async def outcome() -> tuple[Any, BaseException | None]:
        try:
            return await awaitable, None
        except BaseException as error:
            trace = error.__traceback__
            return None, error.with_traceback(trace.tb_next if trace is not None else None)

    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return asyncio.run(outcome())
    with ThreadPoolExecutor(1) as threads:
        return threads.submit(copy_context().run, asyncio.run, outcome()).result()
