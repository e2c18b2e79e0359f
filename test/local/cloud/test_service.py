"""How a service is added, as `docs/local-cloud.md` says it: the example there is run."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from running import ROOT, Cloud, allow, python
from test_auth import refused

#: Starts the local cloud with the service of a file besides its own.
STARTED = """
import sys
from pathlib import Path
import local.cloud.__main__ as cloud

plain = cloud.assemble

def assemble(settings):
    from local.cloud import services
    example = {}
    exec(Path(sys.argv[1]).read_text(), example)
    services.ALL += (example["SERVICE"],)
    plain(settings)

cloud.assemble = assemble
cloud.main()
"""


def example() -> str:
    """The service in the documentation."""
    page = (ROOT / "docs" / "local-cloud.md").read_text()
    return re.search(r"```python\n(.*?)```", page, re.DOTALL)[1]


@pytest.fixture(scope="module")
def extended(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cloud]:
    """A local cloud that has the example."""
    file = tmp_path_factory.mktemp("example") / "health.py"
    file.write_text(example())

    class Extended(Cloud):
        def arguments(self) -> list[str]:
            return [python(), "-c", STARTED, str(file)]

    running = Extended(tmp_path_factory.mktemp("extended"))
    running.start()
    yield running
    running.stop()


def test_the_example_answers_in_the_words_of_the_api(extended: Cloud) -> None:
    health = extended.client("health")
    assert health.describe_event_types()["eventTypes"] == [
        {"service": "EMR", "code": "AWS_EMR_OPERATIONAL_ISSUE"}
    ]
    code, message = refused(health.describe_event_types, maxResults=1)
    assert (code, message) == ("ValidationException", "maxResults must be at least 10")
    code, message = refused(health.describe_events)
    assert code == "UnknownOperationException" and "DescribeEvents" in message


def test_the_example_is_authorised_by_iam(extended: Cloud) -> None:
    service = "glue.amazonaws.com"
    without = extended.role(service, [allow("health:DescribeEvents")])
    client = extended.client("health", extended.as_role(without, service))
    code, message = refused(client.describe_event_types)
    assert code == "AccessDeniedException" and "health:DescribeEventTypes" in message
    having = extended.role(service, [allow("health:DescribeEventTypes")])
    client = extended.client("health", extended.as_role(having, service))
    assert client.describe_event_types()["eventTypes"]


def test_the_example_is_short() -> None:
    code = [line for line in example().splitlines() if line.strip()]
    assert len(code) <= 12
