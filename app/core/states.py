"""States: an enumeration makes a column and its CHECK, one table says which state may follow which."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Generic, TypeVar

import sqlalchemy as sa
from sqlalchemy.types import TypeDecorator

from app.core.errors import WrongState

S = TypeVar("S", bound=StrEnum)


class OneOf(TypeDecorator[S]):
    """The type of a column that holds members of an enumeration, stored as their values. `one_of` makes its CHECK."""

    impl = sa.String
    cache_ok = True

    def __init__(self, members: type[S]) -> None:
        super().__init__()
        self.members = members

    def process_bind_param(self, value: S | None, dialect: sa.Dialect) -> str | None:
        return None if value is None else self.members(value).value

    def process_result_value(self, value: str | None, dialect: sa.Dialect) -> S | None:
        return None if value is None else self.members(value)


def known(members: type[S], value: str) -> S | None:
    """The member with this value, None where there is none."""
    try:
        return members(value)
    except ValueError:
        return None


def one_of(column: str, members: type[StrEnum]) -> sa.CheckConstraint:
    """The CHECK that a column holds a member of the enumeration, named after the column."""
    values = ", ".join(f"'{member.value}'" for member in members)
    return sa.CheckConstraint(f"{column} IN ({values})", name=column)


@dataclass(frozen=True, slots=True)
class Transitions(Generic[S]):
    """Where an object begins, and which states may follow which. `refusal` is the code of the error for the rest."""

    refusal: str
    first: S
    after: Mapping[S, frozenset[S]]

    def allow(self, old: S, new: S) -> None:
        """Raises WrongState with the state an object is in and the one that was wanted."""
        if new not in self.after[old]:
            raise WrongState(self.refusal, state=old.value, wanted=new.value)
