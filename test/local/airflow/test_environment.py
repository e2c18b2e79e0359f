"""What GetEnvironment says becomes what Airflow is told, and no key of ours with it."""

from __future__ import annotations

import json
import os
import re
import stat
import subprocess
import sys
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path
from urllib.parse import urlparse

import pytest
from boto3.exceptions import RetriesExceededError
from botocore.exceptions import ClientError, EndpointConnectionError, NoCredentialsError
from cryptography.fernet import Fernet
from running import Cloud
from test_mwaa import Ground

from environment import (
    PRINCIPAL,
    Environment,
    S3File,
    base_variables,
    default_variables,
    from_api,
    get_environment,
    identity_of,
    is_away,
    option_variables,
    read_secrets,
    role_variables,
)
from packages import VERSIONS


@pytest.mark.parametrize(
    ("option", "variable"),
    [
        ("core.default_timezone", "AIRFLOW__CORE__DEFAULT_TIMEZONE"),
        ("secrets.backend_kwargs", "AIRFLOW__SECRETS__BACKEND_KWARGS"),
        ("mwaa_analytics.movie_list_schedule", "AIRFLOW__MWAA_ANALYTICS__MOVIE_LIST_SCHEDULE"),
        ("kubernetes.pod.image", "AIRFLOW__KUBERNETES_POD__IMAGE"),
    ],
)
def test_an_option_of_any_section_is_a_variable(option: str, variable: str) -> None:
    assert option_variables({option: "a=b, {c}"}) == {variable: "a=b, {c}"}


@pytest.mark.parametrize("name", ["executor", ".executor", "core.", "", "."])
def test_an_option_without_section_or_name_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match=re.escape(repr(name))):
        option_variables({"core.parallelism": "1", name: "x"})


def test_airflow_reads_the_variable_as_the_option(monkeypatch: pytest.MonkeyPatch) -> None:
    from airflow.configuration import conf

    options = {"mwaa_analytics.movie_list_schedule": "*/5 * * * *", "core.dagbag_import_timeout": 9}
    for name, value in option_variables(options).items():
        monkeypatch.setenv(name, str(value))
    for name, value in options.items():
        assert conf.get(*name.split(".")) == str(value)


def test_what_suits_a_laptop_yields_to_an_option_and_what_mwaa_fixes_does_not(
    tmp_path: Path,
) -> None:
    options = {"core.parallelism": "9", "core.executor": "other", "core.fernet_key": "other"}
    defaults, fixed = (
        default_variables(),
        base_variables(tmp_path, 1, read_secrets(tmp_path), "postgresql://"),
    )
    assert not defaults.keys() & fixed.keys()
    variables = {**defaults, **option_variables(options), **fixed}
    assert variables["AIRFLOW__CORE__PARALLELISM"] == "9" != defaults["AIRFLOW__CORE__PARALLELISM"]
    assert variables["AIRFLOW__CORE__EXECUTOR"] == "LocalExecutor"
    assert variables["AIRFLOW__CORE__FERNET_KEY"] == read_secrets(tmp_path).fernet_key


def test_environment_is_what_the_api_was_given(ground: Ground, cloud_clients: None) -> None:
    wanted = ground.arguments(
        AirflowConfigurationOptions={"a.b": "c"},
        DagS3Path="folder/dags",
        RequirementsS3Path="requirements.txt",
        RequirementsS3ObjectVersion=ground.versions["requirements.txt"],
        PluginsS3Path="plugins.zip",
        PluginsS3ObjectVersion=ground.versions["plugins.zip"],
        StartupScriptS3Path="startup.sh",
        StartupScriptS3ObjectVersion=ground.versions["startup.sh"],
        LoggingConfiguration={
            "TaskLogs": {"Enabled": True, "LogLevel": "INFO"},
            "WorkerLogs": {"Enabled": False, "LogLevel": "INFO"},
        },
    )
    assert get_environment(wanted["Name"]) is None
    ground.mwaa.create_environment(**wanted)
    environment = get_environment(wanted["Name"])
    assert environment == Environment(
        name=wanted["Name"],
        region="us-east-1",
        bucket=ground.bucket,
        dags_prefix="folder/dags/",
        execution_role_arn=ground.role,
        options={"a.b": "c"},
        requirements=S3File("requirements.txt", ground.versions["requirements.txt"]),
        plugins=S3File("plugins.zip", ground.versions["plugins.zip"]),
        startup_script=S3File("startup.sh", ground.versions["startup.sh"]),
        log_groups={"Task": f"airflow-{wanted['Name']}-Task"},
        identity=str(identity_of(wanted["Name"])),
    )
    # What does not decide how Airflow runs here is no reason for a restart; an option is.
    ground.mwaa.update_environment(Name=wanted["Name"], MaxWorkers=3)
    assert get_environment(wanted["Name"]) == environment
    ground.mwaa.update_environment(
        Name=wanted["Name"], AirflowConfigurationOptions={"a.b": "other"}
    )
    assert get_environment(wanted["Name"]) != environment


def test_an_environment_of_another_version_is_waited_for(
    ground: Ground, cloud_clients: None
) -> None:
    ours = metadata.version("apache-airflow")
    other = next(one.name for one in VERSIONS.iterdir() if one.name != ours)
    wanted = ground.arguments(AirflowVersion=other)
    ground.mwaa.create_environment(**wanted)
    assert get_environment(wanted["Name"]) is None
    ground.mwaa.update_environment(Name=wanted["Name"], AirflowVersion=ours)
    assert get_environment(wanted["Name"]) is not None


def test_an_environment_of_the_same_name_is_another_one_later(
    ground: Ground, cloud_clients: None
) -> None:
    wanted = ground.arguments()
    name = wanted["Name"]
    assert identity_of(name) is None
    ground.mwaa.create_environment(**wanted)
    first, identity = get_environment(name), identity_of(name)
    assert identity is not None
    ground.mwaa.update_environment(Name=name, MaxWorkers=3)
    assert identity_of(name) == identity
    ground.mwaa.delete_environment(Name=name)
    assert identity_of(name) is None
    ground.mwaa.create_environment(**wanted)
    assert identity_of(name) not in (None, identity)
    # So Airflow is started anew, whatever else is the same.
    assert get_environment(name) != first


def test_an_environment_with_the_least_has_no_files() -> None:
    answer = {
        "Name": "least",
        "CreatedAt": datetime.now(UTC),
        "Arn": "arn:aws:airflow:eu-west-1:123456789012:environment/least",
        "SourceBucketArn": "arn:aws:s3:::bucket",
        "DagS3Path": "/dags/",
        "ExecutionRoleArn": "arn:aws:iam::123456789012:role/service-role/execution",
    }
    environment = from_api(answer)
    assert (environment.region, environment.bucket) == ("eu-west-1", "bucket")
    assert (environment.dags_prefix, environment.options) == ("dags/", {})
    assert environment.requirements is environment.plugins is environment.startup_script is None
    unversioned = from_api({**answer, "RequirementsS3Path": "requirements.txt"})
    assert unversioned.requirements == S3File("requirements.txt", None)


def answered(status: int) -> ClientError:
    return ClientError({"Error": {}, "ResponseMetadata": {"HTTPStatusCode": status}}, "Get")


@pytest.mark.parametrize(
    ("error", "away"),
    [
        (EndpointConnectionError(endpoint_url="http://127.0.0.1:1"), True),
        (RetriesExceededError(EndpointConnectionError(endpoint_url="http://127.0.0.1:1")), True),
        (answered(503), True),
        (answered(403), False),
        (NoCredentialsError(), False),
        (ValueError(), False),
    ],
)
def test_only_a_cloud_that_does_not_answer_is_away(error: Exception, away: bool) -> None:
    assert is_away(error) is away


def environment_with(role: str) -> Environment:
    return Environment("mine", "us-east-1", "bucket", "dags/", role, {}, None, None, None, {}, "1")


def test_role_variables_open_the_role_and_hold_no_key(cloud: Cloud) -> None:
    role = cloud.role(["airflow.amazonaws.com", PRINCIPAL])
    variables = role_variables(environment_with(role), cloud.url, cloud.token)
    for secret in (*cloud.keys, cloud.token):
        assert not any(secret in value for value in variables.values())
    assert "AWS_ACCESS_KEY_ID" not in variables and "AWS_SECRET_ACCESS_KEY" not in variables
    address = variables["AWS_CONTAINER_CREDENTIALS_FULL_URI"].removeprefix(cloud.url)
    signature = variables["AWS_CONTAINER_AUTHORIZATION_TOKEN"]
    status, vended = cloud.get(address, {"Authorization": signature})
    assert (status, vended["RoleArn"]) == (200, role)
    # The signature is for this role alone.
    other = cloud.role(["airflow.amazonaws.com", PRINCIPAL])
    wrong = role_variables(environment_with(other), cloud.url, cloud.token)
    address = wrong["AWS_CONTAINER_CREDENTIALS_FULL_URI"].removeprefix(cloud.url)
    assert cloud.get(address, {"Authorization": signature})[0] == 403


def test_a_sdk_finds_the_role_with_these_variables_alone(cloud: Cloud) -> None:
    role = cloud.role(["airflow.amazonaws.com", PRINCIPAL])
    code = "import boto3; print(boto3.client('sts').get_caller_identity()['Arn'])"
    ran = subprocess.run(
        [sys.executable, "-c", code],
        env=role_variables(environment_with(role), cloud.url, cloud.token),
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert ran.returncode == 0, ran.stderr
    assert f":assumed-role/{role.rsplit('/', 1)[1]}/" in ran.stdout


def test_base_variables_keep_to_this_machine(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("AWS_SECRET_ACCESS_KEY", "LOCAL_CLOUD_TOKEN", "AIRFLOW__CORE__EXECUTOR"):
        monkeypatch.setenv(name, "of-the-surroundings")
    keys = read_secrets(tmp_path)
    variables = base_variables(tmp_path, 12345, keys, "postgresql://")
    assert "of-the-surroundings" not in variables.values()
    addresses = {k: v for k, v in variables.items() if k.startswith("AIRFLOW__") and "http" in v}
    assert addresses
    assert {urlparse(value).netloc for value in addresses.values()} == {"127.0.0.1:12345"}
    assert variables["AIRFLOW__API__HOST"] == "127.0.0.1"
    assert variables["AIRFLOW__API__PORT"] == "12345"
    assert variables["AIRFLOW_HOME"] == str(tmp_path)
    # Whoever may log in, and with what, is in a file for its owner.
    passwords = Path(variables["AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_PASSWORDS_FILE"])
    assert json.loads(passwords.read_text()) == {keys.username: keys.password}
    assert stat.S_IMODE(passwords.stat().st_mode) == 0o600
    assert variables["AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_USERS"] == f"{keys.username}:admin"


def test_secrets_are_random_for_the_owner_only_and_stay(tmp_path: Path) -> None:
    one, two = tmp_path / "one", tmp_path / "two"
    one.mkdir(), two.mkdir()
    umask = os.umask(0)
    try:
        keys = read_secrets(one)
    finally:
        os.umask(umask)
    assert stat.S_IMODE((one / "secrets.json").stat().st_mode) == 0o600
    assert read_secrets(one) == keys
    other = read_secrets(two)
    for name in ("fernet_key", "jwt_secret", "api_secret", "password"):
        assert getattr(other, name) != getattr(keys, name)
        assert len(getattr(keys, name)) >= 16
    fernet = Fernet(keys.fernet_key)
    assert fernet.decrypt(fernet.encrypt(b"a")) == b"a"
