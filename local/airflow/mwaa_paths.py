"""Runs a command that sees the home's folders at MWAA's paths, where the kernel allows that.

Usage: `mwaa_paths.py HOME COMMAND…`. A user namespace of its own lets a process mount without being
root, for itself and what it starts. Where there is none (macOS, some distributions' settings, most
containers) the command runs all the same, and what opens such a path says that it is not there.
"""

from __future__ import annotations

import ctypes
import os
import sys
from pathlib import Path

from requirements_file import MWAA_FOLDERS, MWAA_HOME

#: sched.h and sys/mount.h
_NEW_MOUNTS, _NEW_USERS = 0x00020000, 0x10000000
_BIND, _RECURSIVE, _PRIVATE = 0x1000, 0x4000, 0x40000


def names_mwaa_paths(home: Path) -> bool:
    """Whether a DAG or plugin has such a path in its text."""
    return any(
        f"{MWAA_HOME}/" in file.read_text(errors="replace")
        for folder in MWAA_FOLDERS
        for file in (home / folder).rglob("*.py")
    )


def show(home: Path) -> None:
    """Put the home's folders at MWAA's paths, for this process.

    Raises:
        OSError: where that may not be.
    """
    if not sys.platform.startswith("linux"):
        raise OSError("only Linux has mounts of a process's own")
    libc = ctypes.CDLL(None, use_errno=True)

    def called(result: int) -> None:
        if result != 0:
            number = ctypes.get_errno()
            raise OSError(number, os.strerror(number))

    def mount(source: Path | str, target: Path, flags: int, kind: str = "") -> None:
        words = [str(word).encode() for word in (source, target, kind)]
        called(libc.mount(*words, ctypes.c_ulong(flags), None))

    user, group = os.getuid(), os.getgid()
    called(libc.unshare(_NEW_USERS | _NEW_MOUNTS))
    Path("/proc/self/setgroups").write_text("deny")
    Path("/proc/self/uid_map").write_text(f"{user} {user} 1")
    Path("/proc/self/gid_map").write_text(f"{group} {group} 1")
    mount("none", Path("/"), _RECURSIVE | _PRIVATE)
    # A folder in the place of MWAA's parent, with what that has already and MWAA's beside it.
    parent = Path(MWAA_HOME).parent
    entries = [entry for entry in parent.iterdir() if entry.name != Path(MWAA_HOME).name]
    links = {entry.name: entry.readlink() for entry in entries if entry.is_symlink()}
    kept = os.open(parent, os.O_RDONLY | os.O_DIRECTORY)
    mount("none", parent, 0, "tmpfs")
    for entry in entries:
        if entry.name in links:
            entry.symlink_to(links[entry.name])
            continue
        before = Path(f"/proc/self/fd/{kept}/{entry.name}")
        entry.mkdir() if before.is_dir() else entry.touch()
        mount(before, entry, _BIND | _RECURSIVE)
    os.close(kept)
    for name in MWAA_FOLDERS:
        (Path(MWAA_HOME) / name).mkdir(parents=True)
        mount(home / name, Path(MWAA_HOME) / name, _BIND | _RECURSIVE)


if __name__ == "__main__":
    try:
        show(Path(sys.argv[1]))
    except OSError as error:
        print(f"{MWAA_HOME} is not there for this process: {error}", file=sys.stderr)
    os.execv(sys.argv[2], sys.argv[2:])  # noqa: S606
