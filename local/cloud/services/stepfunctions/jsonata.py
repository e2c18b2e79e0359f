"""JSONata in states, by the emulator.

https://docs.aws.amazon.com/step-functions/latest/dg/transforming-data.html
"""

from __future__ import annotations

from typing import Any

from ministack.services import stepfunctions as sfn


def arguments(state: dict[str, Any], data: Any, ctx: dict[str, Any]) -> Any:
    """What Arguments makes of a state's input."""
    return sfn._apply_jsonata_arguments(state, data, ctx)


def output(
    holder: dict[str, Any], data: Any, ctx: dict[str, Any], default: Any, result: Any = None
) -> Any:
    """What Output, of a state or of a rule, makes of input and result; a default without it."""
    return sfn._apply_jsonata_output(holder, data, ctx, result=result, default=default)


def assign(holder: dict[str, Any], data: Any, ctx: dict[str, Any], result: Any = None) -> None:
    """Set the variables that Assign, of a state or of a rule, names."""
    sfn._apply_state_assign(holder, data, ctx, result=result)


def filled(template: Any, data: Any, ctx: dict[str, Any]) -> Any:
    """A template with the values of its expressions."""
    return sfn._apply_jsonata_template(template, data, ctx)


def member(state: dict[str, Any], name: str, kind: str, data: Any, ctx: dict[str, Any]) -> Any:
    """A member of a state that may be an expression; an error where its value is of another kind.

    Args:
        state: the state.
        name: of the member.
        kind: `array`, `number` or `string`.
        data: the state's input.
        ctx: the Context object.
    """
    return sfn._jsonata_state_field(state, name, kind, data, ctx)


def seconds(state: dict[str, Any], data: Any, ctx: dict[str, Any]) -> Any:
    """Seconds of a Wait state."""
    return sfn._jsonata_wait_seconds(state, data, ctx)


def timestamp(state: dict[str, Any], data: Any, ctx: dict[str, Any]) -> Any:
    """Timestamp of a Wait state."""
    return sfn._jsonata_wait_timestamp(state, data, ctx)


def holds(rule: dict[str, Any], data: Any, ctx: dict[str, Any]) -> bool:
    """Whether the Condition of a Choice state's rule holds."""
    return sfn._evaluate_jsonata_choice_rule(rule, data, ctx)
