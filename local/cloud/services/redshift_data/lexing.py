"""The words of COPY and UNLOAD, which are of no grammar that a parser of SQL has."""

from __future__ import annotations

import re
from collections.abc import Container
from typing import NamedTuple

_TOKEN = re.compile(
    r"(?P<space>(?:\s|--[^\n]*|/\*.*?\*/)+)"
    r"|'(?P<text>(?:[^'\\]|''|\\.)*)'"
    r"|(?P<dollar>\$(?P<tag>\w*)\$)(?P<quoted>.*?)(?P=dollar)"
    r'|"(?P<name>(?:[^"]|"")+)"'
    r"|(?P<word>[\w#$.]+)"
    r"|(?P<mark>.)",
    re.DOTALL,
)


class Word(NamedTuple):
    """One of a statement."""

    #: `text` for what is quoted, `name` for a quoted identifier, `word`, or `mark`.
    kind: str
    #: Without its quotes; backslashes are kept.
    value: str


class Words:
    """What is left of a statement."""

    def __init__(self, statement: str) -> None:
        self._left = [_word(found) for found in _TOKEN.finditer(statement) if not found["space"]]
        if self._left and self._left[-1] == Word("mark", ";"):
            self._left.pop()

    def __bool__(self) -> bool:
        return bool(self._left)

    def upper(self) -> str:
        """The next word in capital letters; empty where a text or a name is next, or nothing."""
        return self._left[0].value.upper() if self and self._left[0].kind == "word" else ""

    def skip(self, *wanted: str) -> bool:
        """Take the next word where it is one of those."""
        if self._left and self._left[0].kind != "text" and self._left[0].value.upper() in wanted:
            self._left.pop(0)
            return True
        return False

    def expect(self, wanted: str) -> None:
        """Take a word.

        Raises:
            ValueError: where another is next.
        """
        if not self.skip(wanted):
            raise ValueError(self.wrong())

    def take(self, *kinds: str) -> str:
        """Take what is next, of one of those kinds.

        Raises:
            ValueError: where something else is next, or nothing.
        """
        if not self._left or self._left[0].kind not in kinds:
            raise ValueError(self.wrong())
        return self._left.pop(0).value

    def text(self) -> str:
        """Take a quoted text.

        Raises:
            ValueError: where something else is next.
        """
        return self.take("text").replace("''", "'").replace("\\'", "'")

    def kind(self) -> str:
        """The kind of the next word; empty where there is none."""
        return self._left[0].kind if self._left else ""

    def text_follows(self) -> bool:
        """Whether a quoted text is next."""
        return self.kind() == "text"

    def names(self) -> list[str]:
        """Take a list of names in brackets, in small letters unless they are quoted.

        Raises:
            ValueError: where something else is next.
        """
        found = []
        self.expect("(")
        while True:
            kind = self._left[0].kind if self._left else ""
            name = self.take("word", "name")
            found.append(name if kind == "name" else name.lower())
            if not self.skip(","):
                self.expect(")")
                return found

    def switch(self, on: Container[str], off: Container[str]) -> bool | None:
        """Take a word that turns something on or off; None where none is next."""
        word = self.upper()
        if word not in on and word not in off:
            return None
        self._left.pop(0)
        return word in on

    def wrong(self) -> str:
        """What is said where the next word is not what is wanted."""
        if not self._left:
            return "syntax error at end of input"
        return f'syntax error at or near "{self._left[0].value}"'


def _word(found: re.Match[str]) -> Word:
    if found["dollar"] is not None:
        return Word("text", found["quoted"].replace("'", "''"))
    if found["name"] is not None:
        return Word("name", found["name"].replace('""', '"'))
    for kind in ("text", "word"):
        if found[kind] is not None:
            return Word(kind, found[kind])
    return Word("mark", found["mark"])


_ESCAPES = {"\\t": "\t", "\\n": "\n", "\\r": "\r", "\\\\": "\\"}


def character(option: str, text: str) -> str:
    r"""The one character that a text of an option stands for, such as `|`, `\t` or `\001`.

    Raises:
        ValueError: where it is not one ASCII character.
    """
    found = _ESCAPES.get(text, text)
    if re.fullmatch(r"\\[0-7]{3}", text):
        found = chr(int(text[1:], 8))
    if len(found) != 1 or not found.isascii():
        raise ValueError(f"{option} must be a single ASCII character, not '{text}'")
    return found
