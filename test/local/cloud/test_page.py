"""The page of what the laptop runs tells each service's operations as they are."""

from __future__ import annotations

import json
import os
import re
import subprocess

from running import ROOT, python

PAGE = ROOT / "docs" / "laptop.md"

_TABLE = re.compile(r"(<!-- operations: [^\n]*-->\n)(.*?)(<!-- end -->)", re.DOTALL)

#: Prints for each service its own operations, and what becomes of all others.
TOLD = """
import json, tempfile
from pathlib import Path
from local.cloud.core import settings

folder = tempfile.TemporaryDirectory()
settings.configure(settings.Settings(0, Path(folder.name), "AKIAEXAMPLE", "secret", "token"))
from local.cloud import services

def other(service):
    if service.emulated is None:
        return "refused"
    if service.passed is None:
        return "the emulator's"
    passed = ", ".join(f"`{name}`" for name in sorted(service.passed))
    return f"{passed} are the emulator's" if passed else "refused"

rows = {service.name: [sorted(service.operations), other(service)] for service in services.ALL}
rows |= {name: [[], "the emulator's"] for name in services.EMULATED}
print(json.dumps(rows))
"""


def told() -> str:
    """The table of all services."""
    done = subprocess.run(
        [python(), "-c", TOLD],
        cwd=ROOT,
        env={"PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=True,
    )
    rows = json.loads(done.stdout.splitlines()[-1])
    lines = [
        "| service, as requests are signed for it | own operations | all others |",
        "|---|---|---|",
    ]
    for name, (operations, others) in sorted(rows.items()):
        # What the model refuses before any operation of S3.
        own = ", ".join(f"`{one}`" for one in operations if one != "Refused")
        lines.append(f"| {name} | {own} | {others} |")
    return "\n".join(["", *lines, "", ""])


def test_the_page_tells_the_operations_of_each_service() -> None:
    text, table = PAGE.read_text(), told()
    written = _TABLE.sub(lambda found: f"{found[1]}{table}{found[3]}", text)
    if os.environ.get("UPDATE_GOLDEN") == "1":
        PAGE.write_text(written)
    assert PAGE.read_text() == written, (
        "docs/laptop.md is not as the services are: it has the command that writes it"
    )
