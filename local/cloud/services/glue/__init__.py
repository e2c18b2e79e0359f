"""AWS Glue: the Data Catalog is the emulator's, jobs and crawlers are our own."""

from __future__ import annotations

from ministack.services import glue

from local.cloud.core.service import Service
from local.cloud.services.glue import engine, requests, rights, state

SERVICE = Service(
    "glue",
    requests.OPERATIONS,
    emulated=glue,
    otherwise=requests.EMULATED,
    state=state,
    engine=engine,
    resource=rights.resource,
)
