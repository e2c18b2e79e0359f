"""The operations of EMR, and what IAM asks about them.

https://docs.aws.amazon.com/emr/latest/APIReference/
"""

from __future__ import annotations

from typing import Any

from ministack.services import emr

from local.cloud.core.service import Operation
from local.cloud.services.emr import security
from local.cloud.services.emr.clusters import requests as clusters
from local.cloud.services.emr.clusters.rights import cluster_arn
from local.cloud.services.emr.notebooks import requests as notebooks
from local.cloud.services.emr.notebooks import state as notebooks_state
from local.cloud.services.emr.steps import requests as steps

#: The members that name clusters, or executions of notebooks.
_NAMING = ("ClusterId", "JobFlowId", "ResourceId", "NotebookExecutionId", "JobFlowIds")


def resource(operation: str, content: dict[str, Any]) -> str:
    """The cluster or execution that a call is about; https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonelasticmapreduce.html"""
    if operation in ("RunJobFlow", "ListNotebookExecutions"):
        return "*"
    named = _named(content)
    return _arn(named[0]) if named else "*"


def _arn(identifier: str) -> str:
    if identifier.startswith(notebooks_state.PREFIX):
        return notebooks_state.arn(identifier)
    return cluster_arn(identifier)


def _named(content: dict[str, Any]) -> list[str]:
    engine = content.get("ExecutionEngine")
    if isinstance(engine, dict) and engine.get("Id"):
        return [engine["Id"]]
    for member in _NAMING:
        value = content.get(member)
        if value:
            return value if isinstance(value, list) else [value]
    return []


def condition_keys(resource_arn: str, context: dict[str, Any]) -> dict[str, Any]:
    """The tags of a resource and of a request, by the service's own keys as well."""
    keys = dict(context)
    identifier = resource_arn.rsplit("/", 1)[-1]
    tagged = emr._clusters.get(identifier) or notebooks_state.executions.get(identifier)
    for tag in tagged["Tags"] if tagged else []:
        for prefix in ("aws", "elasticmapreduce"):
            keys[f"{prefix}:ResourceTag/{tag['Key']}"] = tag.get("Value", "")
    for key, value in context.items():
        if key.lower().startswith("aws:requesttag/"):
            keys[f"elasticmapreduce:RequestTag/{key.split('/', 1)[1]}"] = value
    return keys


OPERATIONS: dict[str, Operation] = {
    **clusters.OPERATIONS,
    **notebooks.OPERATIONS,
    **security.OPERATIONS,
    **steps.OPERATIONS,
}

#: Operations that the emulator serves well; any other would be pretended.
EMULATED = frozenset(
    {
        "ListBootstrapActions",
        *("GetBlockPublicAccessConfiguration", "PutBlockPublicAccessConfiguration"),
    }
)
