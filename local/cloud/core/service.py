"""What a service of the local cloud is, and how it is registered with the emulator: whole.

`docs/local-cloud.md` says how a service is added.
"""

from __future__ import annotations

import inspect
import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from types import ModuleType
from typing import Any, Protocol

from ministack import app
from ministack.core import iam_actions, router

from local.cloud.core import auth, patches
from local.cloud.core.answers import Response, ServiceError
from local.cloud.core.protocols import Ec2Query, Form, Json, Wire, escaped
from local.cloud.core.settings import Settings


@dataclass(frozen=True)
class Request:
    """One call of an operation."""

    #: Such as `StartQueryExecution`.
    operation: str
    #: Its input, by the names of the API's model.
    content: dict[str, Any]
    headers: dict[str, str]
    query: dict[str, list[str]]
    method: str
    path: str
    body: bytes
    _emulated: ModuleType | None = None

    @property
    def access_key(self) -> str:
        """The access key that it is signed with."""
        return router.extract_access_key_id(self.headers, self.query)

    async def emulated(self, content: dict[str, Any] | None = None) -> Response:
        """What the emulator answers; to this content where it is given, as JSON.

        Raises:
            LookupError: where the emulator has no such service.
        """
        if self._emulated is None:
            raise LookupError(f"the emulator does not have the service of {self.operation}")
        body = self.body if content is None else json.dumps(content).encode()
        return await self._emulated.handle_request(
            self.method, self.path, self.headers, body, self.query
        )


#: Serves an operation: returns the content of the answer, or an answer made otherwise. An error of
#: the service is raised as `ServiceError`.
Operation = Callable[[Request], dict[str, Any] | Response | Awaitable[dict[str, Any] | Response]]


class State(Protocol):
    """What a service keeps, and what is saved of it; the hooks have the emulator's names."""

    def get_state(self) -> dict[str, Any]:
        """What is saved."""
        ...

    def load_persisted_state(self, data: dict[str, Any]) -> None:
        """Take up what was saved. What was running then has ended."""
        ...

    def reset(self) -> None:
        """Forget everything."""
        ...


class Engine(Protocol):
    """What does a service's work outside of requests."""

    def start(self, settings: Settings) -> None:
        """Get ready, before the first request."""
        ...

    def stop(self) -> None:
        """End what is at work, after the last request."""
        ...


@dataclass(frozen=True)
class Service:
    """A service: all that the emulator has to know of it."""

    #: What requests are signed for, and what the emulator registers it by, such as `athena`.
    name: str
    #: The table of operations.
    operations: Mapping[str, Operation]
    #: The emulator's own module of the service, which this one stands in front of.
    emulated: ModuleType | None = None
    protocol: Wire = field(default_factory=Json)
    #: Operations that are left to the emulator; None for all that the table does not have.
    passed: frozenset[str] | None = None
    #: Serves the operations that the table does not have, in place of the emulator.
    otherwise: Operation | None = None
    #: A module or object with hooks of `State`; those that it lacks are the emulator's.
    state: State | ModuleType | None = None
    engine: Engine | ModuleType | None = None
    #: The ARN that a call is about, for IAM; without it, the emulator's.
    resource: Callable[[str, dict[str, Any]], str] | None = None
    #: What conditions may look at, of the ARN and of what the emulator knows by itself.
    condition_keys: Callable[[str, dict[str, Any]], dict[str, Any]] | None = None
    #: Names of `emulated` that the service replaces, listed in `patches.PATCHED` with the reason.
    replaces: Mapping[str, Callable[..., Any]] = field(default_factory=dict)
    #: How the X-Amz-Target of requests begins, where they have one. Only of a service that the
    #: emulator does not have.
    target_prefix: str = ""
    #: The prefix of its IAM actions, without which no call would be authorised. As above.
    namespace: str = ""

    @property
    def key(self) -> str:
        """The name of its module in the emulator's tables, and of its file of state."""
        if self.emulated is not None:
            return self.emulated.__name__.rsplit(".", 1)[-1]
        return self.name.replace("-", "_")


#: The hooks of a state, each of which is the emulator's where a service has none.
_HOOKS = ("get_state", "load_persisted_state", "reset")


class Module:
    """A service in the form that the emulator takes: a module with its hooks."""

    def __init__(self, service: Service) -> None:
        self._service = service

    async def handle_request(
        self,
        method: str,
        path: str,
        headers: dict[str, str],
        body: bytes,
        query_params: dict[str, list[str]],
        **more: Any,
    ) -> Response:
        """Serve one request; what the emulator gives its own module besides is passed on."""
        answer = await self._served(method, path, headers, body, query_params, **more)
        texts = isinstance(self._service.protocol, Ec2Query) and self._service.emulated is not None
        return escaped(answer) if texts else answer

    async def _served(
        self,
        method: str,
        path: str,
        headers: dict[str, str],
        body: bytes,
        query_params: dict[str, list[str]],
        **more: Any,
    ) -> Response:
        service, emulated = self._service, self._service.emulated
        operation, content = service.protocol.read(method, path, headers, body, query_params)
        serve = service.operations.get(operation, service.otherwise)
        if serve is None:
            if emulated is not None and (service.passed is None or operation in service.passed):
                return await emulated.handle_request(
                    method, path, headers, body, query_params, **more
                )
            return service.protocol.error(
                ServiceError(
                    "UnknownOperationException",
                    f"the local cloud has no operation {operation or f'{method} {path}'}",
                )
            )
        request = Request(operation, content, headers, query_params, method, path, body, emulated)
        try:
            answer = serve(request)
            if inspect.isawaitable(answer):
                answer = await answer
        except ServiceError as error:
            return service.protocol.error(error)
        return answer if isinstance(answer, tuple) else service.protocol.answer(operation, answer)

    def __getattr__(self, name: str) -> Any:
        """The hooks of its state, and whatever else the emulator asks its own module for."""
        state, emulated = self._service.state, self._service.emulated
        if name in _HOOKS and hasattr(state, name):
            return getattr(state, name)
        if emulated is not None:
            return getattr(emulated, name)
        raise AttributeError(f"the service {self._service.name} has no {name}")


_registered: list[Service] = []


def register_state(key: str, state: Any) -> None:
    """Have a state kept like a service's, to which no request is routed."""
    app._loaded_modules[key] = state
    app._state_map[key] = key


def register(service: Service, settings: Settings) -> None:
    """Register a service with the emulator, in the place of the emulator's own, and start it."""
    key = service.key
    app._loaded_modules[key] = Module(service)
    if service.emulated is None:
        app.SERVICE_REGISTRY[service.name] = {"module": key}
        app.SERVICE_HANDLERS[service.name] = app._lazy_handler(key)
        app._state_map[key] = key
        iam_actions.SERVICE_TO_IAM_NAMESPACE[service.name] = service.namespace
        prefixes = [service.target_prefix] if service.target_prefix else []
        router.SERVICE_PATTERNS[service.name] = {"target_prefixes": prefixes}
        if isinstance(service.protocol, Form):
            iam_actions._SERVICE_PROTOCOL[service.name] = "query-xml"
    if service.resource is not None:
        auth.resources_of(service.name, service.resource)
    if service.condition_keys is not None:
        auth.condition_keys_of(service.name, service.condition_keys)
    if service.emulated is not None:
        for name, replacement in service.replaces.items():
            patches.patch(service.emulated, name, lambda _plain, new=replacement: new)
    if service.engine is not None:
        service.engine.start(settings)
    _registered.append(service)


def stop_all() -> None:
    """End what the services have at work."""
    for service in _registered:
        if service.engine is not None:
            service.engine.stop()
