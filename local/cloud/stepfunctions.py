"""Step Functions as AWS has it where ministack differs.

ministack evaluates paths, intrinsic functions and JSONata; here is what walks the states. Every
call is made over HTTP as the state machine's role, an execution can be ended at any time, by
StopExecution or its own time limit, and what it has started is stopped with it.
https://docs.aws.amazon.com/step-functions/latest/dg/concepts-states.html
"""

from __future__ import annotations

import contextlib
import contextvars
import copy
import datetime
import json
import queue
import random
import re
import secrets
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError, ReadTimeoutError
from botocore.model import ListShape, MapShape, OperationModel, Shape, StructureShape
from ministack.core.responses import get_account_id, get_region, new_uuid, now_iso
from ministack.services import cloudwatch_logs
from ministack.services import stepfunctions as sfn

from local.cloud import asl
from local.cloud.core import auth, clients, seam
from local.cloud.core.settings import ACCOUNT, REGION

PRINCIPAL = "states.amazonaws.com"

#: Bytes of a state's input or output; https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html
PAYLOAD_BYTES = 262_144

#: How much of a Wait state's seconds passes here. They leave time for what takes minutes on AWS and
#: seconds here; an instant that a state names is waited for as it is.
WAIT_SCALE = 0.1

#: Seconds between two looks at what a task waits for.
INTERVAL = 0.3

#: Executions that are remembered of each machine: all of them are written with every change.
HISTORY = 100

#: What the role needs for a log group of the machine.
#: https://docs.aws.amazon.com/step-functions/latest/dg/cw-logs.html
LOG_ACTIONS = (
    "logs:CreateLogDelivery",
    "logs:GetLogDelivery",
    "logs:UpdateLogDelivery",
    "logs:DeleteLogDelivery",
    "logs:ListLogDeliveries",
    "logs:PutResourcePolicy",
    "logs:DescribeResourcePolicies",
    "logs:DescribeLogGroups",
)

#: What no name has.
_FORBIDDEN = re.compile(r'[\s<>{}\[\]?*"#%\\^|~`$&,;:/\x00-\x1f\x7f-\x9f]')

#: Events of a log level, by the end of their names.
_LEVELS = {
    "ALL": ("",),
    "ERROR": ("Failed", "Aborted", "TimedOut"),
    "FATAL": ("ExecutionFailed", "ExecutionAborted", "ExecutionTimedOut"),
}

#: Members of an event that are data of the execution.
_DATA = ("input", "output", "parameters", "error", "cause")

#: Held where executions change, and while they are copied to be saved.
_lock = threading.RLock()

_runs: dict[str, _Run] = {}

_run: contextvars.ContextVar[_Run] = contextvars.ContextVar("execution")
_scope: contextvars.ContextVar[_Scope] = contextvars.ContextVar("scope")
_previous: contextvars.ContextVar[int] = contextvars.ContextVar("previous event", default=0)

#: Headers and query of the request that is being served.
_request: contextvars.ContextVar[tuple[dict[str, str], dict[str, list[str]]]] = (
    contextvars.ContextVar("states_request")
)

_deliveries: queue.SimpleQueue[tuple[str, str, dict[str, Any]]] = queue.SimpleQueue()


class _Ended(BaseException):
    """The execution, or the branch, is over: nothing in it is to go on.

    No Exception, so that nothing on the way takes it for a failure.
    """


class _Scope:
    """What is ended together: an execution, a branch."""

    def __init__(self, parent: _Scope | None = None) -> None:
        self._ended = threading.Event()
        self._children: list[_Scope] = []
        if parent is not None:
            with _lock:
                parent._children.append(self)
                if parent._ended.is_set():
                    self._ended.set()

    def end(self) -> None:
        """End it, and what is inside."""
        with _lock:
            self._ended.set()
            for child in self._children:
                child.end()

    def wait(self, seconds: float = 0) -> None:
        """Wait.

        Raises:
            _Ended: as soon as it is ended.
        """
        if self._ended.wait(seconds):
            raise _Ended


class _Run:
    """An execution that runs."""

    def __init__(self, execution: dict[str, Any], machine: dict[str, Any]) -> None:
        self.execution = execution
        self.definition = json.loads(machine["definition"])
        self.machine_arn = machine["stateMachineArn"]
        self.caller = clients.Caller(machine["roleArn"], PRINCIPAL, self.machine_arn).anew()
        self.scope = _Scope()
        self.logging = copy.deepcopy(machine.get("loggingConfiguration") or {})
        self.log_stream = _log_stream(machine["name"])


def install() -> None:
    """Put these in the place of ministack's own."""
    plain_handle, plain_state = sfn.handle_request, sfn.get_state
    plain_load = sfn.load_persisted_state

    async def handle_request(
        method: str, path: str, headers: dict[str, str], body: bytes, query_params: dict
    ) -> seam.Response:
        operation = headers.get("x-amz-target", "").rsplit(".", 1)[-1]
        _request.set((headers, query_params))
        try:
            content = json.loads(body or b"{}")
            for check in _CHECKS.get(operation, ()):
                check(content)
        except seam.ServiceError as error:
            return seam.json_answer({"__type": error.code, "message": str(error)}, error.status)
        return await plain_handle(method, path, headers, body, query_params)

    def get_state() -> dict[str, Any]:
        with _lock:
            return plain_state()

    def load_persisted_state(data: dict[str, Any]) -> None:
        plain_load(data)
        for execution in sfn._executions.all_values():
            if execution.get("error") == "States.ServiceRestart":
                details = {"error": execution["error"], "cause": execution["cause"]}
                if execution["events"][-1]["type"] != "ExecutionFailed":
                    _add_event(
                        execution, "ExecutionFailed", {"executionFailedEventDetails": details}
                    )

    sfn.handle_request = handle_request
    sfn.get_state = get_state
    sfn.load_persisted_state = load_persisted_state
    sfn._create_state_machine = _after(sfn._create_state_machine, _keep_tracing)
    sfn._update_state_machine = _after(sfn._update_state_machine, _keep_tracing)
    sfn._delete_state_machine = _after(sfn._delete_state_machine, _end_executions)
    sfn._start_execution = _start(sfn._start_execution)
    sfn._stop_execution = _stop(sfn._stop_execution)
    sfn._describe_execution = _described(sfn._describe_execution)
    sfn._validate_state_machine_definition = _validate
    sfn._add_event = _add_event
    sfn._run_execution = _run_execution
    sfn._run_sub_machine = _run_sub_machine
    sfn._with_retry_and_catch = _with_retry_and_catch
    sfn._error_matches = _error_matches
    sfn._resolve_path = _resolve_path
    sfn._evaluate_rule = _evaluate_rule
    sfn._scaled_sleep = lambda seconds: _scope.get().wait(seconds * WAIT_SCALE)
    sfn._sleep_until = _sleep_until
    auth.resources_of("states", _resource)
    threading.Thread(target=_deliver, daemon=True).start()


def _sleep_until(timestamp: str) -> None:
    left = datetime.datetime.fromisoformat(timestamp) - datetime.datetime.now(datetime.UTC)
    _scope.get().wait(max(left.total_seconds(), 0))


def _resource(operation: str, content: dict[str, Any]) -> str:
    """https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsstepfunctions.html"""
    for member in (
        *("executionArn", "mapRunArn", "stateMachineArn", "activityArn", "resourceArn"),
        *("stateMachineAliasArn", "stateMachineVersionArn"),
    ):
        if content.get(member):
            return str(content[member])
    prefix = f"arn:aws:states:{REGION}:{ACCOUNT}"
    if operation == "CreateStateMachine":
        return f"{prefix}:stateMachine:{content.get('name', '*')}"
    if operation == "CreateActivity":
        return f"{prefix}:activity:{content.get('name', '*')}"
    return "*"


# Requests: what is refused, and what ministack forgets.


def _unserved(_content: dict[str, Any]) -> None:
    raise seam.ServiceError(
        "UnknownOperationException", "the local cloud tests no state alone: start an execution"
    )


def _require_name(content: dict[str, Any]) -> None:
    """https://docs.aws.amazon.com/step-functions/latest/apireference/API_StartExecution.html"""
    if "name" in content and _FORBIDDEN.search(content["name"]):
        raise seam.ServiceError("InvalidName", f"Invalid Name: '{content['name']}'")


def _require_definition(content: dict[str, Any]) -> None:
    if "definition" not in content:
        return
    found = asl.problem(content["definition"])
    if found is not None:
        raise seam.ServiceError("InvalidDefinition", f"Invalid State Machine Definition: '{found}'")
    other = sorted(set(_unsupported(json.loads(content["definition"]))))
    if other:
        raise seam.ServiceError(
            "InvalidDefinition", f"the local cloud does not run these: {', '.join(other)}"
        )


def _unsupported(definition: Any, language: str = "JSONPath") -> Iterator[str]:
    """What is right on AWS, and could only fail here: better said before it runs."""
    if isinstance(definition, list):
        for item in definition:
            yield from _unsupported(item, language)
    if not isinstance(definition, dict):
        return
    language = definition.get("QueryLanguage", language)
    for value in definition.values():
        yield from _unsupported(value, language)
    if "Assign" in definition and language == "JSONPath":
        yield "Assign with JSONPath"
    resource = definition.get("Resource")
    if definition.get("Type") == "Task" and str(resource).startswith("arn:aws:states:::"):
        call = asl.integration(resource)
        synchronous = call.pattern.startswith("sync")
        if not call.service or (
            synchronous and f"{call.name}:{call.action}" not in asl.SYNCHRONOUS
        ):
            yield resource
    if definition.get("Type") == "Map":
        processor = definition.get("ItemProcessor") or {}
        if (processor.get("ProcessorConfig") or {}).get("Mode") == "DISTRIBUTED":
            yield "a Map in mode DISTRIBUTED"


def _require_role(content: dict[str, Any]) -> None:
    """Check that the caller may pass the role, and that Step Functions can have it."""
    if "roleArn" not in content:
        return
    role = content["roleArn"]
    auth.require_pass_role(*_request.get(), role, PRINCIPAL)
    arn = content.get("stateMachineArn") or _resource("CreateStateMachine", content)
    try:
        auth.assume(role, PRINCIPAL, arn)
    except auth.Denied as denied:
        raise seam.ServiceError(
            "AccessDeniedException",
            f"Neither the global service principal {PRINCIPAL}, nor the regional one is "
            f"authorized to assume the provided role: {denied}",
        ) from denied


def _require_logging(content: dict[str, Any]) -> None:
    logging = content.get("loggingConfiguration") or {}
    destinations = logging.get("destinations") or []
    if logging.get("level", "OFF") == "OFF":
        return
    if len(destinations) != 1:
        raise seam.ServiceError(
            "InvalidLoggingConfiguration",
            "Invalid Logging Configuration: Must specify exactly one Log Destination.",
        )
    arn = (destinations[0].get("cloudWatchLogsLogGroup") or {}).get("logGroupArn", "")
    if not arn.endswith(":*"):
        raise seam.ServiceError(
            "InvalidLoggingConfiguration",
            f"Invalid Logging Configuration: the log group's ARN must end with :* ({arn})",
        )
    group = _group_of(arn)
    if group not in cloudwatch_logs._log_groups:
        raise seam.ServiceError(
            "InvalidLoggingConfiguration",
            f"Invalid Logging Configuration: there is no log group {group}",
        )
    known = sfn._state_machines.get(content.get("stateMachineArn")) or {}
    role = content.get("roleArn") or known.get("roleArn", "")
    source = content.get("stateMachineArn") or _resource("CreateStateMachine", content)
    lent = auth.assume(role, PRINCIPAL, source)
    for action in LOG_ACTIONS:
        refused = auth.refusal(lent.access_key_id, action, "*", "logs")
        if refused is not None:
            raise seam.ServiceError(
                "AccessDeniedException",
                "The state machine IAM Role is not authorized to access the Log Destination: "
                f"{refused}",
            )


_CHECKS: dict[str, tuple[Callable[[dict[str, Any]], None], ...]] = {
    "CreateActivity": (_require_name,),
    "CreateStateMachine": (_require_name, _require_definition, _require_role, _require_logging),
    "UpdateStateMachine": (_require_definition, _require_role, _require_logging),
    "StartExecution": (_require_name,),
    "TestState": (_unserved,),
}

#: A handler of ministack's.
_Serve = Callable[[dict[str, Any]], Any]


def _after(plain: _Serve, then: Callable[[dict[str, Any], dict[str, Any]], None]) -> _Serve:
    """Do something when a handler of ministack's has succeeded."""

    def serve(content: dict[str, Any]) -> Any:
        answer = plain(content)
        if answer[0] == 200:
            then(content, json.loads(answer[2]))
        return answer

    return serve


def _keep_tracing(content: dict[str, Any], answer: dict[str, Any]) -> None:
    arn = content.get("stateMachineArn") or answer["stateMachineArn"]
    machine = sfn._state_machines[arn]
    if "tracingConfiguration" in content:
        machine["tracingConfiguration"] = content["tracingConfiguration"]
    machine.setdefault("tracingConfiguration", {"enabled": False})


def _end_executions(content: dict[str, Any], _answer: dict[str, Any]) -> None:
    with _lock:
        for run in [r for r in _runs.values() if r.machine_arn == content["stateMachineArn"]]:
            run.scope.end()


def _start(plain: _Serve) -> _Serve:
    """StartExecution again, with the name and the input of one that runs, is no new one.

    https://docs.aws.amazon.com/step-functions/latest/apireference/API_StartExecution.html
    """

    def serve(content: dict[str, Any]) -> Any:
        try:
            json.loads(content.get("input", "{}"))
        except ValueError as error:
            return _refused(
                "InvalidExecutionInput", f"Invalid State Machine Execution Input: {error}"
            )
        machine = sfn._state_machines.get(content["stateMachineArn"])
        if machine is not None and "name" in content:
            arn = (
                f"arn:aws:states:{get_region()}:{get_account_id()}:execution:"
                f"{machine['name']}:{content['name']}"
            )
            known = sfn._executions.get(arn)
            if (
                known is not None
                and known["status"] == "RUNNING"
                and known["input"] == content.get("input", "{}")
            ):
                return seam.json_answer({"executionArn": arn, "startDate": known["startDate"]})
        _forget(content["stateMachineArn"])
        return plain(content)

    return serve


def _forget(machine: str) -> None:
    """Forget the oldest executions that have ended."""
    with _lock:
        ended = sorted(
            (
                execution
                for execution in sfn._executions.values()
                if execution["stateMachineArn"] == machine and execution["status"] != "RUNNING"
            ),
            key=lambda execution: execution["stopDate"],
        )
        for execution in ended[: 1 - HISTORY]:
            del sfn._executions[execution["executionArn"]]


def _stop(plain: _Serve) -> _Serve:
    def serve(content: dict[str, Any]) -> Any:
        with _lock:
            answer = plain(content)
            run = _runs.get(content["executionArn"])
        if answer[0] == 200 and run is not None:
            run.scope.end()
        return answer

    return serve


def _described(plain: _Serve) -> _Serve:
    """Leave out what an execution does not have, in place of null."""

    def serve(content: dict[str, Any]) -> Any:
        status, headers, body = plain(content)
        if status != 200:
            return status, headers, body
        described = {k: v for k, v in json.loads(body).items() if v is not None}
        if "output" not in described:
            described.pop("outputDetails", None)
        return seam.json_answer(described)

    return serve


def _validate(content: dict[str, Any]) -> seam.Response:
    found = asl.problem(content["definition"])
    diagnostics = [] if found is None else [_diagnostic(found)]
    return seam.json_answer({"result": "FAIL" if found else "OK", "diagnostics": diagnostics})


def _diagnostic(found: str) -> dict[str, str]:
    code, _, message = found.partition(": ")
    return {"severity": "ERROR", "code": code, "message": message}


def _refused(code: str, message: str) -> seam.Response:
    return seam.json_answer({"__type": code, "message": message}, 400)


# Executions.


def _run_execution(arn: str) -> None:
    """Run an execution to its end, in a thread of its own."""
    execution = sfn._executions.get(arn)
    machine = sfn._state_machines.get(execution["stateMachineArn"]) if execution else None
    if execution is None or machine is None:
        return
    run = _Run(execution, machine)
    _run.set(run)
    _scope.set(run.scope)
    _previous.set(execution["events"][-1]["id"])
    with _lock:
        _runs[arn] = run
        if execution["status"] != "RUNNING":
            run.scope.end()
    for event in execution["events"]:
        _log(run, event)
    limit = run.definition.get("TimeoutSeconds")
    timer = threading.Timer(limit or 0, contextvars.copy_context().run, (_time_out, run))
    timer.daemon = True
    if limit is not None:
        timer.start()
    try:
        output = _walk(run.definition, json.loads(execution["input"]), execution, _context(run))
        _finish(execution, "SUCCEEDED", output=json.dumps(output))
    except _Ended:
        pass
    except sfn._ExecutionError as error:
        _finish(execution, "FAILED", error=error.error, cause=error.cause)
    except Exception as error:
        _finish(execution, "FAILED", error="States.Runtime", cause=repr(error))
    finally:
        timer.cancel()
        run.scope.end()
        with _lock:
            _runs.pop(arn, None)
        seam.changed()


def _time_out(run: _Run) -> None:
    _finish(run.execution, "TIMED_OUT")
    run.scope.end()


def _finish(execution: dict[str, Any], status: str, **details: str) -> None:
    """End an execution, unless it has ended."""
    kind = {"SUCCEEDED": "Succeeded", "FAILED": "Failed", "TIMED_OUT": "TimedOut"}[status]
    with _lock:
        if execution["status"] != "RUNNING":
            return
        execution.update(details, status=status, stopDate=now_iso())
        _add_event(execution, f"Execution{kind}", {f"execution{kind}EventDetails": details})
    sfn._emit_execution_status_event(execution)
    seam.changed()


def _context(run: _Run) -> dict[str, Any]:
    """https://docs.aws.amazon.com/step-functions/latest/dg/input-output-contextobject.html"""
    execution = run.execution
    return {
        "QueryLanguage": run.definition.get("QueryLanguage", "JSONPath"),
        "Execution": {
            "Id": execution["executionArn"],
            "Input": json.loads(execution["input"]),
            "Name": execution["name"],
            "RoleArn": run.caller.role,
            "StartTime": execution["startDate"],
            "RedriveCount": 0,
        },
        "StateMachine": {
            "Id": run.machine_arn,
            "Name": run.machine_arn.rsplit(":", 1)[-1],
        },
        "variables": {},
    }


def _run_sub_machine(
    states: dict[str, Any], start: str, data: Any, execution: dict[str, Any], ctx: dict[str, Any]
) -> Any:
    """Run the states of one item of a Map, for ministack."""
    return _walk({"States": states, "StartAt": start}, data, execution, ctx)


def _walk(
    machine: dict[str, Any], data: Any, execution: dict[str, Any], ctx: dict[str, Any]
) -> Any:
    """Run states from the first to the last; the last one's output."""
    name: str | None = machine["StartAt"]
    while name is not None:
        _scope.get().wait()
        state = machine["States"][name]
        ctx["State"] = {"Name": name, "EnteredTime": now_iso(), "RetryCount": 0}
        kind = state["Type"]
        _add_event(
            execution,
            f"{kind}StateEntered",
            {"stateEnteredEventDetails": {"name": name, "input": json.dumps(data)}},
        )
        if kind == "Fail":
            raise sfn._ExecutionError(*sfn._fail_state_error(state, data, ctx))
        try:
            data, following = _execute(state, data, execution, ctx)
        except _Ended:
            _add_event(execution, f"{kind}StateAborted", {})
            raise
        text = json.dumps(data)
        if len(text.encode()) > PAYLOAD_BYTES:
            raise sfn._ExecutionError(
                "States.DataLimitExceeded",
                f"The state/task '{name}' returned a result with a size exceeding the maximum "
                "number of bytes service limit.",
            )
        _add_event(
            execution,
            f"{kind}StateExited",
            {"stateExitedEventDetails": {"name": name, "output": text}},
        )
        name = following
    return data


def _execute(
    state: dict[str, Any], data: Any, execution: dict[str, Any], ctx: dict[str, Any]
) -> tuple[Any, str | None]:
    """Run one state: its output, and the state that follows."""
    kind = state["Type"]
    if kind == "Task":
        return _task(state, data, execution, ctx)
    if kind == "Parallel":
        return _parallel(state, data, execution, ctx)
    if kind == "Map":
        output = sfn._execute_map(state, data, execution, ctx)
        # The threads of its items have swallowed the end.
        _scope.get().wait()
        return output
    if kind == "Succeed":
        if sfn._state_query_language(state, ctx) == "JSONata":
            return sfn._apply_jsonata_output(state, data, ctx, default=data), None
        return sfn._apply_output_path(state, sfn._apply_input_path(state, data, ctx), ctx), None
    serve = {"Pass": sfn._execute_pass, "Choice": sfn._execute_choice, "Wait": sfn._execute_wait}
    return serve[kind](state, data, ctx)


def _effective(state: dict[str, Any], data: Any, ctx: dict[str, Any]) -> Any:
    if sfn._state_query_language(state, ctx) == "JSONata":
        return sfn._apply_jsonata_arguments(state, data, ctx)
    return sfn._apply_parameters(state, sfn._apply_input_path(state, data, ctx), ctx)


def _passed_on(
    state: dict[str, Any], data: Any, result: Any, ctx: dict[str, Any]
) -> tuple[Any, str | None]:
    """The output of a state from what it has got."""
    if sfn._state_query_language(state, ctx) == "JSONata":
        output = sfn._apply_jsonata_output(state, data, ctx, result=result, default=result)
        sfn._apply_state_assign(state, data, ctx, result=result)
    else:
        selected = sfn._apply_result_selector(state, result)
        output = sfn._apply_result_path(state, data, selected)
        output = sfn._apply_output_path(state, output, ctx)
    return output, sfn._next_or_end(state)


def _parallel(
    state: dict[str, Any], data: Any, execution: dict[str, Any], ctx: dict[str, Any]
) -> tuple[Any, str | None]:
    def attempt() -> tuple[Any, str | None]:
        _add_event(execution, "ParallelStateStarted", {})
        try:
            results = _branches(state["Branches"], _effective(state, data, ctx), execution, ctx)
        except sfn._ExecutionError:
            _add_event(execution, "ParallelStateFailed", {})
            raise
        _add_event(execution, "ParallelStateSucceeded", {})
        return _passed_on(state, data, results, ctx)

    return _with_retry_and_catch(state, data, ctx, attempt)


def _branches(
    branches: list[dict[str, Any]], data: Any, execution: dict[str, Any], ctx: dict[str, Any]
) -> list[Any]:
    """Run branches at the same time. One that fails ends the others."""
    results: list[Any] = [None] * len(branches)
    failures: list[Exception] = []
    scope = _Scope(_scope.get())

    def run(number: int, branch: dict[str, Any]) -> None:
        _scope.set(scope)
        own = {**ctx, "variables": copy.deepcopy(ctx["variables"])}
        try:
            results[number] = _walk(branch, copy.deepcopy(data), execution, own)
        except _Ended:
            pass
        except Exception as error:
            failures.append(error)
            scope.end()

    threads = [
        threading.Thread(target=contextvars.copy_context().run, args=(run, *branch), daemon=True)
        for branch in enumerate(branches)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    _scope.get().wait()
    if failures:
        first = failures[0]
        if isinstance(first, sfn._ExecutionError):
            raise first
        raise sfn._ExecutionError("States.BranchFailed", repr(first)) from first
    return results


def _with_retry_and_catch(
    state: dict[str, Any], data: Any, ctx: dict[str, Any], attempt: Callable[[], Any]
) -> Any:
    """Try it, again as Retry says, and go on as Catch says.

    https://docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html
    """
    entered = ctx["State"]
    tries: dict[int, int] = {}
    while True:
        ctx["State"] = {**entered, "RetryCount": sum(tries.values())}
        try:
            return attempt()
        except sfn._ExecutionError as error:
            rule, number = sfn._find_matching_retrier(state.get("Retry", []), error.error, tries)
            if rule is not None:
                count = tries.get(number, 0)
                tries[number] = count + 1
                _scope.get().wait(_delay(rule, count))
                continue
            catcher = sfn._find_matching_catcher(state.get("Catch", []), error.error)
            if catcher is None:
                raise
            output = {"Error": error.error, "Cause": error.cause}
            language = sfn._state_query_language(state, ctx)
            return sfn._apply_catcher(catcher, data, ctx, language, output), catcher["Next"]


def _delay(rule: dict[str, Any], count: int) -> float:
    delay = rule.get("IntervalSeconds", 1) * rule.get("BackoffRate", 2.0) ** count
    delay = min(delay, rule.get("MaxDelaySeconds", 31_622_400))
    if rule.get("JitterStrategy") == "FULL":
        delay *= random.random()  # noqa: S311 - it spreads load, and keeps no secret
    return delay


def _error_matches(wanted: list[str], error: str) -> bool:
    """Whether ErrorEquals names an error."""
    if error in wanted:
        return True
    if error in ("States.Runtime", "States.DataLimitExceeded"):
        # No rule but one that names it.
        return False
    if "States.Timeout" in wanted and error == "States.HeartbeatTimeout":
        return True
    return "States.ALL" in wanted or ("States.TaskFailed" in wanted and error != "States.Timeout")


_plain_path, _plain_rule = sfn._resolve_path, sfn._evaluate_rule


def _resolve_path(path: str, data: Any) -> Any:
    """What a path leads to; one that leads nowhere is an error, and no null."""
    found = _plain_path(path, data)
    if found is None and not _leads_somewhere(path, data):
        raise sfn._ExecutionError(
            "States.Runtime",
            f"The JSONPath '{path}' could not be found in the input '{json.dumps(data)}'",
        )
    return found


def _leads_somewhere(path: str, data: Any) -> bool:
    for kind, value in sfn._parse_jsonpath_tokens(path) or ():
        if kind == "wildcard":
            return True
        try:
            data = data[value]
        except (IndexError, KeyError, TypeError):
            return False
    return True


def _evaluate_rule(rule: dict[str, Any], data: Any, ctx: dict[str, Any] | None = None) -> bool:
    """Whether a rule of a Choice holds. IsPresent alone may ask for what is not there."""
    if "IsPresent" not in rule:
        return _plain_rule(rule, data, ctx)
    path = rule["Variable"]
    holder = (path[1:], ctx or {}) if path.startswith("$$") else (path, data)
    return _leads_somewhere(*holder) == rule["IsPresent"]


# Tasks.


def _task(
    state: dict[str, Any], data: Any, execution: dict[str, Any], ctx: dict[str, Any]
) -> tuple[Any, str | None]:
    resource = state["Resource"]
    kind, named = _event_resource(resource)
    about = {"resourceType": kind, "resource": named}

    def attempt() -> tuple[Any, str | None]:
        if resource.endswith(".waitForTaskToken"):
            ctx["Task"] = {"Token": new_uuid()}
        arguments = _effective(state, data, ctx)
        call = _Call(execution, about, arguments, _limits(state, data, ctx))
        call.event("TaskScheduled", region=REGION, parameters=json.dumps(arguments), **call.limit())
        call.event("TaskStarted")
        try:
            result = _called(resource, call, ctx)
            # JSON as the next state will have it.
            result = json.loads(json.dumps(result, default=str))
        except sfn._ExecutionError as error:
            timed_out = error.error in ("States.Timeout", "States.HeartbeatTimeout")
            name = "TaskTimedOut" if timed_out else "TaskFailed"
            call.event(name, error=error.error, cause=error.cause)
            raise
        call.event("TaskSucceeded", output=json.dumps(result))
        return _passed_on(state, data, result, ctx)

    return _with_retry_and_catch(state, data, ctx, attempt)


def _limits(state: dict[str, Any], data: Any, ctx: dict[str, Any]) -> dict[str, float | None]:
    """Seconds that a task may take, and may be silent for."""
    found: dict[str, float | None] = {}
    for member in ("TimeoutSeconds", "HeartbeatSeconds"):
        value = state.get(member)
        if f"{member}Path" in state:
            value = sfn._resolve_path_or_ctx(state[f"{member}Path"], data, ctx)
        elif isinstance(value, str):
            value = sfn._jsonata_state_field(state, member, "number", data, ctx)
        found[member] = value
    return found


class _Call:
    """One attempt of a task."""

    def __init__(
        self,
        execution: dict[str, Any],
        about: dict[str, str],
        arguments: Any,
        limits: dict[str, float | None],
    ) -> None:
        self._execution = execution
        self._about = about
        self.arguments = arguments
        self._seconds = limits["TimeoutSeconds"]
        self._silence = limits["HeartbeatSeconds"]
        self._started = self._heard = time.monotonic()

    def event(self, name: str, **details: Any) -> None:
        """Put it into the history."""
        member = f"{name[0].lower()}{name[1:]}EventDetails"
        _add_event(self._execution, name, {member: {**self._about, **details}})

    def limit(self) -> dict[str, Any]:
        """The time limit as the history has it."""
        return {} if self._seconds is None else {"timeoutInSeconds": int(self._seconds)}

    def heard(self) -> None:
        """Take note of a heartbeat."""
        self._heard = time.monotonic()

    def left(self) -> float:
        """Seconds left.

        Raises:
            sfn._ExecutionError: States.Timeout, or States.HeartbeatTimeout.
        """
        now = time.monotonic()
        if self._silence is not None and now - self._heard > self._silence:
            raise sfn._ExecutionError(
                "States.HeartbeatTimeout", f"No heartbeat for {self._silence} seconds"
            )
        if self._seconds is None:
            return 60
        left = self._started + self._seconds - now
        if left <= 0:
            raise sfn._ExecutionError(
                "States.Timeout", f"The task took longer than its {self._seconds} seconds"
            )
        return left

    def wait(self) -> None:
        """Wait until it is time to look again; raises as `left`, or _Ended."""
        _scope.get().wait(min(INTERVAL, self.left()))
        self.left()


def _event_resource(resource: str) -> tuple[str, str]:
    """resourceType and resource of a task's events."""
    if resource.startswith("arn:aws:states:::"):
        kind, _, named = resource.split(":", 5)[5].rpartition(":")
        return kind, named
    return resource.split(":")[2 if ":lambda:" in resource else 5], resource


def _called(resource: str, call: _Call, ctx: dict[str, Any]) -> Any:
    """Make the call of a task as the state machine's role; what it gives."""
    try:
        if ":activity:" in resource:
            token = _expected(new_uuid())
            sfn._activity_tasks[resource].append(
                {"taskToken": token, "input": json.dumps(call.arguments)}
            )
            return _awaited(token, call)
        if ":lambda:" in resource and not resource.startswith("arn:aws:states:::"):
            request = {"FunctionName": resource, "Payload": call.arguments}
            return _requested(asl.integration(_LAMBDA), request, call)["Payload"]
        integration = asl.integration(resource)
        if integration.pattern == "sync":
            return _glue_job(integration, call)
        if integration.pattern == "waitForTaskToken":
            token = _expected(ctx["Task"]["Token"])
            _requested(integration, call.arguments, call)
            return _awaited(token, call)
        return _requested(integration, call.arguments, call)
    except auth.Denied as denied:
        raise sfn._ExecutionError("States.Permissions", str(denied)) from denied


_LAMBDA = "arn:aws:states:::lambda:invoke"


def _expected(token: str) -> str:
    """Take note of a token that a worker will answer with."""
    sfn._task_tokens[token] = {
        "event": threading.Event(),
        "result": None,
        "error": None,
        "heartbeat": None,
    }
    return token


def _awaited(token: str, call: _Call) -> Any:
    """Wait for SendTaskSuccess or SendTaskFailure."""
    known = sfn._task_tokens[token]
    beat = None
    try:
        while not known["event"].is_set():
            if known["heartbeat"] != beat:
                beat = known["heartbeat"]
                call.heard()
            call.wait()
    finally:
        sfn._task_tokens.pop(token, None)
    if known["error"]:
        raise sfn._ExecutionError(known["error"]["Error"], known["error"]["Cause"])
    return json.loads(known["result"])


def _glue_job(integration: asl.Integration, call: _Call) -> dict[str, Any]:
    """Start a Glue job and wait for its end; stop it where nobody waits any more.

    https://docs.aws.amazon.com/step-functions/latest/dg/connect-glue.html
    """
    caller = _run.get().caller
    job = call.arguments.get("JobName") or call.arguments.get("Name")
    started = _requested(integration, call.arguments, call)["JobRunId"]
    call.event("TaskSubmitted", output=json.dumps({"JobRunId": started}))
    operation = integration.model.operation_model("GetJobRun")
    request = {"JobName": job, "RunId": started}
    try:
        while True:
            call.wait()
            answer = _answered(integration, operation, request, 60)
            run = _outbound(answer["JobRun"], operation.output_shape.members["JobRun"], True)
            if run["JobRunState"] in ("SUCCEEDED", "FAILED", "TIMEOUT", "STOPPED", "ERROR"):
                break
    except BaseException:
        # Whatever it is that ends the wait, the job must not go on for nobody.
        # A role that may not stop it does not, as on AWS.
        with contextlib.suppress(ClientError, BotoCoreError, auth.Denied):
            caller.client("glue").batch_stop_job_run(JobName=job, JobRunIds=[started])
        raise
    if run["JobRunState"] != "SUCCEEDED":
        raise sfn._ExecutionError("States.TaskFailed", json.dumps(run))
    return run


def _requested(integration: asl.Integration, arguments: Any, call: _Call) -> Any:
    """Make one request; its answer in the names and types of Step Functions."""
    try:
        name = integration.operation
    except StopIteration:
        raise sfn._ExecutionError(
            "States.Runtime", f"{integration.name} has no action {integration.action}"
        ) from None
    operation = integration.model.operation_model(name)
    request = _inbound(arguments, operation.input_shape, "")
    if integration.name == "lambda" and "Payload" in request:
        request["Payload"] = json.dumps(request["Payload"]).encode()
    answer = _answered(integration, operation, request, call.left())
    if integration.name == "lambda":
        return _invoked(answer)
    return _outbound(answer, operation.output_shape, False)


def _answered(
    integration: asl.Integration, operation: OperationModel, request: dict[str, Any], seconds: float
) -> dict[str, Any]:
    client = _run.get().caller.client(integration.service, seconds)
    try:
        answer = client._make_api_call(operation.name, request)
    except ClientError as error:
        raise _failure(integration, error) from error
    except ReadTimeoutError as error:
        raise sfn._ExecutionError("States.Timeout", str(error)) from error
    except BotoCoreError as error:
        name = f"{_service_name(integration)}.SdkClientException"
        raise sfn._ExecutionError(name, str(error)) from error
    answer.pop("ResponseMetadata", None)
    return answer


def _invoked(answer: dict[str, Any]) -> dict[str, Any]:
    payload = answer["Payload"].read()
    content = json.loads(payload or b"null")
    if "FunctionError" in answer:
        kind = content.get("errorType", "Lambda.Unknown") if isinstance(content, dict) else ""
        raise sfn._ExecutionError(kind or "Lambda.Unknown", payload.decode())
    return {
        "ExecutedVersion": answer.get("ExecutedVersion", "$LATEST"),
        "Payload": content,
        "StatusCode": answer["StatusCode"],
    }


def _service_name(integration: asl.Integration) -> str:
    """The service as errors name it: as the SDK for Java does."""
    identifier = str(integration.model.metadata["serviceId"])
    words = re.findall(r"[A-Z]+(?![a-z])\d*|[A-Z][a-z]*\d*|[a-z]+\d*", identifier)
    return "".join(word.capitalize() for word in words)


def _failure(integration: asl.Integration, error: ClientError) -> Any:
    """An error of a service as Step Functions names it.

    https://docs.aws.amazon.com/step-functions/latest/dg/supported-services-awssdk.html
    """
    service = _service_name(integration)
    code = error.response["Error"].get("Code", "Unknown").rsplit("#", 1)[-1]
    metadata = error.response.get("ResponseMetadata", {})
    message = error.response["Error"].get("Message", "")
    status, request = metadata.get("HTTPStatusCode", 400), metadata.get("RequestId", "")
    modelled = {shape.name for shape in integration.model.error_shapes}
    if integration.sdk:
        named = code if code.endswith("Exception") else f"{code}Exception"
        name = f"{service}.{named if code in modelled else f'{service}Exception'}"
        cause = f"{message} (Service: {service}, Status Code: {status}, Request ID: {request})"
    else:
        name = f"{service}.{code}"
        cause = (
            f"{message} (Service: AWS{service}; Status Code: {status}; Error Code: {code}; "
            f"Request ID: {request}; Proxy: null)"
        )
    return sfn._ExecutionError(name, cause)


def _inbound(value: Any, shape: Shape | None, path: str) -> Any:
    """Arguments in the names of the service's API."""
    if isinstance(shape, StructureShape) and isinstance(value, dict):
        names = {name.lower(): name for name in shape.members}
        found = {}
        for key, item in value.items():
            name = names.get(key.lower())
            if name is None:
                raise sfn._ExecutionError(
                    "States.Runtime",
                    f"The field {path + key!r} is not supported by Step Functions",
                )
            member = shape.members[name]
            if member.type_name == "string" and isinstance(item, (dict, list)):
                # Documents in a string may be given as they are, as Input of StartExecution.
                item = json.dumps(item)
            found[name] = _inbound(item, member, f"{path}{key}.")
        return found
    if isinstance(shape, ListShape) and isinstance(value, list):
        return [_inbound(item, shape.member, path) for item in value]
    if isinstance(shape, MapShape) and isinstance(value, dict):
        return {key: _inbound(item, shape.value, path) for key, item in value.items()}
    return value


def _outbound(value: Any, shape: Shape | None, milliseconds: bool) -> Any:
    """An answer with capitalised members; times as text, or in milliseconds since 1970."""
    if isinstance(shape, StructureShape) and isinstance(value, dict):
        return {
            name[0].upper() + name[1:]: _outbound(item, shape.members.get(name), milliseconds)
            for name, item in value.items()
            if item is not None
        }
    if isinstance(shape, ListShape) and isinstance(value, list):
        return [_outbound(item, shape.member, milliseconds) for item in value]
    if isinstance(shape, MapShape) and isinstance(value, dict):
        return {key: _outbound(item, shape.value, milliseconds) for key, item in value.items()}
    if isinstance(value, datetime.datetime):
        if milliseconds:
            return int(value.timestamp() * 1000)
        text = value.astimezone(datetime.UTC).isoformat(timespec="milliseconds")
        return text.replace("+00:00", "Z")
    if hasattr(value, "read"):
        value = value.read()
    if isinstance(value, bytes):
        return value.decode(errors="replace")
    return value


# History and logs.


def _add_event(
    execution: dict[str, Any], kind: str, details: dict[str, Any] | None = None
) -> dict[str, Any]:
    """Put an event into an execution's history, after the one before it in its branch.

    Nothing comes after the end: what is broken off by it leaves no event.
    """
    with _lock:
        if execution["status"] != "RUNNING" and not kind.startswith("Execution"):
            return {}
        run = _runs.get(execution["executionArn"])
        inside = run is not None and _run.get(None) is run
        event = {
            "id": len(execution["events"]) + 1,
            "previousEventId": _previous.get() if inside else len(execution["events"]),
            "type": kind,
            "timestamp": now_iso(),
            **(details or {}),
        }
        execution["events"].append(event)
        if inside:
            _previous.set(event["id"])
    if run is not None:
        _log(run, event)
    return event


def _log_stream(name: str) -> str:
    now = datetime.datetime.now(datetime.UTC)
    return f"states/{name}/{now:%Y-%m-%d-%H-%M}/{secrets.token_hex(4)}"


def _group_of(arn: str) -> str:
    return arn.removesuffix(":*").split(":log-group:", 1)[-1]


def _log(run: _Run, event: dict[str, Any]) -> None:
    """Give an event to the log group, where the level says so.

    https://docs.aws.amazon.com/step-functions/latest/dg/cw-logs.html
    """
    level = run.logging.get("level", "OFF")
    if not event["type"].endswith(_LEVELS.get(level, ())):
        return
    details = next((v for k, v in event.items() if k.endswith("EventDetails")), {})
    if not run.logging.get("includeExecutionData"):
        details = {key: value for key, value in details.items() if key not in _DATA}
    moment = datetime.datetime.fromisoformat(event["timestamp"].replace("Z", "+00:00"))
    entry = {
        "id": str(event["id"]),
        "type": event["type"],
        "details": details,
        "redrive_count": "0",
        "previous_event_id": str(event.get("previousEventId", 0)),
        "event_timestamp": str(int(moment.timestamp() * 1000)),
        "execution_arn": run.execution["executionArn"],
    }
    arn = run.logging["destinations"][0]["cloudWatchLogsLogGroup"]["logGroupArn"]
    _deliveries.put((_group_of(arn), run.log_stream, entry))


def _deliver() -> None:
    """Write what is to be logged, as the service of log deliveries does: in its own name."""
    streams: set[tuple[str, str]] = set()
    while True:
        group, stream, entry = _deliveries.get()
        logs = clients.administrator("logs")
        try:
            if (group, stream) not in streams:
                logs.create_log_stream(logGroupName=group, logStreamName=stream)
                streams.add((group, stream))
            logs.put_log_events(
                logGroupName=group,
                logStreamName=stream,
                logEvents=[
                    {"timestamp": int(entry["event_timestamp"]), "message": json.dumps(entry)}
                ],
            )
        except (ClientError, BotoCoreError):
            # A group that is gone loses its events on AWS as well.
            continue
