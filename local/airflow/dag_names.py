"""Finds the Variables and connections that DAG files name, in code and in templates."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jinja2 import Environment, TemplateSyntaxError, nodes

from finding import ERROR, Finding, line_of, line_of_name

#: Hooks go on without these, by the role that tasks work as.
_OPTIONAL = ("aws_conn_id", "emr_conn_id")

VARIABLE = "Variable"
CONNECTION = "connection"


@dataclass(frozen=True)
class Named:
    """A Variable or connection that a file asks for, and cannot do without."""

    file: str
    line: int | None
    kind: str
    name: str


def named_in_code(folder: Path) -> list[Named]:
    """What the Python files of a folder name: `Variable.get("x")`, `BaseHook.get_connection("x")`.

    A name counts that is a string, or a constant of the file that is one. What has a default is
    left out, and what a condition or a `try` guards: whether that is read is known in a run. Files
    that Python cannot read are the import's to tell.
    """
    found = []
    for path in sorted(folder.rglob("*.py")):
        try:
            tree = ast.parse(path.read_text(encoding="utf-8"))
        except (SyntaxError, UnicodeDecodeError, ValueError):
            continue
        constants = _constants(tree)
        for node in _unguarded(tree):
            if isinstance(node, ast.Call):
                kind, name = _asked(node, constants)
                if name is not None:
                    file = path.relative_to(folder).as_posix()
                    found.append(Named(file, node.lineno, kind, name))
    return found


#: What of a statement or an expression may not come to its turn.
_GUARDED = {
    ast.BoolOp: ("values",),
    ast.If: ("body", "orelse"),
    ast.IfExp: ("body", "orelse"),
    ast.Match: ("cases",),
    ast.Try: ("body", "handlers", "orelse"),
    ast.While: ("body",),
}


def _unguarded(node: ast.AST) -> Iterator[ast.AST]:
    yield node
    for name, value in ast.iter_fields(node):
        if name not in _GUARDED.get(type(node), ()):
            for child in value if isinstance(value, list) else [value]:
                if isinstance(child, ast.AST):
                    yield from _unguarded(child)


def _constants(tree: ast.Module) -> dict[str, str]:
    """Strings by the names of the constants that hold them."""
    return {
        target.id: statement.value.value
        for statement in tree.body
        if isinstance(statement, ast.Assign)
        and isinstance(statement.value, ast.Constant)
        and isinstance(statement.value.value, str)
        for target in statement.targets
        if isinstance(target, ast.Name)
    }


def _asked(call: ast.Call, constants: Mapping[str, str]) -> tuple[str, str | None]:
    function = call.func
    if not isinstance(function, ast.Attribute) or not isinstance(function.value, ast.Name):
        return VARIABLE, None
    owner, method = function.value.id, function.attr
    keywords = {keyword.arg: keyword.value for keyword in call.keywords}
    if (owner, method) == ("Variable", "get"):
        if len(call.args) > 1 or keywords.keys() & {"default", "default_var"}:
            return VARIABLE, None
        return VARIABLE, _text([*call.args, keywords.get("key")], constants)
    if (owner, method) == ("Connection", "get") or method == "get_connection":
        return CONNECTION, _text([*call.args, keywords.get("conn_id")], constants)
    return VARIABLE, None


def _text(arguments: list[ast.expr | None], constants: Mapping[str, str]) -> str | None:
    first = next((argument for argument in arguments if argument is not None), None)
    if isinstance(first, ast.Constant) and isinstance(first.value, str):
        return first.value
    return constants.get(first.id) if isinstance(first, ast.Name) else None


def named_in_tasks(dag: Any, folder: Path) -> tuple[list[Named], list[Finding]]:
    """What the tasks of a DAG name: in their templates, and as their connection ids.

    Returns:
        The names, and the templates that Jinja cannot read.
    """
    named, broken = [], []
    path = Path(dag.fileloc)
    inside = path.is_relative_to(folder)
    file = path.relative_to(folder).as_posix() if inside else path.name
    for task in dag.tasks:
        own = getattr(task, "partial_kwargs", None) or vars(task)
        for field in task.template_fields:
            for text in _texts(own.get(field)):
                try:
                    names = list(_in_template(text))
                except TemplateSyntaxError as error:
                    line = line_of_name(path, task.task_id, dag.dag_id)
                    broken.append(
                        Finding(
                            file,
                            line,
                            "template",
                            ERROR,
                            f"{field} of the task {task.task_id} is no template that Jinja can "
                            f"read: {error.message}. Correct it, or put it into {{% raw %}}.",
                        )
                    )
                    continue
                for kind, name, shown in names:
                    line = line_of(path, shown) or line_of_name(path, task.task_id, dag.dag_id)
                    named.append(Named(file, line, kind, name))
        for field, value in own.items():
            if field.endswith("conn_id") and field not in _OPTIONAL and _is_name(value):
                line = line_of_name(path, value, task.task_id, dag.dag_id)
                named.append(Named(file, line, CONNECTION, value))
    return named, broken


def _is_name(value: Any) -> bool:
    return isinstance(value, str) and value != "" and "{{" not in value


def _texts(value: Any) -> Iterator[str]:
    """The texts that Airflow would render in a value of a template field."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for one in value.values():
            yield from _texts(one)
    elif isinstance(value, list | tuple | set):
        for one in value:
            yield from _texts(one)


def _in_template(text: str) -> Iterator[tuple[str, str, str]]:
    """Kind and name of what a template asks for, and how it is written there."""
    if "{{" not in text and "{%" not in text:
        return
    tree = Environment(autoescape=True).parse(text)
    for node in tree.find_all((nodes.Getattr, nodes.Getitem)):
        name = _key(node)
        owner = node.node
        if name is None or name == "get":
            continue
        if isinstance(owner, nodes.Name) and owner.name == "conn":
            yield CONNECTION, name, f"conn.{name}"
        elif (
            isinstance(owner, nodes.Getattr)
            and isinstance(owner.node, nodes.Name)
            and owner.node.name == "var"
            and owner.attr in ("value", "json")
        ):
            yield VARIABLE, name, f"var.{owner.attr}.{name}"
    for call in tree.find_all(nodes.Call):
        kind_and_name = _got(call)
        if kind_and_name is not None:
            yield (*kind_and_name, kind_and_name[1])


def _key(node: nodes.Getattr | nodes.Getitem) -> str | None:
    if isinstance(node, nodes.Getattr):
        return node.attr
    return node.arg.value if isinstance(node.arg, nodes.Const) else None


def _got(call: nodes.Call) -> tuple[str, str] | None:
    """`var.value.get("x")` and `conn.get("x")`, without a default."""
    function = call.node
    if not isinstance(function, nodes.Getattr) or function.attr != "get" or len(call.args) != 1:
        return None
    [name] = call.args
    if not isinstance(name, nodes.Const) or not isinstance(name.value, str):
        return None
    owner = function.node
    if isinstance(owner, nodes.Name) and owner.name == "conn":
        return CONNECTION, name.value
    return (
        (VARIABLE, name.value)
        if isinstance(owner, nodes.Getattr)
        and isinstance(owner.node, nodes.Name)
        and owner.node.name == "var"
        else None
    )
