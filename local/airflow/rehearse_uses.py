"""What DAG files and plugins use of Airflow that is gone, or about to go, without running them."""

from __future__ import annotations

import ast
import json
import subprocess
from collections.abc import Iterator
from pathlib import Path

from jinja2 import Environment, TemplateSyntaxError, meta

from finding import ERROR, WARNING, Finding
from rehearsal import Rehearsal, version

#: Rules of ruff's by level: what is removed, and what still works:
#: https://docs.astral.sh/ruff/rules/#airflow-air
_RULES = {
    "AIR301": ERROR,
    "AIR302": ERROR,
    "AIR303": ERROR,
    "AIR311": WARNING,
    "AIR312": WARNING,
    "AIR321": WARNING,
}

#: What templates and tasks were given up to Airflow 2:
#: https://airflow.apache.org/docs/apache-airflow/2.11.0/templates-ref.html
_CONTEXT = frozenset(
    "conf execution_date next_ds next_ds_nodash next_execution_date prev_ds prev_ds_nodash"
    " prev_execution_date prev_execution_date_success tomorrow_ds tomorrow_ds_nodash"
    " triggering_dataset_events yesterday_ds yesterday_ds_nodash".split()
)

#: What plugins registered up to Airflow 2.
_REGISTERED = frozenset(("executors", "hooks", "operators", "sensors", "ti_deps"))

#: Files beside Python that may be templates: what operators of Airflow and its AWS provider render.
_TEMPLATES = ("*.sql", "*.sh", "*.bash", "*.json", "*.jinja", "*.j2", "*.html", "*.yaml", "*.yml")

#: Names through which a session with the metadata database is had.
_SESSIONS = (
    "airflow.settings.Session",
    "airflow.settings.SQL_ALCHEMY_CONN",
    "airflow.settings.engine",
    "airflow.settings.get_session",
    "airflow.utils.db.",
    "airflow.utils.session.",
)

#: Texts that lead to it: its address, and the connection that a fresh database has for it.
_ADDRESSES = (
    "AIRFLOW__CORE__SQL_ALCHEMY_CONN",
    "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN",
    "airflow_db",
)


def uses(rehearsal: Rehearsal) -> list[Finding]:
    """What is removed or moved, by ruff and by our own look, in the order of files and lines.

    Raises:
        RuntimeError: where ruff fails.
    """
    found = [*_by_ruff(rehearsal), *_templates(rehearsal)]
    for path in rehearsal.python_files():
        try:
            tree = ast.parse(path.read_text(encoding="utf-8"))
        except (SyntaxError, UnicodeDecodeError, ValueError):
            # The import tells.
            continue
        file = rehearsal.shown(path)
        found += [*_database(tree, file), *_plugins(tree, file), *_in_strings(tree, file)]
    return sorted(
        dict.fromkeys(found), key=lambda one: (one.file, one.line or 0, one.rule, one.message)
    )


def _by_ruff(rehearsal: Rehearsal) -> Iterator[Finding]:
    folders = [str(rehearsal.home / name) for name in ("dags", "plugins")]
    command = [rehearsal.ruff, "check", "--isolated", "--no-cache", "--preview"]
    command += ["--select", ",".join(_RULES), "--output-format", "json", "--quiet", *folders]
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603
    # 1: something was found.
    if done.returncode not in (0, 1):
        raise RuntimeError(f"ruff failed: {done.stderr}")
    for one in json.loads(done.stdout):
        if one["code"] in _RULES:
            said = (one["message"], (one["fix"] or {}).get("message"))
            message = ". ".join(text.rstrip(".") for text in said if text) + "."
            yield Finding(
                rehearsal.shown(Path(one["filename"])),
                one["location"]["row"],
                one["code"],
                _RULES[one["code"]],
                " ".join(message.split()),
            )


def _database(tree: ast.Module, file: str) -> Iterator[Finding]:
    """Where the metadata database is asked: no task of Airflow 3 reaches it."""
    names: dict[str, str] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module:
            for one in node.names:
                names[one.asname or one.name] = f"{node.module}.{one.name}"
        elif isinstance(node, ast.Import):
            for one in node.names:
                names[one.asname or one.name.split(".")[0]] = (
                    one.name if one.asname else one.name.split(".")[0]
                )
    for node in ast.walk(tree):
        used = None
        if isinstance(node, ast.ImportFrom) and node.module:
            used = _session([f"{node.module}.{one.name}" for one in node.names])
        elif isinstance(node, ast.Attribute):
            used = _session([_dotted(node, names)])
        elif isinstance(node, ast.Constant) and node.value in _ADDRESSES:
            used = node.value
        elif isinstance(node, ast.Call) and _asks_address(node):
            used = "sql_alchemy_conn"
        if used is not None:
            yield Finding(
                file,
                node.lineno,  # type: ignore[attr-defined]
                "metadata-database",
                # A plugin of the web server is not a task.
                WARNING if file.startswith("plugins/") else ERROR,
                f"{used} leads to the metadata database, which no task of Airflow 3 reaches. Ask "
                "Airflow's REST API (InvokeRestApi), or what airflow.sdk has.",
            )


def _session(dotted: list[str]) -> str | None:
    return next((name for name in dotted if name.startswith(_SESSIONS)), None)


def _dotted(node: ast.Attribute, names: dict[str, str]) -> str:
    """The full name of an attribute, such as `airflow.settings.Session`."""
    parts: list[str] = []
    inner: ast.expr = node
    while isinstance(inner, ast.Attribute):
        parts.insert(0, inner.attr)
        inner = inner.value
    first = names.get(inner.id, inner.id) if isinstance(inner, ast.Name) else ""
    return ".".join([first, *parts])


def _asks_address(call: ast.Call) -> bool:
    """Whether it is `conf.get("database", "sql_alchemy_conn")`."""
    texts = [one.value for one in call.args if isinstance(one, ast.Constant)]
    return texts[:2] in (["database", "sql_alchemy_conn"], ["core", "sql_alchemy_conn"])


def _plugins(tree: ast.Module, file: str) -> Iterator[Finding]:
    """What a plugin registers and nobody asks for any more."""
    from airflow.plugins_manager import AirflowPlugin

    gone = {name for name in _REGISTERED if not hasattr(AirflowPlugin, name)}
    for node in ast.walk(tree):
        if not isinstance(node, ast.ClassDef) or not any(
            ast.unparse(base).endswith("AirflowPlugin") for base in node.bases
        ):
            continue
        for statement in node.body:
            targets = (
                statement.targets
                if isinstance(statement, ast.Assign)
                else [statement.target]
                if isinstance(statement, ast.AnnAssign)
                else []
            )
            for target in targets:
                if isinstance(target, ast.Name) and target.id in gone:
                    yield Finding(
                        file,
                        statement.lineno,
                        "plugin",
                        ERROR,
                        f"Plugins of Airflow {version()} register no {target.id}. Import them "
                        "from their module where they are used, and take the line out.",
                    )


def _in_strings(tree: ast.Module, file: str) -> Iterator[Finding]:
    """Variables of the context that are gone, in the templates among the strings of a file."""
    documents = {
        id(node.value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    }
    for node in ast.walk(tree):
        if (
            isinstance(node, ast.Constant)
            and isinstance(node.value, str)
            and id(node) not in documents
        ):
            yield from _gone(node.value, file, node.lineno)


def _templates(rehearsal: Rehearsal) -> Iterator[Finding]:
    for pattern in _TEMPLATES:
        for path in sorted((rehearsal.home / "dags").rglob(pattern)):
            text = path.read_text(encoding="utf-8", errors="replace")
            yield from _gone(text, rehearsal.shown(path), 1)


def _gone(text: str, file: str, line: int) -> Iterator[Finding]:
    """What a template names that the context has not any more; lines are counted from `line`."""
    from airflow.sdk.definitions.context import Context

    if "{{" not in text and "{%" not in text:
        return
    try:
        named = meta.find_undeclared_variables(Environment(autoescape=True).parse(text))
    except TemplateSyntaxError:
        # The import tells.
        return
    for name in sorted((named & _CONTEXT) - Context.__annotations__.keys()):
        before = text[: text.index(name)].count("\n")
        yield Finding(
            file,
            line + before,
            "context-variable",
            ERROR,
            f"A template names {name}, which Airflow {version()} has not. Take logical_date, "
            "data_interval_start or data_interval_end; a run that is triggered by hand may have "
            "none of them.",
        )
