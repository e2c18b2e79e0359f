"""Settings of the local cloud, from its environment, and what they mean for ministack.

ministack reads its environment when it is imported: `configure` comes before any such import.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

#: The account and region of everything in the local cloud.
ACCOUNT = "123456789012"
REGION = "us-east-1"


@dataclass(frozen=True)
class Settings:
    """What one local cloud is started with."""

    #: Port of 127.0.0.1 that it listens on.
    port: int
    #: Folder that its state is kept in.
    state: Path
    #: Keys of the administrator, who may do everything; all other keys belong to a role.
    access_key_id: str
    secret_access_key: str
    #: Opens the local cloud's own routes.
    token: str
    #: The interpreter of Spark's virtual environment, and the folder of the S3A jars, where they
    #: are set up. Without them steps and jobs fail with a message that says so.
    spark: Path | None = None
    spark_jars: Path | None = None


def from_environment() -> Settings:
    """Read the settings.

    Raises:
        SystemExit: where a variable is missing, naming it.
    """

    def required(name: str) -> str:
        value = os.environ.get(name)
        if not value:
            raise SystemExit(
                f"{name} is not set: the local cloud is started by `npm run local -- up`"
            )
        return value

    def path(name: str) -> Path | None:
        value = os.environ.get(name)
        return Path(value) if value else None

    return Settings(
        port=int(required("LOCAL_CLOUD_PORT")),
        state=Path(required("LOCAL_CLOUD_STATE")),
        access_key_id=required("LOCAL_CLOUD_ACCESS_KEY_ID"),
        secret_access_key=required("LOCAL_CLOUD_SECRET_ACCESS_KEY"),
        token=required("LOCAL_CLOUD_TOKEN"),
        spark=path("LOCAL_CLOUD_SPARK"),
        spark_jars=path("LOCAL_CLOUD_SPARK_JARS"),
    )


def configure(settings: Settings) -> None:
    """Set ministack's environment. A user's own AWS variables must not reach it."""
    for name in list(os.environ):
        if name.startswith(("AWS_", "MINISTACK_", "S3_", "LOCAL_CLOUD_")):
            del os.environ[name]
    os.environ.update(
        AUTH="true",
        AWS_ACCESS_KEY_ID=settings.access_key_id,
        AWS_SECRET_ACCESS_KEY=settings.secret_access_key,
        MINISTACK_ACCOUNT_ID=ACCOUNT,
        MINISTACK_REGION=REGION,
        MINISTACK_HOST="127.0.0.1",
        GATEWAY_PORT=str(settings.port),
        BIND_HOST="127.0.0.1",
        # These two open ports on all interfaces.
        IOT_MTLS_ENABLED="0",
        SFTP_ENABLED="0",
        PERSIST_STATE="1",
        STATE_DIR=str(settings.state / "services"),
        S3_PERSIST="1",
        S3_DATA_DIR=str(settings.state / "s3"),
        LOG_LEVEL="WARNING",
    )
