"""Secrets and parameters that are there already: who may read and decrypt them."""

from __future__ import annotations

from typing import Any

import pytest
from running import ACCOUNT, REGION, Cloud, allow, unique
from test_auth import refused

LAMBDA = "lambda.amazonaws.com"


def via(service: str, key: str, **context: str) -> dict[str, Any]:
    """A statement for a key through a service, as the execution role has it."""
    like = {f"kms:EncryptionContext:{name}": value for name, value in context.items()}
    of_service = {"StringEquals": {"kms:ViaService": f"{service}.{REGION}.amazonaws.com"}}
    return allow("kms:Decrypt", key, Condition={**of_service, "StringLike": like})


def client(cloud: Cloud, service: str, *statements: dict[str, Any]) -> Any:
    """A client of a role with these statements."""
    role = cloud.role(LAMBDA, list(statements))
    return cloud.client(service, cloud.as_role(role, LAMBDA))


@pytest.fixture(scope="module")
def key(cloud: Cloud) -> str:
    """A key of the account's; its ARN."""
    return cloud.client("kms").create_key()["KeyMetadata"]["Arn"]


def test_a_secret_is_read_by_the_beginning_of_its_name(cloud: Cloud) -> None:
    prefix = unique("airflow/connections")
    secrets = cloud.client("secretsmanager")
    secrets.create_secret(Name=f"{prefix}/films", SecretString="http://x")
    secrets.create_secret(Name=f"{prefix}-other/films", SecretString="http://x")
    arn = f"arn:aws:secretsmanager:{REGION}:{ACCOUNT}:secret:{prefix}/*"
    read = client(cloud, "secretsmanager", allow("secretsmanager:GetSecretValue", arn))
    assert read.get_secret_value(SecretId=f"{prefix}/films")["SecretString"] == "http://x"
    code, _ = refused(read.get_secret_value, SecretId=f"{prefix}/none")
    assert code == "ResourceNotFoundException"
    code, message = refused(read.get_secret_value, SecretId=f"{prefix}-other/films")
    assert code == "AccessDeniedException" and "secretsmanager:GetSecretValue" in message


def test_a_secret_of_a_key_is_decrypted_in_its_readers_place(cloud: Cloud, key: str) -> None:
    name = unique("encrypted")
    made = cloud.client("secretsmanager").create_secret(Name=name, SecretString="x", KmsKeyId=key)
    read = allow("secretsmanager:GetSecretValue", made["ARN"])
    decrypt = via("secretsmanager", key, SecretARN=made["ARN"])
    may = client(cloud, "secretsmanager", read, decrypt)
    assert may.get_secret_value(SecretId=name)["SecretString"] == "x"
    for other in ((), (via("ssm", key, SecretARN=made["ARN"]),)):
        may_not = client(cloud, "secretsmanager", read, *other)
        code, message = refused(may_not.get_secret_value, SecretId=name)
        assert code == "AccessDeniedException"
        assert "Access to KMS is not allowed" in message and "kms:Decrypt" in message


def test_a_parameter_of_a_key_is_decrypted_in_its_readers_place(cloud: Cloud, key: str) -> None:
    name = f"/{unique('encrypted')}/films"
    cloud.client("ssm").put_parameter(Name=name, Value="x", Type="SecureString", KeyId=key)
    arn = f"arn:aws:ssm:{REGION}:{ACCOUNT}:parameter{name}"
    read = allow(["ssm:GetParameter", "ssm:GetParameters"], arn)
    may = client(cloud, "ssm", read, via("ssm", key, PARAMETER_ARN=arn))
    may_not = client(cloud, "ssm", read)
    asked = {"Name": name, "WithDecryption": True}
    assert may.get_parameter(**asked)["Parameter"]["Value"] == "x"
    assert may_not.get_parameter(Name=name)["Parameter"]["Value"] != "x"
    code, message = refused(may_not.get_parameter, **asked)
    assert code == "AccessDeniedException" and "kms:Decrypt" in message
    code, _ = refused(may_not.get_parameters, Names=[name], WithDecryption=True)
    assert code == "AccessDeniedException"
