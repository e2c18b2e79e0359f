"""A metadata database for tests of what looks into it: `database.py HOME PROGRAMS`.

Says the folder of its socket once it answers. Each line that it is given starts it again where it
was killed, and the end of the lines ends it.
"""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[3] / "local" / "airflow"))

from postgresql import PostgreSQL, socket_folder


def main(home: Path, programs: Path) -> None:
    """Run it."""
    database = PostgreSQL(home, programs)
    database.create(lambda: True)
    database.start(lambda: True)
    try:
        print(socket_folder(home), flush=True)
        for _ in sys.stdin:
            while not database.revive(lambda: True):
                # Its end is seen a moment after it.
                pass
            print("again", flush=True)
    finally:
        database.stop()


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:]))
