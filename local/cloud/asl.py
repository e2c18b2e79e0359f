"""Amazon States Language: what is wrong with a definition, before anything runs.

https://states-language.net/ and https://docs.aws.amazon.com/step-functions/latest/dg/concepts-amazon-states-language.html
"""

from __future__ import annotations

import functools
import json
import re
from collections.abc import Iterator
from typing import Any

import botocore.session
from botocore.model import ServiceModel

#: Optimised integrations of which the local cloud makes the call as it is named.
#: https://docs.aws.amazon.com/step-functions/latest/dg/integrate-optimized.html
REQUEST_RESPONSE = {
    "athena": "athena",
    "dynamodb": "dynamodb",
    "elasticmapreduce": "emr",
    "events": "events",
    "glue": "glue",
    "lambda": "lambda",
    "sns": "sns",
    "sqs": "sqs",
    "states": "stepfunctions",
}

#: Those that it waits for.
SYNCHRONOUS = ("glue:startJobRun",)

#: Services of the SDK integrations that botocore names otherwise.
_SDK_NAMES = {
    "cloudwatchlogs": "logs",
    "cloudwatch": "cloudwatch",
    "emr": "emr",
    "eventbridge": "events",
    "redshiftdata": "redshift-data",
    "redshiftserverless": "redshift-serverless",
    "sfn": "stepfunctions",
}

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


def resource_problem(resource: str) -> str | None:
    """What is wrong with the resource of a task."""
    unknown = (
        f"The resource provided {resource} is not recognized. The value is not a valid resource "
        "ARN, or the resource is not available in this region."
    )
    parts = resource.split(":")
    if len(parts) < 6 or parts[0] != "arn" or not parts[1].startswith("aws"):
        return unknown
    if parts[2] != "states" or parts[3] or parts[4]:
        # A function of Lambda's, or an activity.
        known = parts[2:3] == ["lambda"] or (parts[2] == "states" and parts[5] == "activity")
        return None if known else unknown
    try:
        call = integration(resource)
    except ValueError:
        return unknown
    if call.pattern not in ("", "sync", "sync:2", "waitForTaskToken"):
        return unknown
    if call.sdk and call.pattern.startswith("sync"):
        return unknown
    return None


class Integration:
    """A resource of a task, taken apart."""

    def __init__(self, sdk: bool, name: str, service: str, action: str, pattern: str) -> None:
        #: Whether it is an SDK integration.
        self.sdk = sdk
        #: The service as the resource names it.
        self.name = name
        #: The service as boto3 names it; empty where the local cloud does not call it.
        self.service = service
        #: The action as the resource names it.
        self.action = action
        #: "", `sync`, `sync:2` or `waitForTaskToken`
        self.pattern = pattern

    @property
    def operation(self) -> str:
        """The operation as the service's model names it."""
        wanted = self.action.lower()
        return next(name for name in _model(self.service).operation_names if name.lower() == wanted)

    @property
    def model(self) -> ServiceModel:
        """The service's model."""
        return _model(self.service)


def integration(resource: str) -> Integration:
    """Take the resource of a task apart.

    Raises:
        ValueError: where AWS knows no such service or action.
    """
    named = resource.split(":", 5)[5]
    sdk = named.startswith("aws-sdk:")
    name, _, rest = named.removeprefix("aws-sdk:").partition(":")
    action, _, pattern = rest.partition(".")
    if not action:
        raise ValueError(resource)
    if not sdk:
        return Integration(False, name, REQUEST_RESPONSE.get(name, ""), action, pattern)
    service = _SDK_NAMES.get(name, name)
    if service not in _services():
        raise ValueError(resource)
    wanted = action.lower()
    if not any(operation.lower() == wanted for operation in _model(service).operation_names):
        raise ValueError(resource)
    return Integration(True, name, service, action, pattern)


@functools.cache
def _services() -> frozenset[str]:
    return frozenset(botocore.session.get_session().get_available_services())


@functools.cache
def _model(service: str) -> ServiceModel:
    return botocore.session.get_session().get_service_model(service)


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
