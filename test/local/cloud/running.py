"""What the tests of the local cloud share: the process, clients, roles, and waiting."""

from __future__ import annotations

import hashlib
import hmac
import itertools
import json
import os
import secrets
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

import boto3
from botocore.config import Config

ROOT = Path(__file__).parents[3]
ACCOUNT = "123456789012"
REGION = "us-east-1"

_numbers = itertools.count(1)


def unique(stem: str) -> str:
    """A name that no other test uses."""
    return f"{stem}-{next(_numbers)}"


def free_port() -> int:
    """A port of 127.0.0.1 that is free now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def python() -> str:
    """The interpreter with the local cloud's packages."""
    own = ROOT / ".local" / "venvs" / "cloud" / "bin" / "python"
    return os.environ.get("LOCAL_CLOUD_PYTHON", str(own))


def spark() -> dict[str, str]:
    """Where Spark is, as the local cloud is told it."""
    home = ROOT / ".local"
    own = {
        "LOCAL_CLOUD_SPARK": str(home / "venvs" / "spark" / "bin" / "python"),
        "LOCAL_CLOUD_SPARK_JARS": str(home / "tools" / "spark-jars"),
    }
    return {name: os.environ.get(name, path) for name, path in own.items()}


class Cloud:
    """A local cloud process and its clients."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.keys = ("AKIA" + secrets.token_hex(8).upper(), secrets.token_hex(20))
        self.token = secrets.token_hex(16)
        self.process: subprocess.Popen[bytes] | None = None

    def command(self) -> subprocess.Popen[bytes]:
        """Start the process, without waiting."""
        environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(self.folder),
            "LOCAL_CLOUD_PORT": str(self.port),
            "LOCAL_CLOUD_STATE": str(self.folder / "state"),
            "LOCAL_CLOUD_ACCESS_KEY_ID": self.keys[0],
            "LOCAL_CLOUD_SECRET_ACCESS_KEY": self.keys[1],
            "LOCAL_CLOUD_TOKEN": self.token,
            **spark(),
        }
        with (self.folder / "log").open("ab") as log:
            return subprocess.Popen(
                self.arguments(),
                cwd=ROOT,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )

    def arguments(self) -> list[str]:
        """The command of the process."""
        return [python(), "-X", "utf8", "-m", "local.cloud"]

    def start(self) -> None:
        """Start it, and wait until it serves."""
        self.process = self.command()

        def healthy() -> bool:
            if self.process is not None and self.process.poll() is not None:
                raise AssertionError(f"the cloud ended: {self.log()}")
            try:
                return self.get("/_local/health")[0] == 200
            except OSError:
                return False

        until(healthy, 60)

    def stop(self) -> int | None:
        """Stop it as `npm run local -- down` does; how it ended."""
        return self._end(signal.SIGTERM)

    def saved(self) -> None:
        """Wait until what was answered so far is written down.

        Two writes that begin after it, one after the other: what was being written before the first
        of them is whole by then.
        """
        ssm, name = self.client("ssm"), f"/{unique('saved')}"
        file = self.folder / "state" / "services" / "ssm.json"
        ssm.put_parameter(Name=name, Value="a", Type="String")
        until(lambda: file.exists() and name in file.read_text())
        ssm.delete_parameter(Name=name)
        until(lambda: name not in file.read_text())

    def kill(self) -> None:
        """End it without a chance to write anything."""
        self._end(signal.SIGKILL)

    def _end(self, signum: int) -> int | None:
        if self.process is None:
            return None
        self.process.send_signal(signum)
        status = self.process.wait(30)
        self.process = None
        return status

    def log(self) -> str:
        """What it wrote."""
        return (self.folder / "log").read_text(errors="replace")

    def get(
        self, path: str, headers: dict[str, str] | None = None, method: str = "GET"
    ) -> tuple[int, Any]:
        """A plain request, without a signature: status, and content where it is JSON."""
        request = urllib.request.Request(self.url + path, headers=headers or {}, method=method)
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                status, body = answer.status, answer.read()
        except urllib.error.HTTPError as error:
            status, body = error.code, error.read()
        try:
            return status, json.loads(body)
        except ValueError:
            return status, body.decode(errors="replace")

    def client(self, service: str, keys: tuple[str, ...] | None = None, **more: Any) -> Any:
        """A client, of the administrator if no keys are given."""
        access_key, secret, *token = keys or self.keys
        return boto3.client(
            service,
            endpoint_url=self.url,
            region_name=more.pop("region_name", REGION),
            aws_access_key_id=access_key,
            aws_secret_access_key=secret,
            aws_session_token=token[0] if token else None,
            config=Config(
                inject_host_prefix=False,
                parameter_validation=False,
                retries={"total_max_attempts": 1},
                s3={"addressing_style": "path"},
                **more,
            ),
        )

    def inventory(self) -> dict[str, dict[str, list[str]]]:
        """All that users made."""
        status, content = self.get("/_local/inventory", {"Authorization": f"Bearer {self.token}"})
        assert status == 200, content
        return content

    def credentials(
        self, role: str, service: str, authorization: str | None = None
    ) -> tuple[int, Any]:
        """Ask the credential route for a role, as a process of that service would."""
        if authorization is None:
            message = f"{service}|{role}".encode()
            authorization = hmac.new(self.token.encode(), message, hashlib.sha256).hexdigest()
        query = urllib.parse.urlencode({"role": role, "service": service})
        return self.get(f"/_local/credentials?{query}", {"Authorization": authorization})

    def as_role(self, role: str, service: str) -> tuple[str, str, str]:
        """Keys of a session of a role, vended to a service."""
        status, content = self.credentials(role, service)
        assert status == 200, content
        return content["AccessKeyId"], content["SecretAccessKey"], content["Token"]

    def role(
        self,
        services: str | list[str],
        statements: list[dict[str, Any]] | None = None,
        condition: dict[str, Any] | None = None,
    ) -> str:
        """Make a role with a trust policy for services, and rights; its ARN."""
        iam = self.client("iam")
        name = unique("role")
        trust = {"Effect": "Allow", "Principal": {"Service": services}, "Action": "sts:AssumeRole"}
        if condition:
            trust["Condition"] = condition
        arn = iam.create_role(
            RoleName=name,
            AssumeRolePolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [trust]}),
        )["Role"]["Arn"]
        if statements:
            iam.put_role_policy(
                RoleName=name,
                PolicyName="rights",
                PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": statements}),
            )
        return arn

    def log_key(self) -> str:
        """Make a key that CloudWatch Logs may use; its ARN."""
        root, logs = f"arn:aws:iam::{ACCOUNT}:root", f"logs.{REGION}.amazonaws.com"
        policy = {
            "Version": "2012-10-17",
            "Statement": [
                allow("kms:*", Principal={"AWS": root}),
                allow("kms:*", Principal={"Service": logs}),
            ],
        }
        made = self.client("kms").create_key(Policy=json.dumps(policy))
        return made["KeyMetadata"]["Arn"]

    def bucket(self, name: str | None = None, **objects: str) -> str:
        """Make a bucket with objects; its name."""
        s3 = self.client("s3")
        name = name or unique("bucket")
        s3.create_bucket(Bucket=name)
        for key, text in objects.items():
            s3.put_object(Bucket=name, Key=key, Body=text.encode())
        return name


def allow(actions: str | list[str], resource: str | list[str] = "*", **more: Any) -> dict[str, Any]:
    """A statement that allows."""
    return {"Effect": "Allow", "Action": actions, "Resource": resource, **more}


def until(ready: Callable[[], Any], seconds: float = 30) -> Any:
    """Wait for something to be so; what it is then."""
    end = time.monotonic() + seconds
    while True:
        found = ready()
        if found:
            return found
        if time.monotonic() > end:
            raise AssertionError(f"not so after {seconds} s: {ready}")
        time.sleep(0.05)
