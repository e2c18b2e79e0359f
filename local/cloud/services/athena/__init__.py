"""Amazon Athena as AWS has it where the emulator differs.

Workgroups enforce, results lie where the API says they do, a query has its caller's rights on
catalog and objects, speaks Trino's SQL, and does no more once it is stopped.
"""

from __future__ import annotations

from ministack.services import athena

from local.cloud.core.service import Service
from local.cloud.services.athena import engine, requests, state

SERVICE = Service(
    "athena",
    requests.OPERATIONS,
    emulated=athena,
    state=state,
    engine=engine,
    resource=requests.resource,
)
