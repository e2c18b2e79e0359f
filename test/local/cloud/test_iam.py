"""IAM: what it refuses of tags."""

from __future__ import annotations

import json

import pytest
from botocore.exceptions import ClientError
from running import Cloud, unique

TRUST = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": {"Service": "glue.amazonaws.com"},
                "Action": "sts:AssumeRole",
            }
        ],
    }
)


@pytest.mark.parametrize(
    ("tags", "code"),
    [
        # https://docs.aws.amazon.com/IAM/latest/UserGuide/id_tags.html
        ({"Environment": "a", "environment": "b"}, "InvalidInput"),
        ({"Team": "R&D"}, "ValidationError"),
    ],
)
def test_a_role_has_no_tags_that_iam_refuses(cloud: Cloud, tags: dict[str, str], code: str) -> None:
    iam = cloud.client("iam")
    given = [{"Key": key, "Value": value} for key, value in tags.items()]
    with pytest.raises(ClientError) as refused:
        iam.create_role(RoleName=unique("role"), AssumeRolePolicyDocument=TRUST, Tags=given)
    assert refused.value.response["Error"]["Code"] == code
