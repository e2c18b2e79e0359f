"""What the local cloud replaces in the emulator, and what it uses of it: neither grows unseen."""

from __future__ import annotations

import ast
import json
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from running import ROOT, python

CLOUD = ROOT / "local" / "cloud"

#: Every name of the emulator's that is replaced. The list can only get shorter: a name that is
#: gone is taken out here as well, and what is to be changed in a service is registered with it
#: (`docs/local-cloud.md`).
REPLACED = [
    "core.iam_actions.access_denied_response",
    "core.iam_actions.extract_iam_action",
    "core.iam_actions.extract_resource_arn",
    "core.iam_actions.identity_denial_message",
    "core.iam_evaluator._is_root_key",
    "core.iam_evaluator._resolve_condition_key",
    "core.iam_evaluator._trust_principal_matches",
    "core.iam_evaluator.enforce",
    "core.iam_evaluator.evaluate",
    "core.iam_evaluator.is_root_access_key",
    "core.iam_evaluator.resolve_principal",
    "services.stepfunctions._run_execution",
    "services.sts.is_root_access_key",
]

#: Assembles a local cloud, and prints what has another value then in any module of the emulator's.
COMPARED = """
import json, sys, tempfile
from pathlib import Path
from local.cloud.core import settings

folder = tempfile.TemporaryDirectory()
own = settings.Settings(0, Path(folder.name), "AKIAEXAMPLE", "secret", "token")
settings.configure(own)
from local.cloud.core import emulator, patches

def values():
    return {
        f"{module.__name__.removeprefix('ministack.')}.{name}": value
        for module in list(sys.modules.values())
        if getattr(module, "__name__", "").startswith("ministack.")
        for name, value in list(vars(module).items())
        if callable(value)
    }

before = values()
from local.cloud.__main__ import assemble
assemble(own)
after = values()
changed = [name for name in before if before[name] is not after.get(name)]
used = {module.__name__: sorted(names) for module, names in emulator.NAMES.items()}
print(json.dumps({"changed": sorted(changed), "listed": sorted(patches.PATCHED), "used": used}))
"""


@cache
def compared() -> dict:
    """What `COMPARED` prints."""
    done = subprocess.run(
        [python(), "-c", COMPARED],
        cwd=ROOT,
        env={"PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


def test_each_replaced_name_is_known() -> None:
    assert compared()["listed"] == REPLACED


def test_what_is_replaced_is_what_the_list_says() -> None:
    assert compared()["changed"] == REPLACED


@pytest.mark.parametrize("name", REPLACED)
def test_each_replaced_name_has_the_text_of_an_issue(name: str) -> None:
    upstream = (ROOT / "docs" / "upstream.md").read_text()
    assert f"`{name.rsplit('.', 1)[1]}`" in upstream


def modules(tree: ast.Module) -> dict[str, str]:
    """The emulator's modules by the names that a file has for them."""
    found = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == "ministack":
            for alias in node.names:
                found[alias.asname or alias.name] = f"{node.module}.{alias.name}"
    return found


def files() -> list[Path]:
    """The Python files of the local cloud."""
    return sorted(CLOUD.rglob("*.py"))


def uses(file: Path) -> Iterator[tuple[str, ast.Attribute]]:
    """Each attribute that a file has of a module of the emulator's."""
    tree = ast.parse(file.read_text())
    known = modules(tree)
    for node in ast.walk(tree):
        if (
            isinstance(node, ast.Attribute)
            and isinstance(node.value, ast.Name)
            and node.value.id in known
        ):
            yield known[node.value.id], node


@pytest.mark.parametrize("file", files(), ids=lambda file: str(file.relative_to(CLOUD)))
def test_one_file_alone_replaces(file: Path) -> None:
    written = [node.attr for _, node in uses(file) if not isinstance(node.ctx, ast.Load)]
    assert not written
    calls = [n for n in ast.walk(ast.parse(file.read_text())) if isinstance(n, ast.Call)]
    setting = [call for call in calls if getattr(call.func, "id", "") in ("setattr", "delattr")]
    assert not setting or file == CLOUD / "core" / "patches.py"


def test_every_private_name_that_is_used_is_looked_for_at_start() -> None:
    used: dict[str, set[str]] = {}
    for file in files():
        for module, node in uses(file):
            if node.attr.startswith("_"):
                used.setdefault(module, set()).add(node.attr)
    patched = {
        (f"ministack.{name.rsplit('.', 1)[0]}", name.rsplit(".", 1)[1])
        for name in REPLACED
        if name.rsplit(".", 1)[1].startswith("_")
    }
    for module, name in patched:
        used.setdefault(module, set()).add(name)
    listed = {
        module: {name for name in names if name.startswith("_")}
        for module, names in compared()["used"].items()
    }
    assert used == {module: names for module, names in listed.items() if names}


@pytest.mark.parametrize(
    "file", sorted(CLOUD.parent.rglob("*.py")), ids=lambda file: str(file.relative_to(CLOUD.parent))
)
def test_a_file_and_its_functions_are_short(file: Path) -> None:
    text = file.read_text()
    assert len(text.splitlines()) <= 400
    assert "sys.path.insert" not in text
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            assert (node.end_lineno or 0) - node.lineno < 60, node.name
