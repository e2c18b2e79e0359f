"""Starts the local cloud, and saves its state at the end."""

from __future__ import annotations

import asyncio
import fcntl
import functools
import gc
import os
import signal
import socket
import sys
import threading
from pathlib import Path
from typing import IO, Any

from local.cloud.core import settings as cloud_settings
from local.cloud.core.settings import Settings

#: Objects that are added between two looks for garbage, and looks at the youngest before one at
#: those that outlived it. Most of what there is are modules, which stay, and which Python by
#: default looks through while they are loaded.
THRESHOLDS = (50_000, 10, 10)


def main() -> None:
    """Serve until SIGTERM or SIGINT, then save the state."""
    gc.set_threshold(*THRESHOLDS)
    settings = cloud_settings.from_environment()
    # Both before any state is read: a second process must not touch the first one's.
    listener = _bound(settings.port)
    lock = _locked(settings.state)
    cloud_settings.configure(settings)

    # After `configure`: these import ministack.
    from hypercorn.asyncio import serve
    from hypercorn.config import Config

    from local.cloud import services
    from local.cloud.core import changes, gateway, model, state
    from local.cloud.core.service import stop_all

    assemble(settings)
    saver = state.Saver()
    threading.Thread(target=model.warm, daemon=True).start()

    config = Config()
    config.bind = [f"fd://{listener.fileno()}"]
    config.loglevel = "WARNING"
    config.keep_alive_timeout = 75

    async def run() -> None:
        stop = asyncio.Event()
        loop = asyncio.get_running_loop()
        changes.subscribe(functools.partial(loop.call_soon_threadsafe, saver.touch))
        for signum in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(signum, stop.set)
        application: Any = gateway.Gateway(settings, saver, services.run())
        try:
            await serve(application, config, shutdown_trigger=stop.wait)
        finally:
            # First, for nothing to succeed that is saved as running: that has failed when it is
            # read. Without it the threads of what runs keep a process that has failed.
            try:
                stop_all()
            finally:
                await saver.finish()

    asyncio.run(run())
    lock.close()
    sys.stdout.flush()
    sys.stderr.flush()
    # All is saved. Python would now take apart one by one what the process is made of; of what
    # `gc.freeze` has it leave alone, DuckDB's bindings write to the log that it leaks.
    os._exit(0)


def assemble(settings: Settings) -> None:
    """Extend the emulator: what it asks about callers, and the services.

    Raises:
        SystemExit: where ministack is not the version that this is written for.
    """
    from local.cloud import services
    from local.cloud.core import access, clients, emulator, patches
    from local.cloud.core.service import register, register_state
    from local.cloud.engines import spark

    emulator.check_names()
    patches.install(settings)
    register_state(access.STATE, access.State)
    clients.install(settings)
    spark.start(settings)
    for service in services.ALL:
        register(service, settings)


def _bound(port: int) -> socket.socket:
    """A socket on the port, of the loopback alone.

    Raises:
        SystemExit: where the port is taken.
    """
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind(("127.0.0.1", port))
        # Until it listens, another process could bind the same port.
        listener.listen(128)
    except OSError as error:
        raise SystemExit(
            f"the local cloud cannot listen on 127.0.0.1:{port} ({error.strerror}): "
            "stop what listens there, or take another port"
        ) from error
    return listener


def _locked(state: Path) -> IO[str]:
    """The state folder, for this process alone until it ends.

    Raises:
        SystemExit: where another local cloud has it.
    """
    state.mkdir(parents=True, exist_ok=True, mode=0o700)
    lock = (state / "lock").open("w")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        raise SystemExit(f"another local cloud is running on the state in {state}") from error
    return lock


if __name__ == "__main__":
    main()
