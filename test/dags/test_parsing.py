"""What happens, and what must not, when the DAG files are parsed."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import DAGS

PARSER = Path(__file__).with_name("parse.py")
FILES = sorted(DAGS.glob("*.py"))


def parsed(files: list[Path], **environment: str) -> dict:
    """What parse.py tells of files, in a process of its own."""
    ended = subprocess.run(
        [sys.executable, str(PARSER), *map(str, files)],
        env={**os.environ, "PYTHONPATH": str(DAGS), **environment},
        capture_output=True,
        text=True,
    )
    assert ended.returncode == 0, ended.stderr
    return json.loads(ended.stdout.splitlines()[-1])


@pytest.fixture(scope="module")
def ours() -> dict:
    return parsed(FILES, PYTHONHASHSEED="1")


def test_there_are_dag_files():
    assert FILES


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_a_file_parses_without_network_and_variables(ours: dict, path: Path):
    told = ours[str(path)]
    assert told["import_errors"] == []
    assert told["noted"] == []
    assert told["dags"]


def test_serialization_is_the_same_at_every_parse(ours: dict):
    # Sets and hashes come out in another order in a process with another seed.
    again = parsed(FILES, PYTHONHASHSEED="2")
    for path in FILES:
        assert again[str(path)]["dags"] == ours[str(path)]["dags"]


BAD = {
    "variable": "from airflow.sdk import Variable\nVariable.get('x', default=None)",
    "old_variable": "from airflow.models import Variable\nVariable.get('x', default_var=None)",
    "connection": (
        "from airflow.sdk import Connection\n"
        "try:\n    Connection.get('aws_default')\nexcept Exception:\n    pass"
    ),
    "web": (
        "import requests\n"
        "try:\n    requests.get('http://127.0.0.1:9', timeout=1)\nexcept Exception:\n    pass"
    ),
    "socket": (
        "import socket\n"
        "try:\n    socket.create_connection(('127.0.0.1', 9), 1)\nexcept OSError:\n    pass"
    ),
    "aws": (
        "import boto3\n"
        "try:\n    boto3.client('sts', aws_access_key_id='a', aws_secret_access_key='b',"
        " endpoint_url='http://127.0.0.1:9').get_caller_identity()\n"
        "except Exception:\n    pass"
    ),
    "process": "import subprocess\nsubprocess.run(['true'])",
}

DAG = "\nfrom airflow.sdk import DAG\nwith DAG('{name}', schedule=None):\n    pass\n"


@pytest.fixture(scope="module")
def seeded(tmp_path_factory) -> dict:
    folder = tmp_path_factory.mktemp("bad")
    for name, code in {**BAD, "good": "", "broken": "import no_such_module"}.items():
        (folder / f"{name}.py").write_text(code + DAG.format(name=name))
    told = parsed(sorted(folder.glob("*.py")))
    return {Path(path).stem: what for path, what in told.items()}


@pytest.mark.parametrize("name", BAD)
def test_what_a_bad_file_does_is_noted(seeded: dict, name: str):
    assert seeded[name]["noted"] != []


def test_a_good_file_is_not_accused(seeded: dict):
    assert seeded["good"]["noted"] == []
    assert list(seeded["good"]["dags"]) == ["good"]


def test_a_broken_file_is_an_import_error(seeded: dict):
    assert any("no_such_module" in error for error in seeded["broken"]["import_errors"])
