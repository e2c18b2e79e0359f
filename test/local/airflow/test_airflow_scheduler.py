"""What the scheduler's executor tells of the ends of processes, by the Airflow that it is for."""

from __future__ import annotations

import json
import subprocess

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


def test_a_good_end_is_not_told_and_a_bad_one_is(tmp_path: object) -> None:
    run = subprocess.run(
        [python(), "-c", SCRIPT, str(ROOT / "local" / "airflow")],
        env={"AIRFLOW_HOME": str(tmp_path), "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
    )
    assert run.returncode == 0, run.stderr
    assert json.loads(run.stdout.splitlines()[-1]) == [[["bad", "failed", "why"]], 0, 0]
