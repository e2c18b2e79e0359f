"""A requirements.txt as pip and MWAA read it."""

from __future__ import annotations

import codecs
import re
from hashlib import sha256
from pathlib import Path

#: Where MWAA has DAGs and plugins; the runner's home stands for it.
#: https://docs.aws.amazon.com/mwaa/latest/userguide/best-practices-dependencies.html
MWAA_HOME = "/usr/local/airflow"

#: Folders of it that a requirements file may name.
MWAA_FOLDERS = ("dags", "plugins")

_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    # The longer ones first: that of UTF-16 begins that of UTF-32.
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)

_COMMENT = re.compile(r"(^|\s+)#.*$")

#: Options that say what may be installed, or from where, and ask for nothing themselves.
_ASKS_FOR_NOTHING = re.compile(
    r"-c|-f|-i|--(constraint|find-links|index-url|extra-index-url|no-index|trusted-host"
    r"|prefer-binary|only-binary|no-binary|pre)\b"
)

#: What MWAA looks for. It is found in comments too: so a file says that it wants no constraints.
_CONSTRAINED = re.compile(r"-c |--constraint ")


def decode(content: bytes) -> str:
    """The text of a requirements file: by its byte order mark, else UTF-8.

    Raises:
        ValueError: for bytes that are neither.
    """
    encoding = next((name for mark, name in _MARKS if content.startswith(mark)), "utf-8")
    return content.decode(encoding)


def lines_of(text: str) -> list[str]:
    """What a file asks for: one text a line, continued lines joined, without comments.

    Constraints bound what is installed, other options say where it is looked for; neither asks for
    anything.
    """
    joined, open_line = [], ""
    for row in text.splitlines():
        if row.endswith("\\") and not row.lstrip().startswith("#"):
            open_line += row[:-1]
            continue
        joined.append(open_line + row)
        open_line = ""
    stripped = (_COMMENT.sub("", line).strip() for line in [*joined, open_line])
    return [line for line in stripped if line and not _ASKS_FOR_NOTHING.match(line)]


def is_constrained(text: str) -> bool:
    """Whether MWAA leaves its own constraints away."""
    return any(_CONSTRAINED.search(line) for line in text.splitlines())


def with_paths_of(home: Path, text: str) -> str:
    """The text with the home's folders in the place of MWAA's."""
    return re.sub(
        rf"(?<![\w.-]){MWAA_HOME}/({'|'.join(MWAA_FOLDERS)})(?![\w.-])",
        # Not as a template: a path may have a backslash.
        lambda found: str(home / found[1]),
        text,
    )


def with_paths_of_mwaa(home: Path, text: str) -> str:
    """What pip says, with the paths that the file names."""
    for folder in MWAA_FOLDERS:
        text = text.replace(str(home / folder), f"{MWAA_HOME}/{folder}")
    return text


def digest(home: Path, text: str) -> str:
    """Of the text and of the files in the home that it names, alone or as a folder's wheels."""
    found = sha256(text.encode())
    names = re.findall(rf"{MWAA_HOME}/((?:{'|'.join(MWAA_FOLDERS)})(?:/[^\s\"'#]*)?)", text)
    for name in names:
        path = home / name
        files = sorted(path.glob("*.whl")) if path.is_dir() else [path]
        for file in filter(Path.is_file, files):
            found.update(f"\0{file.name}\0{sha256(file.read_bytes()).hexdigest()}".encode())
    return found.hexdigest()
