"""What is refused before the emulator gets it: names, definitions, roles, and where logs go."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from ministack.services import cloudwatch_logs
from ministack.services import stepfunctions as sfn

from local.cloud import services
from local.cloud.core import auth
from local.cloud.core.answers import ServiceError
from local.cloud.core.auth import Credentials
from local.cloud.core.service import Request
from local.cloud.core.settings import ACCOUNT, REGION
from local.cloud.services.stepfunctions import asl, integrations
from local.cloud.services.stepfunctions.history import group_of
from local.cloud.services.stepfunctions.runs import PRINCIPAL

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

#: How a task waits for an execution; the rule that tells of its end.
_WAITED = "states:startExecution.sync"
_RULE = (
    f"arn:aws:events:{REGION}:{ACCOUNT}:rule/StepFunctionsGetEventsForStepFunctionsExecutionRule"
)

#: What no name has.
_FORBIDDEN = re.compile(r'[\s<>{}\[\]?*"#%\\^|~`$&,;:/\x00-\x1f\x7f-\x9f]')


def resource(operation: str, content: dict[str, Any]) -> str:
    """The ARN that a call is about.

    https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsstepfunctions.html
    """
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


def require_name(request: Request) -> None:
    """Refuse a name with characters that none has.

    https://docs.aws.amazon.com/step-functions/latest/apireference/API_StartExecution.html
    """
    content = request.content
    if "name" in content and _FORBIDDEN.search(content["name"]):
        raise ServiceError("InvalidName", f"Invalid Name: '{content['name']}'")


def require_definition(request: Request) -> None:
    """Refuse a definition that is wrong, or that could only fail here."""
    content = request.content
    if "definition" not in content:
        return
    found = asl.problem(content["definition"])
    if found is not None:
        raise ServiceError("InvalidDefinition", f"Invalid State Machine Definition: '{found}'")
    other = sorted(set(_unsupported(json.loads(content["definition"]))))
    if other:
        raise ServiceError(
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
    resource = str(definition.get("Resource"))
    if definition.get("Type") == "Task" and not _is_called(resource):
        yield resource
    if definition.get("Type") == "Map":
        processor = definition.get("ItemProcessor") or {}
        if (processor.get("ProcessorConfig") or {}).get("Mode") == "DISTRIBUTED":
            yield "a Map in mode DISTRIBUTED"


def _is_called(resource: str) -> bool:
    """Whether the local cloud runs what a task calls: an activity, or a service that it has."""
    if not resource.startswith("arn:aws:states:::"):
        return ":activity:" in resource
    call = integrations.integration(resource)
    return bool(call.service) and call.model.signing_name in services.run()


def require_role(request: Request) -> None:
    """Check that the caller may pass the role, and that Step Functions can have it."""
    content = request.content
    if "roleArn" not in content:
        return
    role = content["roleArn"]
    auth.require_pass_role(request.access_key, role, PRINCIPAL)
    arn = content.get("stateMachineArn") or resource("CreateStateMachine", content)
    try:
        auth.assume(role, PRINCIPAL, arn)
    except auth.Denied as denied:
        raise ServiceError(
            "AccessDeniedException",
            f"Neither the global service principal {PRINCIPAL}, nor the regional one is "
            f"authorized to assume the provided role: {denied}",
        ) from denied


def require_rule(request: Request) -> None:
    """Check that the role may make the rule that tells of the end of what is waited for.

    https://docs.aws.amazon.com/step-functions/latest/dg/connect-stepfunctions.html
    """
    content = request.content
    if _WAITED not in content.get("definition", ""):
        return
    role, vended = _role_of(content)
    for action in ("events:PutTargets", "events:PutRule", "events:DescribeRule"):
        refused = auth.refusal(vended.access_key_id, action, _RULE, "events")
        if refused is not None:
            raise ServiceError(
                "AccessDeniedException",
                f"'{role}' is not authorized to create managed-rule: {refused}",
            )


def require_logging(request: Request) -> None:
    """Check that the log group is there, and that the role may deliver logs to it."""
    content = request.content
    logging = content.get("loggingConfiguration") or {}
    destinations = logging.get("destinations") or []
    if logging.get("level", "OFF") == "OFF":
        return
    if len(destinations) != 1:
        raise ServiceError(
            "InvalidLoggingConfiguration",
            "Invalid Logging Configuration: Must specify exactly one Log Destination.",
        )
    arn = (destinations[0].get("cloudWatchLogsLogGroup") or {}).get("logGroupArn", "")
    if not arn.endswith(":*"):
        raise ServiceError(
            "InvalidLoggingConfiguration",
            f"Invalid Logging Configuration: the log group's ARN must end with :* ({arn})",
        )
    group = group_of(arn)
    if group not in cloudwatch_logs._log_groups:
        raise ServiceError(
            "InvalidLoggingConfiguration",
            f"Invalid Logging Configuration: there is no log group {group}",
        )
    _, vended = _role_of(content)
    for action in LOG_ACTIONS:
        refused = auth.refusal(vended.access_key_id, action, "*", "logs")
        if refused is not None:
            raise ServiceError(
                "AccessDeniedException",
                "The state machine IAM Role is not authorized to access the Log Destination: "
                f"{refused}",
            )


def _role_of(content: dict[str, Any]) -> tuple[str, Credentials]:
    """The role that a machine has, or is to have; its credentials."""
    known = sfn._state_machines.get(content.get("stateMachineArn")) or {}
    role = content.get("roleArn") or known.get("roleArn", "")
    source = content.get("stateMachineArn") or resource("CreateStateMachine", content)
    return role, auth.assume(role, PRINCIPAL, source)
