"""Which resource a call is about, where neither a service nor the emulator tells it."""

from __future__ import annotations

import json

import pytest
from botocore.exceptions import ClientError
from running import ACCOUNT, REGION, Cloud, allow

from local.cloud.core import reference

GLUE = "glue.amazonaws.com"


def own(service: str, resource: str) -> str:
    return f"arn:aws:{service}:{REGION}:{ACCOUNT}:{resource}"


@pytest.mark.parametrize(
    ("namespace", "operation", "content", "arn"),
    [
        # Each as the service authorization reference has it.
        ("lambda", "CreateFunction", {"FunctionName": "f"}, own("lambda", "function:f")),
        ("cloudwatch", "PutMetricAlarm", {"AlarmName": "a"}, own("cloudwatch", "alarm:a")),
        ("ec2", "StopInstances", {"InstanceId.1": "i-1"}, own("ec2", "instance/i-1")),
        ("sns", "CreateTopic", {"Name": "t"}, own("sns", "t")),
        ("sns", "Publish", {"TopicArn": own("sns", "t")}, own("sns", "t")),
        ("kinesis", "PutRecord", {"StreamName": "s"}, own("kinesis", "stream/s")),
        (
            "iam",
            "CreatePolicy",
            {"PolicyName": "p", "Path": "/data/"},
            f"arn:aws:iam::{ACCOUNT}:policy/data/p",
        ),
        ("iam", "CreatePolicy", {"PolicyName": "p"}, f"arn:aws:iam::{ACCOUNT}:policy/p"),
        # The id of what is created is not known yet.
        ("ec2", "CreateVpc", {}, own("ec2", "vpc/*")),
        ("cloudwatch", "PutMetricData", {"Namespace": "n"}, "*"),
        ("sqs", "ListQueues", {}, "*"),
        ("nothing", "AtAll", {}, "*"),
        ("../actions/s3", "GetObject", {}, "*"),
    ],
)
def test_a_resource_is_named_as_the_reference_has_it(
    namespace: str, operation: str, content: dict[str, str], arn: str
) -> None:
    assert reference.resource(namespace, operation, content) == arn


def test_a_denial_names_it_and_a_grant_on_it_is_enough(cloud: Cloud) -> None:
    arn = own("cloudwatch", "alarm:late")
    alarm = {
        "AlarmName": "late",
        "Namespace": "own",
        "MetricName": "m",
        "Period": 60,
        "EvaluationPeriods": 1,
        "Threshold": 1,
        "Statistic": "Sum",
        "ComparisonOperator": "GreaterThanThreshold",
    }
    role = cloud.role(GLUE)
    with pytest.raises(ClientError) as caught:
        cloud.client("cloudwatch", cloud.as_role(role, GLUE)).put_metric_alarm(**alarm)
    needed = {"Effect": "Allow", "Action": "cloudwatch:PutMetricAlarm", "Resource": arn}
    assert f"needed in role {role.split('/')[-1]}: {json.dumps(needed)}" in str(caught.value)
    granted = cloud.role(GLUE, [allow("cloudwatch:PutMetricAlarm", arn)])
    cloud.client("cloudwatch", cloud.as_role(granted, GLUE)).put_metric_alarm(**alarm)
