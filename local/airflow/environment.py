"""The MWAA environment as GetEnvironment describes it, and what of it Airflow is told."""

from __future__ import annotations

import hmac
import json
import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from importlib import metadata
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlparse

import boto3
import botocore.session
from boto3.exceptions import RetriesExceededError
from botocore.config import Config
from botocore.credentials import ContainerProvider, ReadOnlyCredentials
from botocore.exceptions import (
    ClientError,
    ConnectionError,
    CredentialRetrievalError,
    HTTPClientError,
)

from components import OWNER
from status import write

#: The principal that MWAA takes the execution role as.
PRINCIPAL = "airflow-env.amazonaws.com"

#: Tasks at a time. A worker of mw1.small takes five; here those that poll each second keep their
#: slot while they wait, and others are not to wait for them.
PARALLELISM = 8

#: What a shell or a library needs of the surroundings, and nothing that could be a credential.
INHERITED = frozenset({"HOME", "LANG", "LC_ALL", "PATH", "TMPDIR", "TZ", "USER"})


@dataclass(frozen=True)
class S3File:
    """A file of the environment's bucket, in one version."""

    key: str
    version: str | None


@dataclass(frozen=True)
class Environment:
    """What of GetEnvironment decides how Airflow runs; two that are equal need no restart."""

    name: str
    region: str
    bucket: str
    dags_prefix: str
    execution_role_arn: str
    options: Mapping[str, str]
    requirements: S3File | None
    plugins: S3File | None
    startup_script: S3File | None
    #: Names of the log groups that are enabled, by what is logged, as in `Task`.
    log_groups: Mapping[str, str]
    #: As `identity_of` gives it.
    identity: str


#: What is answered to keys that were vended before a start, or too long ago.
_UNKNOWN_KEYS = (
    "ExpiredToken",
    "ExpiredTokenException",
    "InvalidAccessKeyId",
    "InvalidClientTokenId",
    "UnrecognizedClientException",
)

_CONFIG = Config(
    inject_host_prefix=False,
    # A laptop's proxy leads out, and the local cloud is on the laptop.
    proxies={},
    s3={"addressing_style": "path"},
    retries={"mode": "standard", "max_attempts": 3},
)


def client(service: str) -> Any:
    """A boto3 client of the local cloud, with the service's own credentials."""
    return boto3.client(service, region_name=os.environ["AWS_REGION"], config=_CONFIG)


class RoleSession:
    """A session as the execution role. A local cloud that is started again knows no older keys."""

    def __init__(self, variables: Mapping[str, str]) -> None:
        """Ask for credentials.

        Args:
            variables: what `role_variables` gives.

        Raises:
            CredentialRetrievalError: where the local cloud does not answer, or vends none.
        """
        self._variables = dict(variables)
        self._session = botocore.session.Session()
        self._session.set_config_variable("region", variables["AWS_REGION"])
        self._session.set_default_client_config(_CONFIG)
        vended = self._vended()
        self._session.set_credentials(vended.access_key, vended.secret_key, vended.token)

    def _vended(self) -> ReadOnlyCredentials:
        vended = ContainerProvider(environ=self._variables).load()
        if vended is None:
            raise LookupError(f"{ContainerProvider.ENV_VAR_FULL} is not among the variables")
        return vended.get_frozen_credentials()

    def client(self, service: str) -> Any:
        """A boto3 client; it has what `renew` gets."""
        return boto3.Session(botocore_session=self._session).client(service)

    def renew(self) -> None:
        """Get new credentials for the session and its clients; raises as the constructor."""
        kept, vended = self._session.get_credentials(), self._vended()
        kept.access_key, kept.secret_key = vended.access_key, vended.secret_key
        kept.token = vended.token


def get_environment(name: str) -> Environment | None:
    """The environment; None where it does not exist, is not available, or has another version.

    It has for as long as an update to the version that is installed here is under way.
    """
    try:
        answer = client("mwaa").get_environment(Name=name)["Environment"]
    except ClientError as error:
        if error.response["Error"]["Code"] == "ResourceNotFoundException":
            return None
        raise
    ours = answer["AirflowVersion"] == metadata.version("apache-airflow")
    return from_api(answer) if ours and answer["Status"] == "AVAILABLE" else None


def identity_of(name: str) -> str | None:
    """What tells an environment from a later one of the same name; None where it does not exist."""
    try:
        return _identity(client("mwaa").get_environment(Name=name)["Environment"])
    except ClientError as error:
        if error.response["Error"]["Code"] == "ResourceNotFoundException":
            return None
        raise


def _identity(answer: Mapping[str, Any]) -> str:
    return f"{answer['Arn']} {answer['CreatedAt'].timestamp()}"


def is_away(error: Exception) -> bool:
    """Whether a call failed because the local cloud does not run, or is about to start or stop."""
    if isinstance(error, ClientError):
        return (
            error.response["ResponseMetadata"].get("HTTPStatusCode", 0) >= 500
            or error.response["Error"].get("Code") in _UNKNOWN_KEYS
        )
    return isinstance(
        error, ConnectionError | CredentialRetrievalError | HTTPClientError | RetriesExceededError
    )


def from_api(answer: Mapping[str, Any]) -> Environment:
    """Read the member `Environment` of GetEnvironment's answer."""

    def file(what: str) -> S3File | None:
        key = answer.get(f"{what}S3Path")
        return S3File(key, answer.get(f"{what}S3ObjectVersion")) if key else None

    return Environment(
        name=answer["Name"],
        region=answer["Arn"].split(":")[3],
        bucket=answer["SourceBucketArn"].split(":", 5)[5],
        dags_prefix=answer["DagS3Path"].strip("/") + "/",
        execution_role_arn=answer["ExecutionRoleArn"],
        options=dict(answer.get("AirflowConfigurationOptions") or {}),
        requirements=file("Requirements"),
        plugins=file("Plugins"),
        startup_script=file("StartupScript"),
        log_groups={
            group.rsplit("-", 1)[-1]: group
            for group in (
                logged["CloudWatchLogGroupArn"].split(":", 6)[6]
                for logged in (answer.get("LoggingConfiguration") or {}).values()
                if logged["Enabled"]
            )
        },
        identity=_identity(answer),
    )


def option_variables(options: Mapping[str, str]) -> dict[str, str]:
    """Environment variables of configuration options.

    MWAA takes options of any section:
    https://docs.aws.amazon.com/mwaa/latest/userguide/configuring-env-variables.html

    Raises:
        ValueError: for a name that is not `section.option`.
    """
    variables = {}
    for name, value in options.items():
        section, _, option = name.rpartition(".")
        if not section or not option:
            raise ValueError(
                f"The configuration option {name!r} is not of the form section.option."
            )
        variables[f"AIRFLOW__{section.replace('.', '_').upper()}__{option.upper()}"] = value
    return variables


@dataclass(frozen=True)
class Secrets:
    """What Airflow signs and encrypts with, and the log-in to its web interface."""

    fernet_key: str
    jwt_secret: str
    api_secret: str
    username: str
    password: str


def read_secrets(home: Path) -> Secrets:
    """The secrets of a home, made at random when there are none."""
    path = home / "secrets.json"
    if path.exists():
        return Secrets(**json.loads(path.read_text()))
    made = Secrets(
        # 32 random bytes in URL-safe base64, as Fernet asks.
        fernet_key=secrets.token_urlsafe(32) + "=",
        jwt_secret=secrets.token_urlsafe(48),
        api_secret=secrets.token_urlsafe(48),
        username="admin",
        password=secrets.token_urlsafe(12),
    )
    write(path, json.dumps(made.__dict__))
    return made


def default_variables() -> dict[str, str]:
    """What suits a laptop, or MWAA, where neither options nor start-up script say otherwise."""
    options = option_variables(
        {
            "api.workers": "1",
            "core.parallelism": str(PARALLELISM),
            # So that a DAG that the bucket is given is there a few seconds later.
            "dag_processor.bundle_refresh_check_interval": "1",
            # A change in the bucket has all files parsed at once, so that this is for what a DAG
            # reads elsewhere, such as a variable. By default they are parsed every 30 seconds,
            # which was most of the work of a DAG processor.
            "dag_processor.min_file_process_interval": "120",
            "dag_processor.parsing_processes": "1",
            "dag_processor.refresh_interval": "2",
            # A laptop that is busy answers late: by default a task whose first call waits for five
            # seconds fails before its log begins.
            "workers.execution_api_timeout": "60",
        }
    )
    # https://docs.aws.amazon.com/mwaa/latest/userguide/connections-packages.html
    return {**options, "AIRFLOW_CONN_AWS_DEFAULT": "aws://"}


def base_variables(home: Path, port: int, keys: Secrets, database: str) -> dict[str, str]:
    """Variables that no option changes: files, ports, keys, and what MWAA fixes as well.

    Args:
        home: Home of the runner.
        port: Port of the web interface.
        keys: The home's secrets.
        database: Address of the metadata database.
    """
    write(home / "passwords.json", json.dumps({keys.username: keys.password}))
    airflow = {
        "API": {
            "base_url": f"http://127.0.0.1:{port}",
            "host": "127.0.0.1",
            "port": str(port),
            "secret_key": keys.api_secret,
            # The one that the gateway is put into.
            "server_type": "uvicorn",
        },
        "API_AUTH": {"jwt_secret": keys.jwt_secret},
        "CORE": {
            "auth_manager": (
                "airflow.api_fastapi.auth.managers.simple.simple_auth_manager.SimpleAuthManager"
            ),
            "dags_folder": str(home / "dags"),
            "execution_api_server_url": f"http://127.0.0.1:{port}/execution/",
            "executor": "LocalExecutor",
            "fernet_key": keys.fernet_key,
            # The default asks a name server.
            "hostname_callable": "socket.gethostname",
            "load_examples": "False",
            "plugins_folder": str(home / "plugins"),
            "simple_auth_manager_passwords_file": str(home / "passwords.json"),
            "simple_auth_manager_users": f"{keys.username}:admin",
        },
        "DATABASE": {"sql_alchemy_conn": database},
        "LOGGING": {"base_log_folder": str(home / "logs")},
        "USAGE_DATA_COLLECTION": {"enabled": "False"},
    }
    return {
        **{name: os.environ[name] for name in INHERITED if name in os.environ},
        "AIRFLOW_HOME": str(home),
        OWNER: str(home),
        # Airflow's processes change their title, by default over their variables, by which
        # those that a killed runner left behind are found.
        "SPT_NOENV": "1",
        **{
            f"AIRFLOW__{section}__{option.upper()}": value
            for section, options in airflow.items()
            for option, value in options.items()
        },
    }


def role_variables(environment: Environment, endpoint: str, token: str) -> dict[str, str]:
    """Variables through which every AWS call of Airflow is made under the execution role.

    The SDKs fetch and renew the role's credentials at the address; no key of ours is among them.

    Args:
        environment: The environment.
        endpoint: Address of the local cloud.
        token: Its secret, which signs which role is asked for.
    """
    role = environment.execution_role_arn
    signature = hmac.new(token.encode(), f"{PRINCIPAL}|{role}".encode(), sha256).hexdigest()
    return {
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_CONTAINER_AUTHORIZATION_TOKEN": signature,
        "AWS_CONTAINER_CREDENTIALS_FULL_URI": (
            f"{endpoint}/_local/credentials?role={quote(role, safe='')}&service={PRINCIPAL}"
        ),
        "AWS_DEFAULT_REGION": environment.region,
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_ENDPOINT_URL": endpoint,
        "AWS_REGION": environment.region,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "NO_PROXY": urlparse(endpoint).hostname or "",
    }
