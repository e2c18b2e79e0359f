"""What a command that failed says at last."""

from __future__ import annotations

import re

#: Lines that tell where Java was, and those of Spark's own log as well.
_IN_TRACE = re.compile(r"\tat |\t\.\.\. \d+ more")

_LOGGED = re.compile(
    r"\d\d/\d\d/\d\d \d\d:\d\d:\d\d (TRACE|DEBUG|INFO|WARN|ERROR|FATAL) |" + _IN_TRACE.pattern
)


def last_words(stdout: str, stderr: str) -> tuple[str, str]:
    """What a command says at last, and the file that says it; both empty where nothing is said.

    `spark-submit` puts all that a Python script writes into its output: the cause may be there.
    """
    files = {"stderr": stderr, "stdout": stdout}
    for find in (_exception, _end_of_thread, _plain):
        for name, text in files.items():
            found = find([line for line in text.splitlines() if line.strip()])
            if found:
                return "\n".join(found), name
    return "", ""


def _exception(lines: list[str]) -> list[str]:
    """The last exception of Python: its head, and its message."""
    starts = [n for n, line in enumerate(lines) if line.startswith("Traceback (most recent")]
    if not starts:
        return []
    rest = lines[starts[-1] + 1 :]
    head = next((n for n, line in enumerate(rest) if not line[0].isspace()), len(rest))
    ends = (n for n, line in enumerate(rest) if n > head and _LOGGED.match(line))
    return rest[head : next(ends, len(rest))][:10]


def _end_of_thread(lines: list[str]) -> list[str]:
    """The exception of Java that the command ended by."""
    starts = [n for n, line in enumerate(lines) if line.startswith("Exception in thread")]
    if not starts:
        return []
    ends = (n for n, line in enumerate(lines) if n > starts[-1] and _LOGGED.match(line))
    return lines[starts[-1] : next(ends, len(lines))][:10]


def _plain(lines: list[str]) -> list[str]:
    """The last lines that are neither of Spark's log nor of an exception in it."""
    return [
        line
        for line, after in zip(lines, [*lines[1:], ""], strict=False)
        if not _LOGGED.match(line) and not _IN_TRACE.match(after)
    ][-3:]
