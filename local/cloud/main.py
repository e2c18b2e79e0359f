"""The local cloud: ministack in one process of 127.0.0.1, with engines behind what it only pretends.

Started by the commands of `local/cli`; `settings.py` has the environment it takes.
"""

from __future__ import annotations

import asyncio
import signal
import sys
import threading
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

import settings as cloud_settings  # noqa: E402


def main() -> None:
    """Serve until SIGTERM or SIGINT, then save the state."""
    settings = cloud_settings.from_environment()
    settings.state.mkdir(parents=True, exist_ok=True, mode=0o700)
    cloud_settings.configure(settings)

    # After `configure`: these import ministack.
    import athena
    import auth
    import beyond
    import gateway
    import glue
    import model
    import mwaa
    import redshift_data
    import redshift_serverless
    import seam
    import state
    from hypercorn.asyncio import serve
    from hypercorn.config import Config

    seam.check_names()
    auth.install(settings)
    beyond.install()
    redshift_serverless.install()
    redshift_data.install(settings)
    athena.install()
    glue.install()
    mwaa.install()
    saver = state.Saver()
    threading.Thread(target=model.warm, daemon=True).start()

    config = Config()
    config.bind = [f"127.0.0.1:{settings.port}"]
    config.loglevel = "WARNING"
    config.keep_alive_timeout = 75

    async def run() -> None:
        stop = asyncio.Event()
        loop = asyncio.get_running_loop()
        for signum in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(signum, stop.set)
        await serve(gateway.Gateway(settings, saver), config, shutdown_trigger=stop.wait)

    asyncio.run(run())


if __name__ == "__main__":
    main()
