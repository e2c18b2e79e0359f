"""All that users made and that is there now, in every service: what `destroy` must leave empty.

What a fresh account has is found by asking a fresh emulator, in a process of its own with empty
folders. What is left out otherwise is named here with its reason. A collection that nobody thought
of is listed: an unknown record is a false alarm, never a resource that goes unseen.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import sys
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

if __name__ == "__main__":
    # The fresh emulator: `configure` comes before anything of ministack's is imported.
    from local.cloud.core import settings as cloud_settings

    _fresh = tempfile.TemporaryDirectory(prefix="local-cloud-fresh-")
    cloud_settings.configure(
        cloud_settings.Settings(0, Path(_fresh.name), "fresh", "fresh", "fresh")
    )

from ministack import app
from ministack.core.responses import AccountRegionScopedDict, AccountScopedDict

#: Service, collection: why its entries are no resources of a user's.
RECORDS: dict[tuple[str, str], str] = {
    ("access", "*"): "notes on which role called what",
    (
        "athena",
        "_executions",
    ): "history of queries; AWS keeps it for 45 days and offers no deletion",
    ("cloudformation", "stack_events"): "events",
    ("cloudtrail", "event_selectors"): "settings of a trail, which is listed",
    ("cloudwatch", "alarm_history"): "history",
    ("cloudwatch", "metrics"): "measurements; AWS offers no deletion",
    ("cloudwatch_logs", "log_records"): "pointers into log events, which end with their group",
    ("cloudwatch_logs", "queries"): "history of Logs Insights queries",
    ("ec2", "default_initialized_scopes"): "which regions have been used at all",
    ("emr", "_block_public_access"): "a setting of the account, which is always there",
    ("emr", "_notebook_executions"): "history of executions; AWS offers no deletion",
    ("emr", "_steps"): "history of a cluster's steps, which AWS keeps with the terminated cluster",
    ("glue", "job_runs"): "history of a job's runs",
    ("glue", "workflow_runs"): "history of a workflow's runs",
    ("iam", "aws_managed_attachment_counts"): "a count; the attachment is part of its role",
    ("iam", "credential_reports"): "a report about the account",
    ("iam", "service_linked_role_deletion_tasks"): "history of deletions",
    ("iam", "sla_jobs"): "history of reports",
    ("kms", "alias_dates"): "dates of aliases, which are listed",
    ("redshift_data", "sessions"): "sessions of statements, which a restart ends",
    ("redshift_data", "statements"): "history of statements, which the Data API keeps for a day",
    ("redshift_data", "tokens"): "client tokens of statements",
    ("ssm", "commands"): "history of commands",
    ("ssm", "parameter_history"): "versions of a parameter, which is listed",
    ("stepfunctions", "executions"): "history of a state machine's executions",
    ("stepfunctions", "map_runs"): "history of executions",
    ("sts", "*"): "temporary credentials, which end by themselves",
}

#: Log groups of services' own, which all of an account share and no stack makes.
SHARED_LOG_GROUPS = {"/aws-glue/crawlers", "/aws-glue/jobs/error", "/aws-glue/jobs/output"}

#: Stores of S3's that are no part of its saved state, since they are written object by object.
_BESIDE_STATE = {"s3": ("_object_versions", "_multipart_uploads")}

#: States of what a user has deleted, and what AWS still shows for a while.
_GONE = {"deleted", "pendingdeletion", "terminated", "terminated_with_errors"}

#: The folder that the package `local` is in.
_ROOT = Path(__file__).parents[3]

#: Service, collection, ids.
Inventory = dict[str, dict[str, list[str]]]

_baseline: dict[str, Inventory] = {}


async def taken() -> Inventory:
    """List it: service, collection, ids. Empty where nothing is left."""
    loaded = sorted(app._build_persistence_save_dict())
    key = " ".join(loaded)
    if key not in _baseline:
        _baseline[key] = await _fresh_inventory(loaded)
    fresh = _baseline[key]
    listed: Inventory = {}
    for service, collection, ids in _everything():
        left = sorted(set(ids) - set(fresh.get(service, {}).get(collection, [])))
        if left:
            listed.setdefault(service, {})[collection] = left
    return listed


async def _fresh_inventory(services: list[str]) -> Inventory:
    """What a fresh emulator has in these services.

    Raises:
        RuntimeError: where it does not start: without it nothing can be said.
    """
    child = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        __name__,
        *services,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        cwd=_ROOT,
    )
    out, err = await child.communicate()
    if child.returncode != 0:
        raise RuntimeError(f"a fresh emulator could not be asked: {err.decode(errors='replace')}")
    return json.loads(out.splitlines()[-1])


def _everything() -> Iterator[tuple[str, str, list[str]]]:
    """Each collection of each service that has been used, with the ids of what is there."""
    for service, get_state in app._build_persistence_save_dict().items():
        state = dict(get_state() or {})
        module = app._get_module(app._state_map[service])
        for name in _BESIDE_STATE.get(service, ()):
            state[name] = getattr(module, name)
        for collection, content in state.items():
            if _is_record(service, collection):
                continue
            ids = [name for name, value in _entries(content) if not _is_gone(value)]
            if (service, collection) == ("cloudwatch_logs", "log_groups"):
                ids = [name for name in ids if name not in SHARED_LOG_GROUPS]
            if ids:
                yield service, collection.lstrip("_"), ids


def _is_record(service: str, collection: str) -> bool:
    # A tag is part of a resource, which is listed.
    return (
        collection.endswith("tags") or (service, collection) in RECORDS or (service, "*") in RECORDS
    )


def _entries(content: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(content, (AccountScopedDict, AccountRegionScopedDict)):
        content = {key[-1]: value for key, value in content._data.items()}
    if isinstance(content, Mapping):
        for key, value in content.items():
            yield _name(key), value
    elif isinstance(content, (list, tuple, set)):
        for value in content:
            yield _name(value), value


def _name(key: Any) -> str:
    return "/".join(map(str, key)) if isinstance(key, tuple) else str(key)


def _is_gone(value: Any) -> bool:
    if not isinstance(value, Mapping):
        return False
    states = [value.get(member) for member in ("State", "Status", "KeyState")]
    states += [s.get(m) for s in states if isinstance(s, Mapping) for m in ("State", "Name")]
    return any(isinstance(s, str) and s.lower() in _GONE for s in states)


async def _print_fresh(services: list[str]) -> None:
    """Print what this process, which is a fresh emulator, has in these services."""
    modules = {app._state_map[service] for service in services if service in app._state_map}
    for module in sorted(modules):
        app._get_module(module)
    for service, config in app.SERVICE_REGISTRY.items():
        if config["module"] in modules:
            # Some make their defaults at the first request, whatever it asks.
            with contextlib.suppress(Exception):
                await app.SERVICE_HANDLERS[service](
                    "GET", "/", {"x-amz-target": "Fresh.Nothing"}, b"{}", {}
                )
    listed: Inventory = {}
    for service, collection, ids in _everything():
        listed.setdefault(service, {})[collection] = ids
    print(json.dumps(listed))


if __name__ == "__main__":
    asyncio.run(_print_fresh(sys.argv[1:]))
