"""The cron expressions that the settings take and refuse, put to Airflow itself."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from airflow.exceptions import AirflowTimetableInvalid
from airflow.timetables.base import TimeRestriction
from airflow.timetables.trigger import CronTriggerTimetable
from pendulum import UTC, datetime

CRON = json.loads((Path(__file__).parents[1] / "fixtures" / "cron.json").read_text())


def due(cron: str):
    """When a DAG of this schedule is due first; raises where that cannot be."""
    timetable = CronTriggerTimetable(cron, timezone=UTC)
    timetable.validate()
    restriction = TimeRestriction(earliest=datetime(2026, 1, 1), latest=None, catchup=True)
    return timetable.next_dagrun_info(last_automated_data_interval=None, restriction=restriction)


@pytest.mark.parametrize("cron", CRON["valid"])
def test_airflow_runs_what_the_settings_take(cron: str):
    assert due(cron) is not None


@pytest.mark.parametrize("cron", CRON["invalid"])
def test_airflow_refuses_what_the_settings_refuse(cron: str):
    with pytest.raises((AirflowTimetableInvalid, ValueError)):
        due(cron)
