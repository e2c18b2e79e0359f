"""A local cloud for the tests: the real thing, with a port, keys and a folder of its own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from running import Cloud


@pytest.fixture(scope="session")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cloud]:
    """One for all tests that name what they make with `unique`."""
    running = Cloud(tmp_path_factory.mktemp("cloud"))
    running.start()
    yield running
    running.stop()


@pytest.fixture
def fresh(tmp_path: Path) -> Iterator[Cloud]:
    """One for a test alone, not started."""
    running = Cloud(tmp_path / "cloud")
    yield running
    running.stop()
