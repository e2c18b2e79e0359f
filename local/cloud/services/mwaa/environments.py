"""What an environment looks like: its defaults, and what a request changes in it.

https://docs.aws.amazon.com/mwaa/latest/API/API_Environment.html
"""

from __future__ import annotations

import time
import uuid
from pathlib import Path
from typing import Any

from local.cloud.core.answers import ServiceError
from local.cloud.core.settings import ACCOUNT, REGION

#: Those that the laptop runs, the oldest first, of
#: https://docs.aws.amazon.com/mwaa/latest/userguide/airflow-versions.html
VERSIONS = tuple(
    sorted(
        (folder.name for folder in (Path(__file__).parents[3] / "airflow" / "versions").iterdir()),
        key=lambda name: [int(part) for part in name.split(".")],
    )
)

#: What CreateEnvironment takes when nothing is said; https://docs.aws.amazon.com/mwaa/latest/API/API_CreateEnvironment.html
_DEFAULTS: dict[str, Any] = {
    "AirflowVersion": VERSIONS[-1],
    "EnvironmentClass": "mw1.small",
    "MaxWorkers": 10,
    "MinWorkers": 1,
    "WebserverAccessMode": "PRIVATE_ONLY",
    "EndpointManagement": "SERVICE",
    "WeeklyMaintenanceWindowStart": "SUN:04:00",
    "AirflowConfigurationOptions": {},
}

_LOGS = {
    "DagProcessingLogs": "DAGProcessing",
    "SchedulerLogs": "Scheduler",
    "TaskLogs": "Task",
    "WebserverLogs": "WebServer",
    "WorkerLogs": "Worker",
}


#: Files of the bucket that an environment takes in one version each.
_FILES = ("Plugins", "Requirements", "StartupScript")

#: The status of an environment that can only be deleted.
CREATE_FAILED = "CREATE_FAILED"

#: The account of the service's that stands for the one in which MWAA keeps queue and key.
SERVICE_ACCOUNT = "999999999999"


def refused(message: str) -> ServiceError:
    """The error of a request that MWAA refuses."""
    return ServiceError("ValidationException", message, 400)


def created(name: str, content: dict[str, Any]) -> dict[str, Any]:
    """The environment that a CreateEnvironment asks for."""
    for member in ("DagS3Path", "ExecutionRoleArn", "NetworkConfiguration", "SourceBucketArn"):
        if not content.get(member):
            raise refused(f"{member} is required.")
    now = time.time()
    fewest = 1 if content.get("EnvironmentClass") == "mw1.micro" else 2
    return {
        **_DEFAULTS,
        **dict.fromkeys(("MaxWebservers", "MinWebservers", "Schedulers"), fewest),
        **{key: value for key, value in content.items() if value is not None},
        "Name": name,
        "Arn": f"arn:aws:airflow:{REGION}:{ACCOUNT}:environment/{name}",
        "Status": "AVAILABLE",
        "CreatedAt": now,
        "LastUpdate": {"Status": "SUCCESS", "CreatedAt": now},
        "LoggingConfiguration": _logging(name, content.get("LoggingConfiguration") or {}),
        "ServiceRoleArn": (
            f"arn:aws:iam::{ACCOUNT}:role/aws-service-role/airflow.amazonaws.com/"
            "AWSServiceRoleForAmazonMWAA"
        ),
        "WebserverUrl": f"{name}.c0.{REGION}.airflow.amazonaws.com",
        "CeleryExecutorQueue": (
            f"arn:aws:sqs:{REGION}:{SERVICE_ACCOUNT}:airflow-celery-{uuid.uuid4()}"
        ),
        "Tags": content.get("Tags") or {},
    }


def failed(environment: dict[str, Any], reason: str) -> dict[str, Any]:
    """The same where its creation fails: MWAA accepts the request, and gives no reason but this.

    https://docs.aws.amazon.com/mwaa/latest/userguide/troubleshooting.html
    """
    error = {
        "ErrorCode": "INCORRECT_CONFIGURATION",
        "ErrorMessage": (
            "You may need to check the execution role permissions policy for your environment, and "
            "that each of the VPC networking components required by the environment are configured "
            "to allow traffic. Troubleshooting: "
            "https://docs.aws.amazon.com/mwaa/latest/userguide/troubleshooting.html "
            f"(The local cloud knows more: {reason}.)"
        ),
    }
    last = {**environment["LastUpdate"], "Status": "FAILED", "Error": error}
    return {**environment, "Status": CREATE_FAILED, "LastUpdate": last}


def updated(environment: dict[str, Any], content: dict[str, Any]) -> dict[str, Any]:
    """The environment as an UpdateEnvironment leaves it."""
    changed = {**environment, **{key: value for key, value in content.items() if value is not None}}
    changed.pop("WorkerReplacementStrategy", None)
    # The path may be empty, which is how a client takes a file away.
    # https://docs.aws.amazon.com/mwaa/latest/API/API_UpdateEnvironment.html
    for file in _FILES:
        if content.get(f"{file}S3Path") == "":
            changed = {
                key: value
                for key, value in changed.items()
                if key not in (f"{file}S3Path", f"{file}S3ObjectVersion")
            }
    network = {**environment["NetworkConfiguration"], **(content.get("NetworkConfiguration") or {})}
    now = time.time()
    return {
        **changed,
        "NetworkConfiguration": network,
        "LoggingConfiguration": {
            **environment["LoggingConfiguration"],
            **_logging(environment["Name"], content.get("LoggingConfiguration") or {}),
        },
        "LastUpdate": {
            "Status": "SUCCESS",
            "CreatedAt": now,
            "Source": "UpdateEnvironment",
            "WorkerReplacementStrategy": content.get("WorkerReplacementStrategy", "FORCED"),
        },
    }


def _logging(name: str, content: dict[str, Any]) -> dict[str, Any]:
    return {
        member: {
            "Enabled": content[member]["Enabled"],
            "LogLevel": content[member]["LogLevel"],
            "CloudWatchLogGroupArn": (
                f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:airflow-{name}-{suffix}"
            ),
        }
        for member, suffix in _LOGS.items()
        if member in content
    }
