"""Clients of this cloud itself: a service that acts for a user calls it over HTTP, as a role.

So IAM, the API's models and the state on disk are the same for a service's calls as for a user's.
"""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass
from typing import Any

import boto3
from botocore.config import Config

from local.cloud.core import auth
from local.cloud.core.settings import REGION, Settings

#: Seconds before their end at which credentials are taken anew.
_SPARE_SECONDS = 300

_settings: Settings
_session: boto3.Session | None = None
_lock = threading.Lock()


def install(settings: Settings) -> None:
    """Take note of where this cloud is."""
    global _settings
    _settings = settings


def client(
    service: str,
    keys: tuple[str, str, str | None],
    timeout: float = 60,
    region: str = REGION,
) -> Any:
    """A client with these keys.

    Args:
        service: as boto3 names it.
        keys: access key, secret, and session token.
        timeout: seconds that a call may take.
        region: which its requests are signed for.
    """
    global _session
    with _lock:
        # A session is not thread-safe while it makes a client, and loads the models once.
        _session = _session or boto3.Session(region_name=REGION)
        return _session.client(
            service,
            region_name=region,
            endpoint_url=f"http://127.0.0.1:{_settings.port}",
            aws_access_key_id=keys[0],
            aws_secret_access_key=keys[1],
            aws_session_token=keys[2],
            config=Config(
                inject_host_prefix=False,
                parameter_validation=False,
                read_timeout=timeout,
                proxies={},
                retries={"total_max_attempts": 1},
                s3={"addressing_style": "path"},
            ),
        )


def administrator(service: str) -> Any:
    """A client for what a service does in its own name."""
    return client(service, (_settings.access_key_id, _settings.secret_access_key, None))


@dataclass(frozen=True)
class Caller:
    """A role that a service uses for a resource; the trust policy is asked at each loan."""

    #: ARN of the role.
    role: str
    #: Principal, such as `glue.amazonaws.com`.
    service: str
    #: ARN of the resource that the service acts for.
    source: str

    def credentials(self) -> auth.Credentials:
        """Credentials that are good for a while yet.

        Raises:
            auth.Denied: where the role is not there or does not trust the service.
        """
        with _lock:
            vended = _vended.get(self)
            if vended is None or vended.expiration - _SPARE_SECONDS < time.time():
                vended = _vended[self] = auth.assume(self.role, self.service, self.source)
            return vended

    def anew(self) -> Caller:
        """The same, for work that begins: what was vended before is discarded."""
        with _lock:
            _vended.pop(self, None)
        return self

    def renewed(self) -> Caller:
        """The same with new credentials; raises as `credentials`."""
        self.anew().credentials()
        return self

    def client(self, service: str, timeout: float = 60) -> Any:
        """A client of a service; see `client`."""
        vended = self.credentials()
        keys = (vended.access_key_id, vended.secret_access_key, vended.session_token)
        return client(service, keys, timeout)


_vended: dict[Caller, auth.Credentials] = {}
