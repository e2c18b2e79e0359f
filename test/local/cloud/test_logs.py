"""CloudWatch Logs: the key of a log group that is there already."""

from __future__ import annotations

import json
from typing import Any

from running import ACCOUNT, REGION, Cloud, allow, unique
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
        key = cloud.log_key()
        logs.associate_kms_key(logGroupName=name, kmsKeyId=key)
        assert described(logs, name)["kmsKeyId"] == key
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


def test_a_key_lets_the_service_use_it_for_the_group(cloud: Cloud) -> None:
    logs, kms = cloud.client("logs"), cloud.client("kms")
    mute = kms.create_key()["KeyMetadata"]["Arn"]
    gone = cloud.log_key()
    kms.schedule_key_deletion(KeyId=gone, PendingWindowInDays=7)
    one, other = unique("group"), unique("group")
    bound = _bound_to(cloud, one)
    for key, name in ((KEY, one), (mute, one), (gone, one), (bound, other)):
        code, message = refused(logs.create_log_group, logGroupName=name, kmsKeyId=key)
        assert code == "InvalidParameterException" and f"log-group:{name}" in message
    logs.create_log_group(logGroupName=one, kmsKeyId=bound)
    code, _ = refused(logs.associate_kms_key, logGroupName=one, kmsKeyId=mute)
    assert code == "InvalidParameterException"
    logs.delete_log_group(logGroupName=one)


def _bound_to(cloud: Cloud, group: str) -> str:
    """A key that CloudWatch Logs may use for one group alone, as the stack's own keys are."""
    arn = f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:{group}"
    condition = {"ArnLike": {"kms:EncryptionContext:aws:logs:arn": [arn]}}
    statements = [
        allow("kms:*", Principal={"AWS": f"arn:aws:iam::{ACCOUNT}:root"}),
        allow("kms:*", Principal={"Service": f"logs.{REGION}.amazonaws.com"}, Condition=condition),
    ]
    policy = json.dumps({"Version": "2012-10-17", "Statement": statements})
    return cloud.client("kms").create_key(Policy=policy)["KeyMetadata"]["Arn"]
