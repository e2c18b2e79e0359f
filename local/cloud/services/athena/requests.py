"""The operations of Athena where AWS has them and the emulator differs."""

from __future__ import annotations

import json
import re
import time
import uuid
from collections.abc import Callable
from typing import Any
from urllib.parse import urlparse

from ministack.core.responses import error_response_json
from ministack.services import athena

from local.cloud.core import auth
from local.cloud.core.answers import Response, json_answer
from local.cloud.core.service import Operation, Request
from local.cloud.core.settings import ACCOUNT, REGION
from local.cloud.services.athena import engine

#: Statements whose results are files of CSV, beside those that the emulator knows.
_OF_QUERIES = re.compile(r"\s*(UNLOAD|VALUES|EXECUTE)\b", re.IGNORECASE)

_ENGINE_VERSION = "Athena engine version 3"


def _refused(message: str) -> Response:
    return json_answer({"__type": "InvalidRequestException", "Message": message}, 400)


def _start_query_execution(request: Request) -> Response:
    """Start a query where its workgroup says.

    https://docs.aws.amazon.com/athena/latest/ug/workgroups-settings-override.html: with an enforced
    configuration the location and the encryption that the client names are ignored.
    """
    content = request.content
    name = content.get("WorkGroup", "primary")
    athena._ensure_default_workgroup()
    workgroup = athena._workgroups.get(name)
    if workgroup is None:
        return _refused(f"WorkGroup is not found. WorkGroup: {name}")
    if workgroup.get("State", "ENABLED") != "ENABLED":
        return _refused(f"WorkGroup {name} is disabled.")
    location = _output_location(content, workgroup)
    if not location:
        return error_response_json(
            "InvalidRequestException",
            "No output location provided. An output location is required either through the "
            "Workgroup result configuration setting or as an API input.",
        )
    ddl = athena._parse_ddl(content.get("QueryString", ""))
    if isinstance(ddl, athena._CreateTable) and not ddl.external and not ddl.iceberg:
        return error_response_json(
            "InvalidRequestException",
            "External keyword required for table type HIVE",
            extra={"AthenaErrorCode": "MALFORMED_QUERY"},
        )
    execution = _execution({**content, "WorkGroup": name}, location)
    execution["_enforced"] = _is_enforced(workgroup)
    athena._executions[execution["QueryExecutionId"]] = execution
    engine.submit(execution, request.access_key)
    return json_answer({"QueryExecutionId": execution["QueryExecutionId"]})


def _output_location(content: dict[str, Any], workgroup: dict[str, Any]) -> str:
    """The folder of a query's result, with a slash at its end; empty where nobody names one."""
    configuration = workgroup.get("Configuration") or {}
    default = (configuration.get("ResultConfiguration") or {}).get("OutputLocation")
    wanted = (content.get("ResultConfiguration") or {}).get("OutputLocation")
    location = (default if _is_enforced(workgroup) else wanted or default) or ""
    return location if not location or location.endswith("/") else f"{location}/"


def _is_enforced(workgroup: dict[str, Any]) -> bool:
    """Whether the workgroup says where results go, whatever a client asks for."""
    configuration = workgroup.get("Configuration") or {}
    located = (configuration.get("ResultConfiguration") or {}).get("OutputLocation")
    return bool(configuration.get("EnforceWorkGroupConfiguration") and located)


def _execution(content: dict[str, Any], location: str) -> dict[str, Any]:
    """A query that has not begun, in the emulator's form."""
    identifier = str(uuid.uuid4())
    query = content.get("QueryString", "")
    kind = "DML" if _OF_QUERIES.match(query) else athena._detect_statement_type(query)
    context = content.get("QueryExecutionContext") or {}
    return {
        "QueryExecutionId": identifier,
        "Query": query,
        "StatementType": kind,
        "ResultConfiguration": {
            "OutputLocation": f"{location}{identifier}{'.csv' if kind == 'DML' else '.txt'}"
        },
        **(
            {"ExecutionParameters": content["ExecutionParameters"]}
            if content.get("ExecutionParameters")
            else {}
        ),
        "QueryExecutionContext": {
            # The AWS SDK for pandas has its name in backticks, which Athena takes.
            "Database": context.get("Database", "default").strip("`"),
            "Catalog": context.get("Catalog", "AwsDataCatalog"),
        },
        "Status": {
            "State": "QUEUED",
            "SubmissionDateTime": int(time.time()),
            "CompletionDateTime": None,
            "StateChangeReason": "",
        },
        "Statistics": {
            "EngineExecutionTimeInMillis": 0,
            "DataScannedInBytes": 0,
            "DataManifestLocation": "",
            "TotalExecutionTimeInMillis": 0,
            "QueryQueueTimeInMillis": 0,
            "QueryPlanningTimeInMillis": 0,
            "ServiceProcessingTimeInMillis": 0,
        },
        "WorkGroup": content["WorkGroup"],
        "EngineVersion": {
            "SelectedEngineVersion": _ENGINE_VERSION,
            "EffectiveEngineVersion": _ENGINE_VERSION,
        },
        "_output": location,
        "_results": None,
        "_column_types": None,
        "_error": None,
    }


def _stop_query_execution(request: Request) -> Response:
    """Stop a query; one that has ended stays as it is.

    https://docs.aws.amazon.com/athena/latest/APIReference/API_StopQueryExecution.html
    """
    identifier = request.content.get("QueryExecutionId", "")
    execution = athena._executions.get(identifier)
    if execution is None:
        return _refused(f"QueryExecution {identifier} was not found")
    engine.cancel(execution)
    return json_answer({})


def _get_query_results(request: Request) -> Response:
    """Give the rows to whom may read the object of the result.

    https://docs.aws.amazon.com/athena/latest/APIReference/API_GetQueryResults.html
    """
    execution = athena._executions.get(request.content.get("QueryExecutionId", ""))
    if execution is not None and execution["Status"]["State"] == "SUCCEEDED":
        location = urlparse(execution["ResultConfiguration"]["OutputLocation"])
        arn = f"arn:aws:s3:::{location.netloc}{location.path}"
        refusal = auth.refusal(request.access_key, "s3:GetObject", arn, "s3")
        if refusal is not None:
            return _refused(f"Access denied when reading the result: {refusal}")
    status, headers, body = athena._get_query_results(request.content)
    if status == 200 and execution is not None:
        answer = json.loads(body)
        answer["UpdateCount"] = execution.get("_update_count", 0)
        if not answer["ResultSet"]["ResultSetMetadata"]["ColumnInfo"]:
            # Of what gives no rows there is no header either.
            answer["ResultSet"]["Rows"] = []
        body = json.dumps(answer).encode()
    return status, headers, body


def _in_athenas_words(handle: Callable[[dict[str, Any]], Response]) -> Operation:
    """Give the answer of the emulator; Athena's own words where the workgroup is not there."""

    def operation(request: Request) -> Response:
        name = request.content.get("WorkGroup")
        athena._ensure_default_workgroup()
        if name not in athena._workgroups:
            return _refused(f"WorkGroup is not found. WorkGroup: {name}")
        return handle(request.content)

    return operation


def _delete_workgroup(content: dict[str, Any]) -> Response:
    """Delete a workgroup; one with queries only where that is said.

    https://docs.aws.amazon.com/athena/latest/APIReference/API_DeleteWorkGroup.html
    """
    name = content["WorkGroup"]
    inside = [
        (store, key)
        for store in (athena._executions, athena._named_queries)
        for key, query in store.items()
        if query.get("WorkGroup") == name
    ]
    if inside and content.get("RecursiveDeleteOption") is not True:
        return _refused(f"WorkGroup {name} is not empty")
    answer = athena._delete_workgroup(content)
    if answer[0] == 200:
        for store, key in inside:
            store.pop(key, None)
    return answer


OPERATIONS = {
    "DeleteWorkGroup": _in_athenas_words(_delete_workgroup),
    "GetQueryResults": _get_query_results,
    "GetWorkGroup": _in_athenas_words(athena._get_workgroup),
    "UpdateWorkGroup": _in_athenas_words(athena._update_workgroup),
    "StartQueryExecution": _start_query_execution,
    "StopQueryExecution": _stop_query_execution,
}


def resource(operation: str, content: dict[str, Any]) -> str:
    """The workgroup of a call; a query is that of its workgroup.

    https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonathena.html
    """
    if "ResourceARN" in content:
        return str(content["ResourceARN"])
    if operation.endswith("DataCatalog") or "CatalogName" in content:
        name = content.get("CatalogName", content.get("Name", "*"))
        return f"arn:aws:athena:{REGION}:{ACCOUNT}:datacatalog/{name}"
    ids = content.get("QueryExecutionIds") or [content.get("QueryExecutionId")]
    execution = athena._executions.get(ids[0])
    if execution is not None:
        workgroup = execution["WorkGroup"]
    elif operation.endswith("WorkGroup"):
        workgroup = content.get("WorkGroup", content.get("Name"))
    elif operation in ("ListWorkGroups", "ListDataCatalogs", "ListEngineVersions"):
        return "*"
    else:
        workgroup = content.get("WorkGroup", "primary")
    return f"arn:aws:athena:{REGION}:{ACCOUNT}:workgroup/{workgroup}"
