"""The DAGs take public names of Airflow alone: a private one may be gone with its next version."""

from __future__ import annotations

import ast
import importlib
from pathlib import Path

import pytest
from conftest import DAGS


def imported(source: str) -> set[tuple[str, str]]:
    """Module and name of every import from Airflow; a module that is imported whole has no name."""
    found: set[tuple[str, str]] = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            found |= {(node.module, alias.name) for alias in node.names}
        elif isinstance(node, ast.Import):
            found |= {(alias.name, "") for alias in node.names}
    return {(module, name) for module, name in found if module.split(".")[0] == "airflow"}


def is_private(module: str, name: str) -> bool:
    """Whether a path has an underscore, or leads to what lives on a path that has one."""
    value = getattr(importlib.import_module(module), name) if name else None
    paths = (module, name, getattr(value, "__module__", None) or "")
    return any(part.startswith("_") for path in paths for part in path.split("."))


def test_a_private_name_is_told_from_a_public_one():
    assert is_private("airflow.sdk.log", "redact")
    assert is_private("airflow.sdk._shared.secrets_masker", "redact")
    assert not is_private("airflow.sdk", "Variable")
    assert imported("from airflow.sdk import DAG, Variable\nimport airflow.macros\nimport re") == {
        ("airflow.sdk", "DAG"),
        ("airflow.sdk", "Variable"),
        ("airflow.macros", ""),
    }


@pytest.mark.parametrize(
    "path", sorted(DAGS.rglob("*.py")), ids=lambda path: str(path.relative_to(DAGS))
)
def test_dags_import_public_names_alone(path: Path):
    names = imported(path.read_text())
    assert [f"{module} {name}" for module, name in sorted(names) if is_private(module, name)] == []
