"""Resources of tasks: which service they call, how, and whether they are waited for.

https://docs.aws.amazon.com/step-functions/latest/dg/integrate-services.html
"""

from __future__ import annotations

import functools
from collections.abc import Mapping
from typing import NamedTuple

from botocore.model import ServiceModel

from local.cloud.core.model import service_model, session


class Optimized(NamedTuple):
    """An action of an optimized integration."""

    #: The operation that it calls; None where the local cloud has none such.
    operation: str | None
    #: The patterns that it has besides the request with its answer.
    patterns: tuple[str, ...] = ()


_TOKEN = "waitForTaskToken"  # noqa: S105 -- the name of a pattern

#: Optimized integrations by the service that a resource names: how boto3 names it, and actions.
#: https://docs.aws.amazon.com/step-functions/latest/dg/integrate-optimized.html
OPTIMIZED: Mapping[str, tuple[str, Mapping[str, Optimized]]] = {
    "athena": (
        "athena",
        {
            "getQueryExecution": Optimized("GetQueryExecution"),
            "getQueryResults": Optimized("GetQueryResults"),
            "startQueryExecution": Optimized("StartQueryExecution", ("sync",)),
            "stopQueryExecution": Optimized("StopQueryExecution"),
        },
    ),
    "dynamodb": (
        "dynamodb",
        {
            "deleteItem": Optimized("DeleteItem"),
            "getItem": Optimized("GetItem"),
            "putItem": Optimized("PutItem"),
            "updateItem": Optimized("UpdateItem"),
        },
    ),
    "elasticmapreduce": (
        "emr",
        {
            "addStep": Optimized("AddJobFlowSteps", ("sync",)),
            "cancelStep": Optimized("CancelSteps"),
            "createCluster": Optimized("RunJobFlow", ("sync",)),
            "modifyInstanceFleetByName": Optimized(None),
            "modifyInstanceGroupByName": Optimized(None),
            "setClusterTerminationProtection": Optimized("SetTerminationProtection"),
            "terminateCluster": Optimized("TerminateJobFlows", ("sync",)),
        },
    ),
    "events": ("events", {"putEvents": Optimized("PutEvents", (_TOKEN,))}),
    "glue": ("glue", {"startJobRun": Optimized("StartJobRun", ("sync",))}),
    "lambda": ("lambda", {"invoke": Optimized("Invoke", (_TOKEN,))}),
    "sns": ("sns", {"publish": Optimized("Publish", (_TOKEN,))}),
    "sqs": ("sqs", {"sendMessage": Optimized("SendMessage", (_TOKEN,))}),
    "states": (
        "stepfunctions",
        {"startExecution": Optimized("StartExecution", ("sync", "sync:2", _TOKEN))},
    ),
}

#: Those that AWS has besides, of which the local cloud calls none.
_ELSEWHERE = (
    *("apigateway", "batch", "bedrock", "codebuild", "databrew", "ecs", "eks", "emr-containers"),
    *("emr-serverless", "http", "mediaconvert", "sagemaker"),
)

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
    return None if call.pattern in ("", *call.patterns) else unknown


class Integration(NamedTuple):
    """A resource of a task, taken apart."""

    #: Whether it is an SDK integration.
    sdk: bool
    #: The service as the resource names it.
    name: str
    #: The action as the resource names it.
    action: str
    #: "", `sync`, `sync:2` or `waitForTaskToken`
    pattern: str
    #: The patterns that the action has besides "".
    patterns: tuple[str, ...]
    #: The service as boto3 names it, and the operation as its model does; empty where the local
    #: cloud calls neither.
    service: str = ""
    operation: str = ""

    @property
    def model(self) -> ServiceModel:
        """The service's model."""
        return service_model(self.service)


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
    if sdk:
        service = _SDK_NAMES.get(name, name)
        operation = _operation(service, action)
        return Integration(True, name, action, pattern, (_TOKEN,), service, operation)
    if name in _ELSEWHERE:
        return Integration(False, name, action, pattern, ("sync", _TOKEN))
    service, actions = OPTIMIZED.get(name, ("", {}))
    if action not in actions:
        raise ValueError(resource)
    called, patterns = actions[action]
    if called is None:
        return Integration(False, name, action, pattern, patterns)
    return Integration(False, name, action, pattern, patterns, service, called)


def _operation(service: str, action: str) -> str:
    """The operation of an SDK integration as the service's model names it."""
    wanted = action.lower()
    names = service_model(service).operation_names if service in _services() else []
    for name in names:
        if name.lower() == wanted:
            return name
    raise ValueError(f"{service}:{action}")


@functools.cache
def _services() -> frozenset[str]:
    return frozenset(session().get_available_services())
