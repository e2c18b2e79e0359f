"""What is wrong with DAG files, told without a server."""

from __future__ import annotations

import json
from pathlib import Path
from textwrap import dedent

import pytest

from check_dags import findings

HEAD = """
from datetime import datetime, timedelta
from airflow.sdk import DAG, BaseHook, Connection, Variable, task
from airflow.providers.standard.operators.bash import BashOperator
with DAG("{name}", start_date=datetime(2026, 1, 1), schedule={schedule}) as dag:
    first = BashOperator(task_id="first", bash_command="true")
"""

#: A DAG with a fault each: what follows the head, the schedule, and what is told of it.
FAULTS = {
    "removed_import": (
        "from airflow.operators.bash_operator import BashOperator",
        "None",
        (
            "import-error",
            7,
            "ModuleNotFoundError: No module named 'airflow.operators.bash_operator'",
        ),
    ),
    "syntax": ("def f(:", "None", ("import-error", 7, "SyntaxError: invalid syntax")),
    "removed_argument": (
        '    BashOperator(task_id="x", bash_command="true", no_such=1)',
        "None",
        ("import-error", 7, "Invalid arguments were: **kwargs: {'no_such': 1}"),
    ),
    "cycle": (
        '    second = BashOperator(task_id="second", bash_command="true")\n'
        "    first >> second >> first",
        "None",
        ("dag-cycle", 7, "Cycle detected in Dag: cycle"),
    ),
    "same_id": (
        'with DAG("same_id", start_date=datetime(2026, 1, 1), schedule=None) as other:\n'
        '    BashOperator(task_id="x", bash_command="true")',
        "None",
        ("duplicate-dag-id", 5, "2 DAGs of the file have the id same_id"),
    ),
    "bad_cron": ("", '"* * * *"', ("schedule", 5, "cannot be imported: AirflowTimetableInvalid")),
    "never": ("", '"0 0 30 2 *"', ("schedule", 5, "The schedule 0 0 30 2 * of never never comes")),
    "moving": (
        "dag.start_date = datetime.now().astimezone()",
        "None",
        ("moving-start-date", 5, "start_date of moving is the time of the import"),
    ),
    "read_variable": (
        'print(Variable.get("there"))',
        "None",
        ("top-level-variable", 7, "The Variable there is read while the file is imported"),
    ),
    "read_connection": (
        'print(BaseHook.get_connection("warehouse"))',
        "None",
        ("top-level-connection", 7, "The connection warehouse is read while"),
    ),
    "network": (
        "import urllib.request\n"
        "try:\n"
        '    urllib.request.urlopen("http://127.0.0.1:9")\n'
        "except OSError:\n"
        "    pass",
        "None",
        ("top-level-network", 9, "socket."),
    ),
    "process": (
        "import subprocess\nsubprocess.run(['true'])",
        "None",
        ("top-level-process", 8, "subprocess.Popen true"),
    ),
    "misspelt_variable": (
        '    @task\n    def read():\n        return Variable.get("teh_bucket")\n    read()',
        "None",
        ("unknown-variable", 9, "The stack has no Variable teh_bucket."),
    ),
    "misspelt_constant": (
        'NAME = "teh_bucket"\n    \ndef read():\n    return Variable.get(NAME)',
        "None",
        ("unknown-variable", 10, "The stack has no Variable teh_bucket."),
    ),
    "misspelt_template": (
        '    BashOperator(task_id="x", bash_command="ls", env={"A": ["{{ var.value.teh_key }}"]})',
        "None",
        ("unknown-variable", 7, "The stack has no Variable teh_key."),
    ),
    "misspelt_json": (
        '    BashOperator(task_id="x", bash_command="{{ var.json.get(\'teh_json\').key }}")',
        "None",
        ("unknown-variable", 7, "The stack has no Variable teh_json."),
    ),
    "no_connection": (
        '    BashOperator(task_id="x", bash_command="{{ conn.lake.host }}")',
        "None",
        ("unknown-connection", 7, "The stack has no connection lake."),
    ),
    "connection_id": (
        "    from airflow.providers.amazon.aws.transfers import s3_to_redshift\n"
        "    s3_to_redshift.S3ToRedshiftOperator(\n"
        '        task_id="copy", table="t", s3_bucket="b", s3_key="k")',
        "None",
        ("unknown-connection", 9, "The stack has no connection redshift_default."),
    ),
    "template": (
        '    BashOperator(task_id="broken", bash_command="{{ ds ")',
        "None",
        ("template", 7, "bash_command of the task broken is no template"),
    ),
}

#: What is fine, and looks like a fault.
FINE = """
    BashOperator(task_id="x", bash_command="{{ var.value.there }} {{ var.value.get('y', 'z') }}")
    BashOperator(task_id="y", bash_command="{% raw %}{{ var.value.nowhere }}{% endraw %}")
    BashOperator(task_id="z", bash_command="{{ conn.warehouse.host }} {{ params.value.x }}")

    @task
    def read(flag=False):
        optional = Variable.get("nowhere", default=None)
        guarded = Variable.get("nowhere") if flag else None
        try:
            return Variable.get("nowhere"), optional, guarded
        except KeyError:
            return Variable.get("there")

    read()
"""

KNOWN = {"variables": {"there": "here"}, "connections": ["aws_default", "warehouse"], "options": {}}


def check(home: Path, files: dict[str, str], known: dict | None = None) -> list[dict]:
    for name, text in files.items():
        path = home / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    (home / "plugins").mkdir(exist_ok=True)
    return findings(home, json.dumps(known or KNOWN))


def dag(name: str, rest: str = "", schedule: str = "None") -> str:
    return HEAD.format(name=name, schedule=schedule) + rest + "\n"


@pytest.fixture(scope="module")
def seeded(tmp_path_factory: pytest.TempPathFactory) -> list[dict]:
    """What is found in a folder with all faults, beside a file that has none."""
    files = {f"dags/{name}.py": dag(name, rest, s) for name, (rest, s, _) in FAULTS.items()}
    files["dags/fine.py"] = dag("fine", FINE)
    files["plugins/gone.py"] = dedent("""
        from airflow.plugins_manager import AirflowPlugin
        from airflow.www import views
        class Gone(AirflowPlugin):
            name = "gone"
    """)
    return check(tmp_path_factory.mktemp("home"), files)


@pytest.mark.parametrize("name", FAULTS)
def test_tells_each_fault_with_its_line(seeded: list[dict], name: str):
    found = [one for one in seeded if one["file"] == f"{name}.py"]
    rule, line, message = FAULTS[name][2]
    assert [(one["rule"], one["line"]) for one in found] == [(rule, line)], found
    assert message in found[0]["message"]


def test_tells_nothing_of_a_file_without_a_fault(seeded: list[dict]):
    assert [one for one in seeded if one["file"] == "fine.py"] == []


def test_tells_a_plugin_that_cannot_be_loaded(seeded: list[dict]):
    [found] = [one for one in seeded if one["rule"] == "plugin"]
    assert found["file"] == "plugins/gone.py"
    assert "No module named 'airflow.www'" in found["message"]


def test_tells_one_id_in_two_files(tmp_path: Path):
    found = check(tmp_path, {"dags/a.py": dag("one"), "dags/b.py": dag("one")})
    assert [(one["rule"], one["file"]) for one in found] == [("duplicate-dag-id", "b.py")]


def test_does_not_compare_names_that_are_not_known(tmp_path: Path):
    unknown = {"variables": None, "connections": None, "options": {}}
    rest = FAULTS["misspelt_template"][0] + "\n" + FAULTS["no_connection"][0].replace('"x"', '"y"')
    assert check(tmp_path, {"dags/a.py": dag("a", rest)}, unknown) == []


def test_imports_with_the_values_and_options_of_the_stack(tmp_path: Path):
    rest = (
        "from airflow.configuration import conf\n"
        'assert Variable.get("there") == "here"\n'
        'assert conf.get("own", "schedule") == "@daily"'
    )
    known = {**KNOWN, "options": {"own.schedule": "@daily"}}
    [found] = check(tmp_path, {"dags/a.py": dag("a", rest)}, known)
    assert found["rule"] == "top-level-variable"


def test_tells_requirements_that_do_not_go_with_the_constraints(tmp_path: Path):
    (tmp_path / "requirements.txt").write_text("apache-airflow==2.11.0\n")
    [found] = check(tmp_path, {"dags/a.py": dag("a")})
    assert (found["file"], found["rule"], found["level"]) == (
        "requirements.txt",
        "requirements",
        "error",
    )
    assert "apache-airflow==2.11.0" in found["message"]
