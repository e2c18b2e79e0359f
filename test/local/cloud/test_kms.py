"""KMS: the keys that AWS itself has in an account."""

from __future__ import annotations

from running import ACCOUNT, REGION, Cloud
from test_auth import refused


def test_a_predefined_alias_has_a_key_of_aws(cloud: Cloud) -> None:
    kms = cloud.client("kms")
    first = kms.describe_key(KeyId="alias/aws/s3")["KeyMetadata"]
    arn = f"arn:aws:kms:{REGION}:{ACCOUNT}:alias/aws/s3"
    assert kms.describe_key(KeyId=arn)["KeyMetadata"] == first
    assert first["KeyManager"] == "AWS" and first["KeyState"] == "Enabled"
    assert first["Arn"] == f"arn:aws:kms:{REGION}:{ACCOUNT}:key/{first['KeyId']}"
    other = kms.describe_key(KeyId="alias/aws/sns")["KeyMetadata"]
    assert other["KeyId"] != first["KeyId"]


def test_another_alias_has_none(cloud: Cloud) -> None:
    code, _ = refused(cloud.client("kms").describe_key, KeyId="alias/nowhere")
    assert code == "NotFoundException"
