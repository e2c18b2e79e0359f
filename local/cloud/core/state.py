"""The state of the local cloud on disk: saved soon after each change, for a kill to lose nothing.

Objects of S3 are written by ministack when they are put; this is about everything else.
"""

from __future__ import annotations

import asyncio
import copy
import json
import sys
import time
from collections.abc import Callable
from pathlib import Path
from types import FunctionType, SimpleNamespace
from typing import Any

from ministack import app
from ministack.core import persistence

#: Seconds between a change and the write; changes in between are written with it.
DELAY = 0.25

#: A service whose state takes t seconds to encode, in which no request is answered, is left alone
#: for this many times t: logs and results of queries grow with every run.
REST = 19

#: Tries at a state that threads go on changing.
TRIES = 5


class Saver:
    """Writes what has changed since the last write: a file for each service, whole or not."""

    def __init__(self) -> None:
        self._pending: asyncio.Task[None] | None = None
        self._again = False
        self._written: dict[str, str] = {}
        self._rest = REST
        self._rests_until: dict[str, float] = {}
        self._said: set[str] = set()

    def touch(self) -> None:
        """Take note that something may have changed."""
        if self._pending is None or self._pending.done():
            self._pending = asyncio.create_task(self._save())
        else:
            self._again = True

    async def finish(self) -> None:
        """Write what is left. An older write that is under way must not come after it."""
        self._rest = 0
        self._rests_until.clear()
        if self._pending is not None and not self._pending.done():
            await self._pending
        await self._write_changes()

    async def _save(self) -> None:
        while True:
            self._again = False
            await asyncio.sleep(DELAY)
            try:
                await self._write_changes()
            except OSError as error:
                print(f"the state of the local cloud could not be saved: {error}", file=sys.stderr)
            if not self._again:
                return

    async def _write_changes(self) -> None:
        for name, get_state in app._build_persistence_save_dict().items():
            started = time.monotonic()
            if started < self._rests_until.get(name, 0):
                self._again = True
                continue
            # Encoded on the loop, where no request changes it meanwhile; files are written aside.
            text = self._text(name, get_state)
            ended = time.monotonic()
            self._rests_until[name] = ended + self._rest * (ended - started)
            if text is not None and self._written.get(name) != text:
                await asyncio.to_thread(self._write, name, text)
                self._written[name] = text
            else:
                await asyncio.sleep(0)

    def _text(self, service: str, get_state: Callable[[], Any], tries: int = TRIES) -> str | None:
        try:
            content = _shared(get_state)()
            if content is None:
                return None
            return json.dumps(content, default=persistence._json_default)
        except RuntimeError:
            # A thread, of Step Functions or a scheduler, added to a dictionary meanwhile.
            if tries == 1:
                raise
            return self._text(service, get_state, tries - 1)
        except TypeError as error:
            # The state of the others must not be lost by it.
            if service not in self._said:
                self._said.add(service)
                print(f"the state of {service} cannot be saved: {error}", file=sys.stderr)
            return None

    @staticmethod
    def _write(name: str, text: str) -> None:
        folder = Path(persistence.STATE_DIR)
        folder.mkdir(parents=True, exist_ok=True)
        partial = folder / f"{name}.json.partial"
        version = persistence._state_format_version(name)
        partial.write_text(f'{{"__ministack_format__": {version}, "payload": {text}}}')
        partial.replace(folder / f"{name}.json")


def _shared(get_state: Callable[[], Any]) -> Callable[[], Any]:
    """The same function without its deep copies, which took longer than to encode the state."""
    if not isinstance(get_state, FunctionType) or get_state.__globals__.get("copy") is not copy:
        return get_state
    uncopied = SimpleNamespace(deepcopy=lambda value: value)
    return FunctionType(
        get_state.__code__,
        {**get_state.__globals__, "copy": uncopied},
        get_state.__name__,
        get_state.__defaults__,
        get_state.__closure__,
    )
