"""Amazon EMR."""

from __future__ import annotations

from ministack.services import emr

from local.cloud.core.service import Service
from local.cloud.services.emr import engine, requests, state

SERVICE = Service(
    "elasticmapreduce",
    requests.OPERATIONS,
    emulated=emr,
    passed=requests.EMULATED,
    state=state,
    engine=engine,
    resource=requests.resource,
    condition_keys=requests.condition_keys,
)
