"""The state of the local cloud on disk: saved soon after each change, for a kill to lose nothing.

Objects of S3 are written by ministack when they are put; this is about everything else.
"""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from ministack import app
from ministack.core import persistence

#: Seconds between a change and the write; changes in between are written with it.
DELAY = 0.25


class Saver:
    """Writes what has changed since the last write: a file for each service, whole or not."""

    def __init__(self) -> None:
        self._pending: asyncio.Task[None] | None = None
        self._again = False
        self._written: dict[str, str] = {}
        self._said: set[str] = set()

    def touch(self) -> None:
        """Take note that something may have changed."""
        if self._pending is None or self._pending.done():
            self._pending = asyncio.create_task(self._save())
        else:
            self._again = True

    async def finish(self) -> None:
        """Write what is left. An older write that is under way must not come after it."""
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
        # Copies are taken on the loop, where nothing changes meanwhile; files are written aside.
        texts = {
            name: self._text(name, get) for name, get in app._build_persistence_save_dict().items()
        }
        changed = {
            name: text
            for name, text in texts.items()
            if text is not None and self._written.get(name) != text
        }
        await asyncio.to_thread(self._write, changed)
        self._written.update(changed)

    def _text(self, service: str, get_state: Callable[[], Any]) -> str | None:
        content = get_state()
        if content is None:
            return None
        try:
            return json.dumps(content, default=persistence._json_default)
        except TypeError as error:
            # The state of the others must not be lost by it.
            if service not in self._said:
                self._said.add(service)
                print(f"the state of {service} cannot be saved: {error}", file=sys.stderr)
            return None

    @staticmethod
    def _write(texts: dict[str, str]) -> None:
        folder = Path(persistence.STATE_DIR)
        folder.mkdir(parents=True, exist_ok=True)
        for name, text in texts.items():
            partial = folder / f"{name}.json.partial"
            version = persistence._state_format_version(name)
            partial.write_text(f'{{"__ministack_format__": {version}, "payload": {text}}}')
            partial.replace(folder / f"{name}.json")
