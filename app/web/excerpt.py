"""The beginning of a longer text."""

from __future__ import annotations

_LEEWAY = 5
_END = "..."


def excerpt(text: str, length: int) -> str:
    """At most `length` characters, cut between words and marked; a text little longer than that stays whole."""
    if len(text) <= length + _LEEWAY:
        return text
    return text[: length - len(_END)].rsplit(" ", 1)[0] + _END
