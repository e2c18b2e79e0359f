"""The state of the local cloud on disk: saved soon after each change, for a kill to lose nothing.

Objects of S3 are written by ministack when they are put; this is about everything else.
"""

from __future__ import annotations

import asyncio
import contextlib
import copy
import json
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import CodeType
from typing import Any

import orjson
from ministack import app
from ministack.core import persistence

#: Seconds between a change and the write; changes in between are written with it.
DELAY = 0.25

#: A service whose state takes t CPU seconds to encode, in which no request is answered, is left
#: alone for this many times t: logs and results of queries grow with every run. Seconds of the wall
#: would leave it alone for longer on a busy machine, and a kill lose more there.
REST = 99

#: What Python's own JSON has no form for has none here either.
_AS_JSON = (
    orjson.OPT_NON_STR_KEYS | orjson.OPT_PASSTHROUGH_DATACLASS | orjson.OPT_PASSTHROUGH_DATETIME
)

#: What ministack's functions call to take something out of a copy.
_CHANGING = frozenset({"pop", "_externalize_code_zip"})

#: Tries at a state that threads go on changing.
TRIES = 5


class Saver:
    """Writes what has changed since the last write: a file for each service, whole or not."""

    def __init__(self) -> None:
        self._pending: asyncio.Task[None] | None = None
        self._again = False
        self._written: dict[str, bytes] = {}
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
            if time.monotonic() < self._rests_until.get(name, 0):
                self._again = True
                continue
            started = time.thread_time()
            # Encoded on the loop, where no request changes it meanwhile; files are written aside.
            text = self._text(name, get_state)
            rest = self._rest * (time.thread_time() - started)
            self._rests_until[name] = time.monotonic() + rest
            if text is not None and self._written.get(name) != text:
                await asyncio.to_thread(self._write, name, text)
                self._written[name] = text
            else:
                await asyncio.sleep(0)

    def _text(self, service: str, get_state: Callable[[], Any], tries: int = TRIES) -> bytes | None:
        try:
            with shared():
                content = get_state()
            return None if content is None else encoded(content)
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
    def _write(name: str, text: bytes) -> None:
        folder = Path(persistence.STATE_DIR)
        folder.mkdir(parents=True, exist_ok=True)
        partial = folder / f"{name}.json.partial"
        version = persistence._state_format_version(name)
        partial.write_bytes(b'{"__ministack_format__": %d, "payload": %b}' % (version, text))
        partial.replace(folder / f"{name}.json")


def encoded(content: Any) -> bytes:
    """A state as ministack reads it.

    Raises:
        TypeError: for what neither JSON nor ministack has a form for.
    """
    try:
        return orjson.dumps(content, default=persistence._json_default, option=_AS_JSON)
    except orjson.JSONEncodeError:
        # Half a character, or a number of more than 64 bits, which Python's own writes.
        return json.dumps(content, default=persistence._json_default).encode()


def changes_copies(code: CodeType) -> bool:
    """Whether a function takes something out of the copies that it makes, such as a private key."""
    return not _CHANGING.isdisjoint(code.co_names)


class _Copies(threading.local):
    """Whether this thread wants deep copies of states, which take longer than to encode these."""

    wanted = True


_copies = _Copies()
_deepcopy = copy.deepcopy


def _copied(value: Any, *more: Any) -> Any:
    if not _copies.wanted:
        # What such a function calls, to settle what is due, has the copies that it asks for.
        caller = sys._getframe(1).f_code
        if caller.co_name == "get_state" and not changes_copies(caller):
            return value
    return _deepcopy(value, *more)


copy.deepcopy = _copied


@contextlib.contextmanager
def shared() -> Iterator[None]:
    """Inside, a `get_state` of this thread that copies in depth has the thing: it is only read."""
    _copies.wanted = False
    try:
        yield
    finally:
        _copies.wanted = True
