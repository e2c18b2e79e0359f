"""Requests that tasks make, and their answers and errors, in the names and types of Step Functions.

https://docs.aws.amazon.com/step-functions/latest/dg/supported-services-awssdk.html
"""

from __future__ import annotations

import datetime
import json
import re
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError, ReadTimeoutError
from botocore.model import ListShape, MapShape, OperationModel, Shape, StructureShape

from local.cloud.services.stepfunctions import emr, runs
from local.cloud.services.stepfunctions.attempts import Call
from local.cloud.services.stepfunctions.integrations import Integration
from local.cloud.services.stepfunctions.runs import ExecutionError


def requested(integration: Integration, arguments: Any, call: Call) -> Any:
    """Make one request; its answer in the names and types of Step Functions."""
    operation = integration.model.operation_model(integration.operation)
    clusters = integration.name == "elasticmapreduce" and not integration.sdk
    if clusters:
        arguments = emr.inbound(integration.action, arguments)
    request = _inbound(arguments, operation.input_shape, "")
    answer = answered(integration, operation, request, call.left())
    answer = outbound(answer, operation.output_shape, False)
    return emr.outbound(integration.action, answer) if clusters else answer


def answered(
    integration: Integration, operation: OperationModel, request: dict[str, Any], seconds: float
) -> dict[str, Any]:
    """Make one request as the state machine's role, in a time; the answer as boto3 has it."""
    client = runs.current.get().caller.client(integration.service, seconds)
    try:
        answer = client._make_api_call(operation.name, request)
    except ClientError as error:
        raise _failure(integration, error) from error
    except ReadTimeoutError as error:
        raise ExecutionError("States.Timeout", str(error)) from error
    except BotoCoreError as error:
        name = f"{_service_name(integration)}.SdkClientException"
        raise ExecutionError(name, str(error)) from error
    answer.pop("ResponseMetadata", None)
    return answer


def _service_name(integration: Integration) -> str:
    """The service as errors name it: as the SDK for Java does."""
    identifier = str(integration.model.metadata["serviceId"])
    words = re.findall(r"[A-Z]+(?![a-z])\d*|[A-Z][a-z]*\d*|[a-z]+\d*", identifier)
    return "".join(word.capitalize() for word in words)


def _failure(integration: Integration, error: ClientError) -> Any:
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
    return ExecutionError(name, cause)


def _inbound(value: Any, shape: Shape | None, path: str) -> Any:
    """Arguments in the names of the service's API."""
    if isinstance(shape, StructureShape) and isinstance(value, dict):
        names = {name.lower(): name for name in shape.members}
        found = {}
        for key, item in value.items():
            name = names.get(key.lower())
            if name is None:
                raise ExecutionError(
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


def outbound(value: Any, shape: Shape | None, milliseconds: bool) -> Any:
    """An answer with capitalised members; times as text, or in milliseconds since 1970."""
    if isinstance(shape, StructureShape) and isinstance(value, dict):
        return {
            name[0].upper() + name[1:]: outbound(item, shape.members.get(name), milliseconds)
            for name, item in value.items()
            if item is not None
        }
    if isinstance(shape, ListShape) and isinstance(value, list):
        return [outbound(item, shape.member, milliseconds) for item in value]
    if isinstance(shape, MapShape) and isinstance(value, dict):
        return {key: outbound(item, shape.value, milliseconds) for key, item in value.items()}
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
