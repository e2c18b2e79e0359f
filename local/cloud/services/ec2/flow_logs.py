"""Flow logs: role, log group and interval, which the emulator forgets."""

from __future__ import annotations

from xml.sax.saxutils import escape

from ministack.services import ec2

from local.cloud.core.answers import Response, ServiceError
from local.cloud.core.service import Request
from local.cloud.services.ec2.parameters import one


async def _create_flow_logs(request: Request) -> Response:
    role = one(request, "DeliverLogsPermissionArn")
    if (one(request, "LogDestinationType") or "cloud-watch-logs") == "cloud-watch-logs":
        if not role:
            raise ServiceError(
                "MissingParameter",
                "DeliverLogsPermissionArn can't be empty if LogDestinationType is "
                "cloud-watch-logs.",
            )
        if not (one(request, "LogDestination") or one(request, "LogGroupName")):
            raise ServiceError("MissingParameter", "LogDestination or LogGroupName")
    before = set(ec2._flow_logs)
    answer = await request.emulated()
    for identifier in set(ec2._flow_logs) - before:
        # The type that requests give tags for has another name than the emulator's.
        ec2._parse_tag_specs(request.content, "vpc-flow-log", identifier)
        ec2._flow_logs[identifier] |= {
            "DeliverLogsPermissionArn": role,
            "LogGroupName": one(request, "LogGroupName")
            or one(request, "LogDestination").removesuffix(":*").rsplit(":", 1)[-1],
            "MaxAggregationInterval": one(request, "MaxAggregationInterval") or "600",
        }
    return answer


async def _describe_flow_logs(request: Request) -> Response:
    status, headers, body = await request.emulated()
    text = body.decode()
    for identifier, log in ec2._flow_logs.items():
        if "DeliverLogsPermissionArn" not in log:
            continue
        name = f"<flowLogId>{identifier}</flowLogId>"
        text = text.replace(
            name,
            f"{name}<deliverLogsPermissionArn>{escape(log['DeliverLogsPermissionArn'])}"
            f"</deliverLogsPermissionArn><logGroupName>{escape(log['LogGroupName'])}"
            f"</logGroupName><maxAggregationInterval>{log['MaxAggregationInterval']}"
            "</maxAggregationInterval>",
        )
    return status, headers, text.encode()


OPERATIONS = {
    "CreateFlowLogs": _create_flow_logs,
    "DescribeFlowLogs": _describe_flow_logs,
}
