"""Transactions side by side, as Redshift has them.

A reader waits for nobody, and sees what was committed when it began; those that write one table
wait for each other; and one that could not have run before or after another is undone (1023).

https://docs.aws.amazon.com/redshift/latest/dg/c_serial_isolation.html
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import NamedTuple

from sqlglot import Expr, exp

from local.cloud.services.redshift_data import catalog, created

#: Commits that are remembered: more than go by while one transaction is at work.
_REMEMBERED = 10_000

#: Seconds between two looks whether what waits was cancelled.
_LOOK_SECONDS = 0.05


class Use(NamedTuple):
    """Tables that a transaction reads, and those that it writes."""

    reads: frozenset[str]
    writes: frozenset[str]


class _Commit(NamedTuple):
    number: int
    #: The transaction that it ended.
    of: int
    use: Use


@dataclass
class Transaction:
    """One that is at work."""

    number: int
    use: Use
    #: The last commit that it sees.
    sees: int


def use_of(statements: Iterable[Expr], temporary: set[str]) -> Use:
    """What statements read and write. One that changes rows or a table reads them as well.

    Temporary tables are not counted: nobody else has them.

    Args:
        statements: of the transaction, in their order.
        temporary: the names of temporary tables that there are before.
    """
    reads: set[str] = set()
    writes: set[str] = set()
    temporary = set(temporary)
    for statement in statements:
        tables = list(statement.find_all(exp.Table))
        if created.creates_temporary(statement):
            temporary.add(tables[0].name.lower())
        changed = None if isinstance(statement, exp.Query) else tables[0] if tables else None
        others = [table for table in tables if table is not changed]
        if changed is not None:
            for action in statement.args.get("actions") or []:
                if isinstance(action, exp.AlterRename):
                    writes.add(action.this.name.lower())
            writes.update(_shared([changed], temporary))
            if not isinstance(statement, (exp.Copy, exp.Create, exp.Insert)):
                # Those add, whatever is there.
                others.append(changed)
        reads.update(_shared(others, temporary))
    return Use(frozenset(reads), frozenset(writes))


def _shared(tables: Iterable[exp.Table], temporary: set[str]) -> set[str]:
    return {table.name.lower() for table in tables if not catalog.is_temporary(table, temporary)}


class Isolation:
    """The transactions of one database."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._tables: dict[str, threading.Lock] = {}
        self._commits: deque[_Commit] = deque(maxlen=_REMEMBERED)
        self._begun = 0
        self._committed = 0

    @contextmanager
    def transaction(self, use: Use, cancelled: Callable[[], bool]) -> Iterator[Transaction]:
        """Wait for those that write the same tables; inside, no other writes them.

        Raises:
            InterruptedError: when it is cancelled meanwhile.
        """
        with ExitStack() as stack:
            for name in sorted(use.writes):
                with self._lock:
                    table = self._tables.setdefault(name, threading.Lock())
                while not table.acquire(timeout=_LOOK_SECONDS):
                    if cancelled():
                        raise InterruptedError
                stack.callback(table.release)
            with self._lock:
                self._begun += 1
                begun = Transaction(self._begun, use, self._committed)
            yield begun

    def commit(self, transaction: Transaction, commit: Callable[[], object]) -> None:
        """Commit by a call, where the transaction has its place before or after each other.

        Raises:
            ValueError: where it has none.
        """
        mine = transaction.use
        with self._lock:
            for other in self._commits:
                before = mine.reads & other.use.writes
                if other.number > transaction.sees and before and mine.writes & other.use.reads:
                    raise ValueError(_violation(transaction.number, other.of, min(before)))
            commit()
            if mine.writes:
                self._committed += 1
                self._commits.append(_Commit(self._committed, transaction.number, mine))

    def met(self, transaction: Transaction) -> str:
        """What is said to a transaction that the engine undoes because it met another."""
        with self._lock:
            other = self._commits[-1].of if self._commits else transaction.number
        return _violation(transaction.number, other, min(transaction.use.writes, default=""))


def _violation(one: int, other: int, table: str) -> str:
    """Redshift's words, without ERROR; its tables have numbers."""
    return (
        f"1023\n  Detail: Serializable isolation violation on table - {table}, transactions "
        f"forming the cycle are: {one}, {other} (pid:{one})"
    )
