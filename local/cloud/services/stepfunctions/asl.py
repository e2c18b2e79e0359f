"""Amazon States Language: what is wrong with a definition, before anything runs.

https://states-language.net/ and https://docs.aws.amazon.com/step-functions/latest/dg/concepts-amazon-states-language.html
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from local.cloud.services.stepfunctions.integrations import resource_problem

_COMMON = {"Type", "Comment", "QueryLanguage"}

_FLOW = {"Next", "End"}

_PATHS = {"InputPath", "OutputPath"}

_RESULT = {"Parameters", "ResultSelector", "ResultPath"}

_RECOVERY = {"Retry", "Catch"}

_ITEMS = {"ItemsPath", "ItemReader", "ItemSelector", "ItemBatcher", "ResultWriter", "Items"}

#: Fields of each type of state, in both query languages.
_FIELDS: dict[str, set[str]] = {
    "Task": {
        *("Resource", "Credentials", "Arguments", "Output", "Assign"),
        *("TimeoutSeconds", "TimeoutSecondsPath", "HeartbeatSeconds", "HeartbeatSecondsPath"),
        *_FLOW,
        *_PATHS,
        *_RESULT,
        *_RECOVERY,
    },
    "Pass": {"Result", "Parameters", "ResultPath", "Output", "Assign", *_FLOW, *_PATHS},
    "Choice": {"Choices", "Default", "Output", "Assign", *_PATHS},
    "Wait": {
        *("Seconds", "SecondsPath", "Timestamp", "TimestampPath", "Output", "Assign"),
        *_FLOW,
        *_PATHS,
    },
    "Succeed": {"Output", *_PATHS},
    "Fail": {"Error", "ErrorPath", "Cause", "CausePath"},
    "Parallel": {
        *("Branches", "Arguments", "Output", "Assign"),
        *_FLOW,
        *_PATHS,
        *_RESULT,
        *_RECOVERY,
    },
    "Map": {
        *("Iterator", "ItemProcessor", "MaxConcurrency", "MaxConcurrencyPath", "Label"),
        *("ToleratedFailureCount", "ToleratedFailurePercentage", "Output", "Assign"),
        *("ToleratedFailureCountPath", "ToleratedFailurePercentagePath"),
        *_ITEMS,
        *_FLOW,
        *_PATHS,
        *_RESULT,
        *_RECOVERY,
    },
}

#: Fields of one query language alone.
_ONLY_JSONPATH = {
    *("InputPath", "OutputPath", "Parameters", "ResultSelector", "ResultPath", "ItemsPath"),
    *("TimeoutSecondsPath", "HeartbeatSecondsPath", "SecondsPath", "TimestampPath"),
    *("ErrorPath", "CausePath", "MaxConcurrencyPath"),
}

_ONLY_JSONATA = {"Arguments", "Output", "Items"}

#: Where exactly one is allowed.
_ALTERNATIVES = {
    "Wait": [("Seconds", "SecondsPath", "Timestamp", "TimestampPath")],
    "Map": [("Iterator", "ItemProcessor")],
}

_WAITS = "Seconds", "TimeoutSeconds", "HeartbeatSeconds"

_COMPARISONS = re.compile(
    r"(String|Numeric|Timestamp)(Equals|LessThan|GreaterThan|LessThanEquals|GreaterThanEquals)"
    r"(Path)?|BooleanEquals(Path)?|StringMatches|Is(Null|Present|Numeric|String|Boolean|Timestamp)"
)

#: A problem: AWS's code for it, what is wrong, and where.
Problem = tuple[str, str, str]


def problem(text: str) -> str | None:
    """What is wrong with a definition, as Step Functions says it; None where nothing is."""
    try:
        definition = json.loads(text)
    except ValueError as error:
        return f"INVALID_JSON_DESCRIPTION: {error}"
    if not isinstance(definition, dict):
        return "SCHEMA_VALIDATION_FAILED: the definition is no object"
    found = [*_top(definition), *_machine(definition, "", "JSONPath", set())]
    if not found:
        return None
    return ", ".join(f"{code}: {what} at {where or '/'}" for code, what, where in found)


def _top(definition: dict[str, Any]) -> Iterator[Problem]:
    known = {"StartAt", "States", "Comment", "Version", "TimeoutSeconds", "QueryLanguage"}
    yield from _unknown(definition, known, "")
    if definition.get("Version", "1.0") != "1.0":
        yield _schema("Version must be 1.0", "/Version")
    yield from _count(definition, "TimeoutSeconds", 1, "")


def _machine(machine: Any, where: str, language: str, names: set[str]) -> Iterator[Problem]:
    """Problems of a machine, or of a branch; `names` are those of all states around it."""
    if not isinstance(machine, dict):
        yield _schema("must be an object", where)
        return
    language = machine.get("QueryLanguage", language)
    if language not in ("JSONPath", "JSONata"):
        yield _schema("QueryLanguage must be JSONPath or JSONata", f"{where}/QueryLanguage")
    states, start = machine.get("States"), machine.get("StartAt")
    if not isinstance(states, dict) or not states:
        yield _schema("These fields are required: [States]", where)
        return
    if not isinstance(start, str):
        yield _schema("These fields are required: [StartAt]", where)
    elif start not in states:
        yield "MISSING_TRANSITION_TARGET", f"Missing 'Next' target: {start}", f"{where}/StartAt"
    reached = {start}
    ends = False
    for name, state in states.items():
        place = f"{where}/States/{name}"
        if name in names:
            yield "DUPLICATE_STATE_NAME", f"the name {name} is taken by another state", place
        names.add(name)
        if len(name) > 80:
            yield _schema("the name of a state has 80 characters at most", place)
        if not isinstance(state, dict):
            yield _schema("must be an object", place)
            continue
        yield from _state(state, place, language, names)
        ends = ends or state.get("End") is True or state.get("Type") in ("Succeed", "Fail")
        for target, path in _targets(state, place):
            if target in states:
                reached.add(target)
            else:
                yield "MISSING_TRANSITION_TARGET", f"Missing 'Next' target: {target}", path
    for name in states:
        if name not in reached:
            yield "MISSING_TRANSITION_TARGET", f"State {name!r} is not reachable.", where
    if not ends:
        yield _schema("no state ends it", f"{where}/States")


def _targets(state: dict[str, Any], where: str) -> Iterator[tuple[str, str]]:
    for member in ("Next", "Default"):
        if isinstance(state.get(member), str):
            yield state[member], f"{where}/{member}"
    for member in ("Choices", "Catch"):
        for number, rule in enumerate(_list(state.get(member))):
            if isinstance(rule, dict) and isinstance(rule.get("Next"), str):
                yield rule["Next"], f"{where}/{member}[{number}]/Next"


def _state(state: dict[str, Any], where: str, language: str, names: set[str]) -> Iterator[Problem]:
    kind = state.get("Type")
    if kind not in _FIELDS:
        yield _schema(f"Type must be one of {', '.join(_FIELDS)}", f"{where}/Type")
        return
    language = state.get("QueryLanguage", language)
    yield from _unknown(state, _FIELDS[kind] | _COMMON, where)
    for member in sorted(set(state) & (_ONLY_JSONPATH if language == "JSONata" else _ONLY_JSONATA)):
        yield _schema(f"{member} is not supported with {language}", f"{where}/{member}")
    if "Next" in _FIELDS[kind]:
        if ("Next" in state) == (state.get("End") is True):
            yield _schema("exactly one of Next and End: true is required", where)
        if "Next" in state and not isinstance(state["Next"], str):
            yield _schema("must be a string", f"{where}/Next")
    for members in _ALTERNATIVES.get(kind, []):
        if sum(member in state for member in members) != 1:
            yield _schema(f"exactly one of {', '.join(members)} is required", where)
    for member in _WAITS:
        yield from _count(state, member, 0 if member == "Seconds" else 1, where)
    yield from _templates(state, where)
    yield from _recovery(state, where)
    if kind == "Task":
        yield from _task(state, where)
    elif kind == "Choice":
        yield from _choices(state, where, language)
    elif kind == "Parallel":
        branches = state.get("Branches")
        if not isinstance(branches, list) or not branches:
            yield _schema("These fields are required: [Branches]", where)
        for number, branch in enumerate(_list(branches)):
            yield from _machine(branch, f"{where}/Branches[{number}]", language, names)
    elif kind == "Map":
        member = "ItemProcessor" if "ItemProcessor" in state else "Iterator"
        if member in state:
            yield from _machine(state[member], f"{where}/{member}", language, names)


def _task(state: dict[str, Any], where: str) -> Iterator[Problem]:
    resource = state.get("Resource")
    if not isinstance(resource, str):
        yield _schema("These fields are required: [Resource]", where)
        return
    found = resource_problem(resource)
    if found is not None:
        yield _schema(found, f"{where}/Resource")
    timeout, beat = state.get("TimeoutSeconds"), state.get("HeartbeatSeconds")
    if isinstance(timeout, int) and isinstance(beat, int) and beat >= timeout:
        yield _schema("HeartbeatSeconds must be smaller than TimeoutSeconds", where)


def _templates(state: dict[str, Any], where: str) -> Iterator[Problem]:
    """Paths, and values whose names end in `.$`, must be paths or intrinsic functions."""
    for member in ("InputPath", "OutputPath", "ResultPath", "ItemsPath"):
        value = state.get(member)
        if value is not None and not (isinstance(value, str) and value.startswith("$")):
            yield _schema("The value for the field must be a valid JSONPath", f"{where}/{member}")
    for member in ("Parameters", "ResultSelector", "ItemSelector"):
        yield from _template(state.get(member), f"{where}/{member}")


def _template(value: Any, where: str) -> Iterator[Problem]:
    if isinstance(value, dict):
        for key, item in value.items():
            if key.endswith(".$"):
                text = item if isinstance(item, str) else ""
                if not text.startswith(("$", "States.")):
                    yield _schema(
                        f"The value for the field '{key}' must be a valid JSONPath or a valid "
                        "intrinsic function call",
                        f"{where}/{key}",
                    )
            else:
                yield from _template(item, f"{where}/{key}")
    elif isinstance(value, list):
        for number, item in enumerate(value):
            yield from _template(item, f"{where}[{number}]")


def _recovery(state: dict[str, Any], where: str) -> Iterator[Problem]:
    for member in ("Retry", "Catch"):
        rules = state.get(member, [])
        if not isinstance(rules, list):
            yield _schema("must be an array", f"{where}/{member}")
            continue
        for number, rule in enumerate(rules):
            place = f"{where}/{member}[{number}]"
            errors = rule.get("ErrorEquals") if isinstance(rule, dict) else None
            if not isinstance(errors, list) or not errors:
                yield _schema("These fields are required: [ErrorEquals]", place)
                continue
            if "States.ALL" in errors and (len(errors) > 1 or number < len(rules) - 1):
                yield _schema("States.ALL must appear alone, and in the last rule", place)
            if member == "Catch":
                known = {"ErrorEquals", "Next", "ResultPath", "Output", "Assign", "Comment"}
                if not isinstance(rule.get("Next"), str):
                    yield _schema("These fields are required: [Next]", place)
            else:
                known = {"ErrorEquals", "IntervalSeconds", "MaxAttempts", "BackoffRate"}
                known |= {"MaxDelaySeconds", "JitterStrategy", "Comment"}
                yield from _retrier(rule, place)
            yield from _unknown(rule, known, place)


def _retrier(rule: dict[str, Any], where: str) -> Iterator[Problem]:
    yield from _count(rule, "IntervalSeconds", 1, where)
    yield from _count(rule, "MaxAttempts", 0, where)
    yield from _count(rule, "MaxDelaySeconds", 1, where)
    delay = rule.get("MaxDelaySeconds")
    if isinstance(delay, int) and delay <= rule.get("IntervalSeconds", 1):
        yield _schema("MaxDelaySeconds must be greater than IntervalSeconds", where)
    rate = rule.get("BackoffRate", 2.0)
    if isinstance(rate, bool) or not isinstance(rate, (int, float)) or rate < 1:
        yield _schema("must be a number of 1.0 at least", f"{where}/BackoffRate")
    if rule.get("JitterStrategy", "NONE") not in ("FULL", "NONE"):
        yield _schema("must be FULL or NONE", f"{where}/JitterStrategy")


def _choices(state: dict[str, Any], where: str, language: str) -> Iterator[Problem]:
    rules = state.get("Choices")
    if not isinstance(rules, list) or not rules:
        yield _schema("These fields are required: [Choices]", where)
    for number, rule in enumerate(_list(rules)):
        place = f"{where}/Choices[{number}]"
        if not isinstance(rule, dict):
            yield _schema("must be an object", place)
            continue
        if not isinstance(rule.get("Next"), str):
            yield _schema("These fields are required: [Next]", place)
        if language == "JSONata":
            if "Condition" not in rule:
                yield _schema("These fields are required: [Condition]", place)
        else:
            yield from _condition(rule, place, {"Next", "Comment", "Assign"})


def _condition(rule: Any, where: str, beside: set[str]) -> Iterator[Problem]:
    if not isinstance(rule, dict):
        yield _schema("must be an object", where)
        return
    members = set(rule) - beside
    inner = members & {"And", "Or", "Not"}
    if inner:
        if len(members) != 1:
            yield _schema("And, Or and Not stand alone", where)
        for member in sorted(inner):
            listed = [rule[member]] if member == "Not" else _list(rule[member])
            if not listed:
                yield _schema("must be an array that is not empty", f"{where}/{member}")
            for number, part in enumerate(listed):
                yield from _condition(part, f"{where}/{member}[{number}]", set())
        return
    if not str(rule.get("Variable", "")).startswith("$"):
        yield _schema("These fields are required: [Variable], a JSONPath", where)
    compared = members - {"Variable"}
    if len(compared) != 1 or not _COMPARISONS.fullmatch(next(iter(compared), "")):
        yield _schema(f"exactly one comparison is required, not {sorted(compared)}", where)


def _count(holder: dict[str, Any], member: str, low: int, where: str) -> Iterator[Problem]:
    value = holder.get(member, low)
    if isinstance(value, str) and value.startswith("{%"):
        return
    if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= 99_999_999:
        yield _schema(f"must be an integer from {low} to 99999999", f"{where}/{member}")


def _unknown(holder: dict[str, Any], known: set[str], where: str) -> Iterator[Problem]:
    for member in sorted(set(holder) - known):
        yield _schema(f"Field {member!r} is not supported", f"{where}/{member}")


def _schema(what: str, where: str) -> Problem:
    return "SCHEMA_VALIDATION_FAILED", what, where


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []
