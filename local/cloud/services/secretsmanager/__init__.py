"""Secrets Manager: who may have a secret decrypted."""

from __future__ import annotations

from ministack.services import secretsmanager

from local.cloud.core.service import Service
from local.cloud.services.secretsmanager import requests

SERVICE = Service("secretsmanager", requests.OPERATIONS, emulated=secretsmanager)
