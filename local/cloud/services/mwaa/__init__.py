"""Amazon Managed Workflows for Apache Airflow: its control plane.

Airflow itself is run by `local/airflow`, which reads all of this from GetEnvironment.
https://docs.aws.amazon.com/mwaa/latest/API/API_CreateEnvironment.html
"""

from __future__ import annotations

from ministack.services import mwaa

from local.cloud.core import ways
from local.cloud.core.protocols import RestJson
from local.cloud.core.service import Service
from local.cloud.services.mwaa import reach, requests, state

SERVICE = Service(
    "airflow",
    requests.OPERATIONS,
    emulated=mwaa,
    passed=frozenset(),
    protocol=RestJson("mwaa"),
    state=state,
    resource=requests.resource,
)

ways.of_callers(reach.blocked)
