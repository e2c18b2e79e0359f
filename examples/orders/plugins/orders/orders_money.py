"""Amounts of money: a module of the pipeline's own that MWAA takes from plugins.zip."""

from __future__ import annotations


def amount(cents: int, currency: str) -> str:
    """An amount for a person, such as `12.34 EUR`."""
    return f"{cents // 100}.{cents % 100:02d} {currency}"
