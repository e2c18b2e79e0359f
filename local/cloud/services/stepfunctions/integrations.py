"""Resources of tasks: which service they call, how, and whether they are waited for.

https://docs.aws.amazon.com/step-functions/latest/dg/integrate-services.html
"""

from __future__ import annotations

import functools

import botocore.session
from botocore.model import ServiceModel

from local.cloud.core.model import service_model

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
        return next(
            name for name in service_model(self.service).operation_names if name.lower() == wanted
        )

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
    if not sdk:
        return Integration(False, name, REQUEST_RESPONSE.get(name, ""), action, pattern)
    service = _SDK_NAMES.get(name, name)
    if service not in _services():
        raise ValueError(resource)
    wanted = action.lower()
    if not any(operation.lower() == wanted for operation in service_model(service).operation_names):
        raise ValueError(resource)
    return Integration(True, name, service, action, pattern)


@functools.cache
def _services() -> frozenset[str]:
    return frozenset(botocore.session.get_session().get_available_services())
