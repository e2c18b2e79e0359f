"""AWS Step Functions: the emulator evaluates JSONata; what walks the states is our own."""

from __future__ import annotations

from ministack.services import stepfunctions

from local.cloud.core.service import Service
from local.cloud.services.stepfunctions import checks, engine, requests, state

SERVICE = Service(
    "states",
    requests.OPERATIONS,
    emulated=stepfunctions,
    state=state,
    engine=engine,
    resource=checks.resource,
)
