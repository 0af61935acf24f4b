"""What the builder's own buttons do: from one state of the form to the next, and nothing else."""

from collections.abc import Callable, Iterable
from dataclasses import replace

from segments.analysis.finding import Fix
from segments.builder.formset import Builder
from segments.builder.state import (
    EXCEPT,
    BuilderState,
    RowState,
    empty_row,
    number_in,
    row_of,
    with_empty_limit,
)
from segments.conditions import ATTRIBUTES, CATALOG


def press(state: BuilderState, posted: Iterable[str]) -> BuilderState:
    """The state after the button among these names, such as `and:GROUP` or `remove:ROW`: see BUTTONS."""
    for name in posted:
        action, _colon, target = name.partition(":")
        if action in BUTTONS:
            return BUTTONS[action](state, target)
    return state


def fix(builder: Builder, change: Fix) -> BuilderState:
    """The state with a change of the definition that a finding offers; the rest stays as it was typed."""
    groups = builder.groups
    # A finding tells conditions by their places in the definition, the form by the indexes of its rows.
    rows = {
        (number, place): row.index
        for number, group in enumerate(groups)
        for place, row in enumerate(group.rows)
    }
    removed = {rows[path] for path in change.removes}
    instead = {rows[path]: condition for path, condition in change.instead}
    group = groups[change.touched[0][0] if change.touched else change.any_contract or 0]
    left = any(row.index not in removed for row in group.rows)
    contracts = dict(builder.state.contracts)
    if change.any_contract is not None:
        contracts[str(groups[change.any_contract].number)] = "any"
    state = replace(
        builder.state,
        rows=tuple(
            row_of(instead[row.index].to_json(), index=row.index, group=row.group)
            if row.index in instead
            else row
            for row in builder.state.rows
            if row.index not in removed
        ),
        contracts=contracts,
        focus=group.focus,
    )
    return state if left else state.without_group(str(group.number))


def _add_condition(state: BuilderState, group: str) -> BuilderState:
    return _with_empty_row(state, group=number_in(group) or 0)


def _add_group(state: BuilderState, _target: str) -> BuilderState:
    return _with_empty_row(state, group=_next_group(state))


def _add_exception(state: BuilderState, _target: str) -> BuilderState:
    number = _next_group(state)
    return _with_empty_row(replace(state, excepted=state.excepted | {str(number)}), group=number)


def _next_group(state: BuilderState) -> int:
    return max((number_in(row.group) or 0 for row in state.rows), default=-1) + 1


def _remove_row(state: BuilderState, target: str) -> BuilderState:
    rows = tuple(row for row in state.rows if str(row.index) != target)
    group = next((row.group for row in state.rows if str(row.index) == target), "")
    if any(row.group == group for row in rows):
        return replace(state, rows=rows, focus=f"and-{group}")
    without = replace(state, rows=rows).without_group(group)
    return without if rows else _with_empty_row(without, group=0)


def _select_all(state: BuilderState, target: str) -> BuilderState:
    rows = tuple(_with_all_values(row) if row.index == number_in(target) else row for row in state.rows)
    return replace(state, rows=rows, focus=f"all-{target}")


def _add_limit(state: BuilderState, target: str) -> BuilderState:
    rows = tuple(with_empty_limit(row) if row.index == number_in(target) else row for row in state.rows)
    added = [row.where[-1].prefix for row in rows if row.index == number_in(target) and row.where]
    return replace(state, rows=rows, focus=added[0]) if added else state


def _remove_limit(state: BuilderState, target: str) -> BuilderState:
    index, _colon, place = target.partition(":")
    rows = tuple(
        replace(row, where=tuple(limit for limit in row.where if limit.index != number_in(place)))
        if row.index == number_in(index)
        else row
        for row in state.rows
    )
    return replace(state, rows=rows, focus=f"and_where-{index}")


def _with_all_values(row: RowState) -> RowState:
    attribute = CATALOG.get(row.field, ATTRIBUTES[0])
    return replace(row, values=tuple(option.key for option in attribute.options()), shown="")


def _with_empty_row(state: BuilderState, *, group: int) -> BuilderState:
    row = empty_row(max((row.index for row in state.rows), default=-1) + 1, group=group)
    return replace(state, rows=(*state.rows, row), focus=row.prefix)


BUTTONS: dict[str, Callable[[BuilderState, str], BuilderState]] = {
    "and": _add_condition,
    "another": _add_group,
    EXCEPT: _add_exception,
    "remove": _remove_row,
    "all": _select_all,
    "and_where": _add_limit,
    "remove_where": _remove_limit,
}
