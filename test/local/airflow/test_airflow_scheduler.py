"""What the scheduler's executor tells of the ends of processes, by the Airflow that it is for."""

from __future__ import annotations

import json
import subprocess
from typing import Any

from runner import ROOT, python

#: In a process of its own: Airflow has its own ways with loggers.
SCRIPT = """
import json, sys
sys.path.insert(0, sys.argv[1])
from airflow.executors.local_executor import LocalExecutor
from airflow.models.taskinstancekey import TaskInstanceKey
from airflow.utils.state import TaskInstanceState
from airflow_scheduler import without_good_ends

without_good_ends(LocalExecutor)
executor = LocalExecutor()
good, bad = (TaskInstanceKey("dag", task, "run", 1, -1) for task in ("good", "bad"))
executor.running |= {good, bad}
executor.change_state(good, TaskInstanceState.SUCCESS)
executor.change_state(bad, TaskInstanceState.FAILED, info="why")
told = [[key.task_id, state, why] for key, (state, why) in executor.get_event_buffer().items()]
# One whose process is known no more, since it was given again meanwhile.
executor.change_state(good, TaskInstanceState.SUCCESS)
print(json.dumps([told, len(executor.running), len(executor.get_event_buffer())]))
"""

#: A task's process, forked from one that has loaded what tasks need.
FORKED = """
import json, os, sys
sys.path.insert(0, sys.argv[1])
from airflow_scheduler import MODULES, SERVICES, load_for_tasks

load_for_tasks()
read = []
if os.fork() == 0:
    import boto3
    from botocore.loaders import JSONFileLoader

    opened = JSONFileLoader._load_file
    JSONFileLoader._load_file = lambda *given: read.append(given[1]) or opened(*given)
    own = {"aws_access_key_id": "own", "aws_secret_access_key": "own", "region_name": "eu-west-1"}
    sessions = [boto3.Session(**own) for _ in range(2)]
    clients = [session.client(name) for session in sessions for name in SERVICES]
    print(json.dumps([
        list(read),
        [name for name in MODULES if name not in sys.modules],
        sorted({client.meta.region_name for client in clients}),
        sorted({client._request_signer._credentials.access_key for client in clients}),
        "eu-central-1" in sessions[1].get_available_regions("emr"),
        [bool(sessions[1].resource("s3").meta), bool(read)],
    ]))
else:
    sys.exit(os.waitstatus_to_exitcode(os.wait()[1]))
"""


def printed(script: str, home: object) -> Any:
    """What a script prints in its last line, as JSON; it has to succeed."""
    run = subprocess.run(
        [python(), "-c", script, str(ROOT / "local" / "airflow")],
        env={"AIRFLOW_HOME": str(home), "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
    )
    assert run.returncode == 0, run.stderr
    return json.loads(run.stdout.splitlines()[-1])


def test_a_task_finds_what_it_needs_and_has_credentials_of_its_own(tmp_path: object) -> None:
    found = printed(FORKED, tmp_path)
    # What nobody has read before, such as the resources of S3, is read when it is asked for.
    assert found == [[], [], ["eu-west-1"], ["own"], True, [True, True]]


def test_a_good_end_is_not_told_and_a_bad_one_is(tmp_path: object) -> None:
    assert printed(SCRIPT, tmp_path) == [[["bad", "failed", "why"]], 0, 0]
