"""The runner as a process, as the tests start and ask it."""

from __future__ import annotations

from running import REGION, Cloud


def runner_variables(cloud: Cloud) -> dict[str, str]:
    """Variables that the runner is started with."""
    return {
        "AWS_ENDPOINT_URL": cloud.url,
        "AWS_REGION": REGION,
        "AWS_DEFAULT_REGION": REGION,
        "AWS_ACCESS_KEY_ID": cloud.keys[0],
        "AWS_SECRET_ACCESS_KEY": cloud.keys[1],
        "LOCAL_CLOUD_TOKEN": cloud.token,
    }
