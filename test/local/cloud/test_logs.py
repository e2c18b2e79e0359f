"""CloudWatch Logs: the key of a log group that is there already."""

from __future__ import annotations

from typing import Any

from running import Cloud, unique
from test_auth import refused

KEY = "arn:aws:kms:us-east-1:123456789012:key/11111111-2222-3333-4444-555555555555"


def described(logs: Any, name: str) -> dict[str, Any]:
    """The log group of a name."""
    [group] = logs.describe_log_groups(logGroupNamePrefix=name)["logGroups"]
    return group


def test_a_group_gets_a_key_and_loses_it(cloud: Cloud) -> None:
    logs, name = cloud.client("logs"), unique("group")
    logs.create_log_group(logGroupName=name)
    try:
        logs.associate_kms_key(logGroupName=name, kmsKeyId=KEY)
        assert described(logs, name)["kmsKeyId"] == KEY
        logs.disassociate_kms_key(logGroupName=name)
        assert "kmsKeyId" not in described(logs, name)
    finally:
        logs.delete_log_group(logGroupName=name)


def test_a_group_that_is_not_there_has_no_key(cloud: Cloud) -> None:
    logs = cloud.client("logs")
    for call, more in (
        (logs.associate_kms_key, {"kmsKeyId": KEY}),
        (logs.disassociate_kms_key, {}),
    ):
        code, message = refused(call, logGroupName="nowhere", **more)
        assert code == "ResourceNotFoundException" and "nowhere" in message
