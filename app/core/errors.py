"""Refusals as types with facts. Their messages for a person are in the package's `messages`; app.web.errors maps
them to HTTP.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

Facts = dict[str, Any]
Message = Callable[[Facts], str]
"""One or two sentences made from the facts of a refusal: what is wrong and what to do. A `messages` module holds one
for each code of its package.
"""


class Refusal(Exception):  # noqa: N818 - named after what the domain does, it refuses
    """A function refused. `facts` are shown to the person and to programs; they hold no secrets.

    `field` names the form field or JSON member at fault, where there is one.
    """

    status = 400
    code = "refused"

    def __init__(self, code: str | None = None, *, field: str | None = None, **facts: Any) -> None:
        self.code = code or type(self).code
        self.field = field
        self.facts = facts
        super().__init__(self.code, facts)

    def __str__(self) -> str:
        """For the command line and logs: the code and its facts."""
        facts = ", ".join(f"{name} {value}" for name, value in self.facts.items())
        return f"{self.code} ({facts})" if facts else self.code


class InvalidInput(Refusal):
    """What was given cannot be taken: shape, range or meaning."""

    status = 400
    code = "invalid"


class NotAllowed(Refusal):
    """The person is known but may not do this."""

    status = 403
    code = "not-allowed"


class NotFound(Refusal):
    """No such thing, or not for this person: the answer is the same."""

    status = 404
    code = "not-found"


class Conflict(Refusal):
    """The state has moved on, or someone else was first."""

    status = 409
    code = "conflict"


class WrongState(Conflict):
    """The object is not in a state that allows this transition."""

    code = "wrong-state"


class TooLarge(Refusal):
    """More bytes than we take."""

    status = 413
    code = "too-large"


class TooMany(Refusal):
    """Too many tries; `retry_after` seconds among the facts."""

    status = 429
    code = "too-many"


class Busy(Refusal):
    """Another writer held the row longer than we wait; trying again is right."""

    status = 503
    code = "busy"
