"""What paths, templates and intrinsic functions of JSONPath states mean.

https://docs.aws.amazon.com/step-functions/latest/dg/amazon-states-language-paths.html
"""

from __future__ import annotations

import json
from typing import Any

from ministack.services import stepfunctions as sfn

from local.cloud.services.stepfunctions.runs import ExecutionError

#: A step of a path: `field` with a name, `index` with a number, or `wildcard`.
_Step = tuple[str, Any]


def resolve(path: str, data: Any, ctx: dict[str, Any]) -> Any:
    """What a path leads to, in the data or, where it begins with `$$`, in the Context object.

    Raises:
        ExecutionError: where it leads nowhere. That is no null.
    """
    path, data = _begun(path, data, ctx)
    steps = sfn._parse_jsonpath_tokens(path)
    if steps is None:
        return None
    found = _followed(steps, data)
    if any(kind == "wildcard" for kind, _ in steps):
        return found
    if not found:
        raise ExecutionError(
            "States.Runtime",
            f"The JSONPath '{path}' could not be found in the input '{json.dumps(data)}'",
        )
    return found[0]


def is_present(path: str, data: Any, ctx: dict[str, Any]) -> bool:
    """Whether a path leads somewhere."""
    path, data = _begun(path, data, ctx)
    certain: list[_Step] = []
    for step in sfn._parse_jsonpath_tokens(path) or ():
        if step[0] == "wildcard":
            break
        certain.append(step)
    return bool(_followed(certain, data))


def _begun(path: str, data: Any, ctx: dict[str, Any]) -> tuple[str, Any]:
    """A path with one `$`, and where it begins."""
    return (path[1:], ctx) if path.startswith("$$") else (path, data)


def _followed(steps: list[_Step], data: Any) -> list[Any]:
    """All that the steps lead to."""
    found = [data]
    for kind, key in steps:
        found = [inner for value in found for inner in _inside(value, kind, key)]
    return found


def _inside(value: Any, kind: str, key: Any) -> list[Any]:
    if kind == "wildcard":
        return list(value.values()) if isinstance(value, dict) else _list(value)
    if kind == "field":
        return [value[key]] if isinstance(value, dict) and key in value else []
    return _list(value)[key : key + 1]


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def selected(text: str, data: Any, ctx: dict[str, Any]) -> Any:
    """The value of a path, or of an intrinsic function; raises as `resolve`.

    https://docs.aws.amazon.com/step-functions/latest/dg/intrinsic-functions.html
    """
    if not text.startswith("States."):
        return resolve(text, data, ctx)
    call, _ = sfn._parse_intrinsic_call(text, 0)
    return sfn._exec_intrinsic(_settled(call, data, ctx), data, ctx)


def _settled(node: tuple[Any, ...], data: Any, ctx: dict[str, Any]) -> tuple[Any, ...]:
    """A call of an intrinsic function with the values of paths in their place."""
    if node[0] == "path":
        return "str", resolve(node[1], data, ctx)
    if node[0] == "call":
        return "call", node[1], [_settled(argument, data, ctx) for argument in node[2]]
    return node


def filled(template: Any, data: Any, ctx: dict[str, Any]) -> Any:
    """A template as Parameters: a name that ends in `.$` stands before what is to be selected."""
    if isinstance(template, list):
        return [filled(item, data, ctx) for item in template]
    if not isinstance(template, dict):
        return template
    return {
        name.removesuffix(".$"): selected(value, data, ctx)
        if name.endswith(".$")
        else filled(value, data, ctx)
        for name, value in template.items()
    }


def taken_in(state: dict[str, Any], data: Any, ctx: dict[str, Any]) -> Any:
    """What InputPath leaves of a state's input."""
    return _part(state.get("InputPath", "$"), data, ctx)


def given_out(state: dict[str, Any], data: Any, ctx: dict[str, Any]) -> Any:
    """What OutputPath leaves of a state's output."""
    return _part(state.get("OutputPath", "$"), data, ctx)


def _part(path: str | None, data: Any, ctx: dict[str, Any]) -> Any:
    return {} if path is None else resolve(path, data, ctx)


def arguments(state: dict[str, Any], data: Any, ctx: dict[str, Any]) -> Any:
    """What a state works on: its input by InputPath and Parameters."""
    taken = taken_in(state, data, ctx)
    template = state.get("Parameters")
    return filled(template, taken, ctx) if template else taken


def output(state: dict[str, Any], data: Any, result: Any, ctx: dict[str, Any]) -> Any:
    """The output of a state by ResultSelector, ResultPath and OutputPath."""
    template = state.get("ResultSelector")
    if template:
        result = filled(template, result, ctx)
    return given_out(state, sfn._apply_result_path(state, data, result), ctx)
