"""Runs a command as somebody who is not root: PostgreSQL refuses to be.

Usage: `unprivileged.py FOLDER… -- COMMAND…`, as root. The command may write to the folders, which
it makes where they are missing. Where the kernel allows it that is a user namespace, in which root
has another number and keeps what is root's; else (most containers) it is the user `nobody`, who
must be able to reach the folders.
"""

from __future__ import annotations

import ctypes
import os
import pwd
import stat
import sys
from pathlib import Path

#: sched.h
_NEW_USERS = 0x10000000

#: The number that root has in the namespace.
_ANYBODY = 1000


def user() -> int:
    """The user that works where there is no namespace."""
    return pwd.getpwnam("nobody").pw_uid


def _own_namespace() -> bool:
    """Become somebody else in a namespace of this process; whether that is allowed."""
    if not sys.platform.startswith("linux"):
        return False
    # Before another thread: a process that has several may not.
    if ctypes.CDLL(None, use_errno=True).unshare(_NEW_USERS) != 0:
        return False
    Path("/proc/self/setgroups").write_text("deny")
    Path("/proc/self/uid_map").write_text(f"{_ANYBODY} 0 1")
    Path("/proc/self/gid_map").write_text(f"{_ANYBODY} 0 1")
    return True


def _give(folder: Path, owner: int) -> None:
    """Have a folder, and all in it, be somebody's."""
    folder.mkdir(mode=0o700, exist_ok=True)
    for path in (folder, *folder.rglob("*")):
        if path.lstat().st_uid != owner:
            os.chown(path, owner, -1, follow_symlinks=False)


def _become_nobody(folders: list[Path], program: str) -> None:
    """Become `nobody`, once the folders are theirs.

    Raises:
        SystemExit: where they, or the program, cannot be reached.
    """
    entry = pwd.getpwnam("nobody")
    for folder in folders:
        _give(folder, entry.pw_uid)
        # The folder that they are in is root's alone: others may pass, and not look.
        folder.parent.chmod(stat.S_IMODE(folder.parent.stat().st_mode) | stat.S_IXOTH)
    os.setgroups([])
    os.setgid(entry.pw_gid)
    os.setuid(entry.pw_uid)
    for path, how in (*((folder, os.W_OK | os.X_OK) for folder in folders), (program, os.X_OK)):
        if not os.access(path, how):
            raise SystemExit(
                f"PostgreSQL refuses to run as root, and {entry.pw_name} cannot reach {path}: "
                "work as another user than root, or in a folder that others may enter."
            )


def main(words: list[str]) -> None:
    """Run the command in the place of this process."""
    end = words.index("--")
    folders, command = [Path(word) for word in words[:end]], words[end + 1 :]
    for folder in folders:
        # What `nobody` was given before.
        _give(folder, 0)
    if not _own_namespace():
        _become_nobody(folders, command[0])
    os.execv(command[0], command)  # noqa: S606


if __name__ == "__main__":
    main(sys.argv[1:])
