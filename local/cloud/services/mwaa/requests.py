"""MWAA's control plane: the operations."""

from __future__ import annotations

from typing import Any
from urllib.parse import unquote

from ministack.services import mwaa

from local.cloud.core import auth
from local.cloud.core.answers import ServiceError
from local.cloud.core.service import Request
from local.cloud.core.settings import ACCOUNT, REGION
from local.cloud.services.mwaa import environments, reach, requirements
from local.cloud.services.mwaa.environments import refused


def _environment(name: str) -> dict[str, Any]:
    if name not in mwaa._environments:
        raise ServiceError(
            "ResourceNotFoundException", f"Environment with name {name} does not exist.", 404
        )
    return mwaa._environments[name]


def _require_pass_role(request: Request) -> None:
    role = request.content["ExecutionRoleArn"]
    auth.require_pass_role(request.access_key, role, requirements.SERVICES[0])


def _list_environments(_request: Request) -> dict[str, Any]:
    return {"Environments": sorted(mwaa._environments.keys())}


def _create_environment(request: Request) -> dict[str, Any]:
    name = request.content["Name"]
    if name in mwaa._environments:
        raise refused(f"Environment {name} already exists.")
    environment = environments.created(name, request.content)
    _require_pass_role(request)
    requirements.require(environment)
    if (reason := reach.lacking(environment["NetworkConfiguration"])) is not None:
        environment = environments.failed(environment, reason)
    mwaa._environments[name] = environment
    return {"Arn": environment["Arn"]}


def _get_environment(request: Request) -> dict[str, Any]:
    environment = _environment(request.content["Name"])
    return {"Environment": {k: v for k, v in environment.items() if v is not None}}


def _update_environment(request: Request) -> dict[str, Any]:
    environment = _environment(request.content["Name"])
    if environment["Status"] == environments.CREATE_FAILED:
        raise refused("Environments with CREATE_FAILED status cannot be updated.")
    changed = environments.updated(environment, request.content)
    if "ExecutionRoleArn" in request.content:
        _require_pass_role(request)
    requirements.require(changed)
    mwaa._environments[environment["Name"]] = changed
    return {"Arn": environment["Arn"]}


def _delete_environment(request: Request) -> dict[str, Any]:
    del mwaa._environments[_environment(request.content["Name"])["Name"]]
    return {}


def _publish_metrics(request: Request) -> dict[str, Any]:
    # MWAA keeps these to itself: no call reads them.
    name = request.content["EnvironmentName"]
    if name not in mwaa._environments:
        raise refused(f"Environment with name {name} does not exist.")
    return {}


def _tagged(request: Request) -> dict[str, Any]:
    arn = request.content["ResourceArn"]
    for environment in mwaa._environments.values():
        if environment["Arn"] == arn:
            return environment
    raise ServiceError("ResourceNotFoundException", f"there is no environment {arn}", 404)


def _list_tags(request: Request) -> dict[str, Any]:
    return {"Tags": _tagged(request)["Tags"]}


def _tag_resource(request: Request) -> dict[str, Any]:
    environment = _tagged(request)
    environment["Tags"] = {**environment["Tags"], **request.content.get("Tags", {})}
    return {}


def _untag_resource(request: Request) -> dict[str, Any]:
    environment = _tagged(request)
    for key in request.content.get("tagKeys", []):
        environment["Tags"].pop(key, None)
    return {}


def _refuse_airflow(request: Request) -> dict[str, Any]:
    kind = request.path.strip("/").partition("/")[0]
    raise refused(
        f"the local cloud has no {request.method} /{kind}: Airflow's own REST API is at the "
        "address that `npm run local -- ui` prints"
    )


OPERATIONS = {
    "CreateCliToken": _refuse_airflow,
    "CreateEnvironment": _create_environment,
    "CreateWebLoginToken": _refuse_airflow,
    "DeleteEnvironment": _delete_environment,
    "GetEnvironment": _get_environment,
    "InvokeRestApi": _refuse_airflow,
    "ListEnvironments": _list_environments,
    "ListTagsForResource": _list_tags,
    "PublishMetrics": _publish_metrics,
    "TagResource": _tag_resource,
    "UntagResource": _untag_resource,
    "UpdateEnvironment": _update_environment,
}


def resource(path: str, _content: dict[str, Any]) -> str:
    """The ARN of the environment that a path is about."""
    kind, _, rest = path.strip("/").partition("/")
    if kind == "tags":
        return unquote(rest)
    if not rest:
        return "*"
    rest = rest.removeprefix("environments/")
    return f"arn:aws:airflow:{REGION}:{ACCOUNT}:environment/{unquote(rest)}"
