"""Who may speak to the server at all, and where it listens."""

from __future__ import annotations

import http.client
import re
import subprocess
import sys
from pathlib import Path

import pytest
from botocore.exceptions import ClientError
from running import ROOT, Cloud, free_port, python


def test_health_needs_nothing(cloud: Cloud) -> None:
    assert cloud.get("/_local/health") == (200, {"status": "ok"})
    assert cloud.get("/_local/nothing")[0] == 404


@pytest.mark.parametrize(
    "headers",
    [
        {"Host": "evil.example"},
        {"Host": "127.0.0.1"},
        {"Host": "127.0.0.1:1"},
        {"Host": ""},
        {"Origin": "http://evil.example"},
        {"Origin": "null"},
        {"Sec-Fetch-Mode": "no-cors"},
        {"Sec-Fetch-Mode": "navigate"},
    ],
    ids=str,
)
@pytest.mark.parametrize("path", ["/_local/health", "/_local/inventory", "/", "/bucket/key"])
def test_a_web_page_does_not_get_in(cloud: Cloud, headers: dict[str, str], path: str) -> None:
    if "Host" in headers:
        headers = {**headers, "Authorization": f"Bearer {cloud.token}"}
    status, content = cloud.get(path, headers)
    assert status == 403
    assert "message" in content


@pytest.mark.parametrize(
    "path", ["/_ministack/reset", "/_ministack/health", "/_localstack/health", "/_aws/x", "/health"]
)
@pytest.mark.parametrize("method", ["GET", "POST", "DELETE"])
def test_the_emulators_own_routes_are_closed(cloud: Cloud, path: str, method: str) -> None:
    assert cloud.get(path, method=method)[0] == 403


@pytest.mark.parametrize(
    "path", ["//_ministack/reset", "/%5fministack/reset", "/./_ministack/reset"]
)
def test_nor_do_they_open_by_another_spelling(cloud: Cloud, path: str) -> None:
    bucket = cloud.bucket()
    connection = http.client.HTTPConnection("127.0.0.1", cloud.port, timeout=30)
    connection.putrequest("POST", path, skip_host=False)
    connection.putheader("Content-Length", "0")
    connection.endheaders()
    assert connection.getresponse().status in (400, 403, 404)
    connection.close()
    assert cloud.client("s3").head_bucket(Bucket=bucket)


def test_a_body_has_a_limit(cloud: Cloud) -> None:
    """Refused by its announced length, before a byte of it is read."""
    connection = http.client.HTTPConnection("127.0.0.1", cloud.port, timeout=30)
    connection.putrequest("PUT", "/bucket/key")
    connection.putheader("Content-Length", str(600 * 1024 * 1024))
    connection.endheaders()
    answer = connection.getresponse()
    assert answer.status in (403, 413)
    assert b"limit" in answer.read()
    connection.close()


def listening(pid: int) -> set[str]:
    """The addresses that a process listens on for TCP, from the kernel's tables."""
    inodes = set()
    for entry in Path(f"/proc/{pid}/fd").iterdir():
        try:
            found = re.fullmatch(r"socket:\[(\d+)\]", str(entry.readlink()))
        except OSError:
            continue
        if found:
            inodes.add(found[1])
    addresses = set()
    for table in ("tcp", "tcp6"):
        for line in Path(f"/proc/{pid}/net/{table}").read_text().splitlines()[1:]:
            columns = line.split()
            if columns[3] == "0A" and columns[9] in inodes:
                address, port = columns[1].split(":")
                addresses.add(f"{address}:{int(port, 16)}")
    return addresses


@pytest.mark.skipif(sys.platform != "linux", reason="reads Linux's own tables of sockets")
def test_it_listens_on_the_loopback_alone(cloud: Cloud) -> None:
    # What some services open when they are first used would show too.
    for service, call in (
        ("cloudwatch", "list_metrics"),
        ("dynamodb", "list_tables"),
        ("events", "list_rules"),
        ("secretsmanager", "list_secrets"),
        ("sqs", "list_queues"),
    ):
        getattr(cloud.client(service), call)()
    assert listening(cloud.process.pid) == {f"0100007F:{cloud.port}"}


def test_a_port_that_is_taken_is_one_clear_error(cloud: Cloud, fresh: Cloud) -> None:
    fresh.port = cloud.port
    second = fresh.command()
    assert second.wait(60) not in (0, None)
    lines = [line for line in fresh.log().splitlines() if line.strip()]
    assert len(lines) == 1, fresh.log()
    assert str(cloud.port) in lines[0] and "127.0.0.1" in lines[0]
    assert cloud.get("/_local/health")[0] == 200


def test_a_state_is_of_one_process(cloud: Cloud, fresh: Cloud) -> None:
    fresh.folder, own = cloud.folder, fresh.folder
    try:
        second = fresh.command()
        assert second.wait(60) not in (0, None)
        assert "another local cloud" in cloud.log().splitlines()[-1]
    finally:
        fresh.folder = own
    assert cloud.get("/_local/health")[0] == 200


@pytest.mark.parametrize(
    "missing",
    [
        "LOCAL_CLOUD_PORT",
        "LOCAL_CLOUD_STATE",
        "LOCAL_CLOUD_ACCESS_KEY_ID",
        "LOCAL_CLOUD_SECRET_ACCESS_KEY",
        "LOCAL_CLOUD_TOKEN",
    ],
)
def test_a_missing_setting_is_named(missing: str, tmp_path: Path) -> None:
    names = ("PORT", "STATE", "ACCESS_KEY_ID", "SECRET_ACCESS_KEY", "TOKEN")
    environment = {f"LOCAL_CLOUD_{name}": str(tmp_path / name) for name in names}
    environment["LOCAL_CLOUD_PORT"] = str(free_port())
    del environment[missing]
    ended = subprocess.run(
        [python(), "-X", "utf8", "-m", "local.cloud"],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert ended.returncode != 0
    assert missing in ended.stderr and len(ended.stderr.splitlines()) == 1


def test_no_secret_is_logged(cloud: Cloud) -> None:
    for secret in (cloud.keys[1], cloud.token):
        assert secret not in cloud.log()


@pytest.mark.parametrize(
    ("service", "call", "content"),
    [
        ("lambda", "invoke", {"FunctionName": "f"}),
        ("batch", "submit_job", {"jobName": "j", "jobQueue": "q", "jobDefinition": "d"}),
        ("kinesis", "list_streams", {}),
        ("cloudformation", "describe_stacks", {}),
        ("ses", "list_identities", {}),
    ],
)
def test_a_service_that_is_not_run_says_so(
    cloud: Cloud, service: str, call: str, content: dict[str, str]
) -> None:
    for keys in (None, cloud.as_role(cloud.role("glue.amazonaws.com"), "glue.amazonaws.com")):
        with pytest.raises(ClientError) as caught:
            getattr(cloud.client(service, keys), call)(**content)
        error = caught.value.response
        assert error["ResponseMetadata"]["HTTPStatusCode"] == 501
        assert error["Error"]["Code"] == "NotImplemented"
        wanted = f"the local cloud does not run {service}. It runs airflow, athena, cloudcontrolapi"
        assert error["Error"]["Message"].startswith(wanted)
