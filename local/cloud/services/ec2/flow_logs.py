"""Flow logs: role, log group and interval, which the emulator forgets."""

from __future__ import annotations

from xml.sax.saxutils import escape

from ministack.services import ec2

from local.cloud.core.answers import Response, ServiceError
from local.cloud.core.service import Request
from local.cloud.services.ec2.parameters import many, one


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
    _refuse_second(request)
    before = set(ec2._flow_logs)
    answer = await request.emulated()
    for identifier in set(ec2._flow_logs) - before:
        # The type that requests give tags for has another name than the emulator's.
        ec2._parse_tag_specs(request.content, "vpc-flow-log", identifier)
        ec2._flow_logs[identifier] |= {
            "DeliverLogsPermissionArn": role,
            "LogGroupName": _group(request),
            "MaxAggregationInterval": one(request, "MaxAggregationInterval") or "600",
        }
    return answer


def _refuse_second(request: Request) -> None:
    """Refuse what another flow log does already.

    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html
    """
    resources, group = many(request, "ResourceId"), _group(request)
    for log in ec2._flow_logs.values():
        if log["ResourceId"] in resources and group and log.get("LogGroupName") == group:
            raise ServiceError(
                "FlowLogAlreadyExists",
                "There is an existing Flow Log with the same configuration and log destination.",
            )


def _group(request: Request) -> str:
    """The log group that is written to; empty where there is none."""
    destination = one(request, "LogDestination")
    return one(request, "LogGroupName") or destination.removesuffix(":*").rsplit(":", 1)[-1]


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
