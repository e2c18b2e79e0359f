"""What the tests of the runner share: its modules, a local cloud, and ground for environments."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]

# The local cloud's tests know how to start it.
sys.path.insert(0, str(ROOT / "test" / "local" / "cloud"))
sys.path.insert(0, str(Path(__file__).parent))

# No developer's own settings in the clients that the runner's modules make in this process.
for name in [name for name in os.environ if name.startswith("AWS_")]:
    del os.environ[name]

from runner import runner_variables  # noqa: E402
from running import Cloud  # noqa: E402
from test_mwaa import Ground  # noqa: E402


@pytest.fixture(scope="session")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cloud]:
    """A local cloud for all tests."""
    running = Cloud(tmp_path_factory.mktemp("cloud"))
    running.start()
    yield running
    running.stop()


@pytest.fixture(scope="session")
def ground(cloud: Cloud) -> Ground:
    """Bucket, role, subnets and security group for MWAA environments."""
    return Ground(cloud)


@pytest.fixture
def cloud_clients(cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> None:
    """The variables of the runner itself, with which its modules call the local cloud."""
    for name, value in runner_variables(cloud).items():
        monkeypatch.setenv(name, value)
