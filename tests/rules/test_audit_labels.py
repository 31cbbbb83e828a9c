"""Every deed that the program writes into the audit log, and every kind of thing it is done to, has words."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from flask import Flask

from app.orders.models import OrderState
from app.supply.models import BY_HAND
from app.web.labels import label
from tests.rules.reading import VIETNAMESE

APP = Path(__file__).resolve().parents[2] / "app"
COMPOSED = {
    "f'order.{to}'": [f"order.{state}" for state in OrderState],
    "f'stock.{kind}'": [f"stock.{kind}" for kind in BY_HAND],
}
"""Deeds whose code is put together, and all that may come of it."""


def records() -> Iterator[tuple[ast.expr, ast.expr]]:
    """What stands for the deed and for the thing in every call that writes into the log.

    A function called `record` that passes its own `act` on is left out: whoever calls it is found too.
    """
    for path in APP.rglob("*.py"):
        for call in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(call, ast.Call) or len(call.args) < 3:
                continue
            name = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
            if name == "record" and not (isinstance(call.args[1], ast.Name) and call.args[1].id == "act"):
                yield call.args[1], call.args[2]


def deeds_written() -> set[str]:
    found: set[str] = set()
    for act, _ in records():
        found.update([str(act.value)] if isinstance(act, ast.Constant) else COMPOSED[ast.unparse(act)])
    return found


def kinds_written() -> set[str]:
    pairs = [thing.elts[0] for _, thing in records() if isinstance(thing, ast.Tuple)]
    return {str(kind.value) for kind in pairs if isinstance(kind, ast.Constant)}


def test_the_log_is_written_by_one_function_only() -> None:
    writers = [path for path in APP.rglob("*.py") if "AuditEntry(" in path.read_text().replace("(Model)", "")]
    assert [path.relative_to(APP).as_posix() for path in writers] == ["core/audit.py"]


@pytest.mark.parametrize(("macro", "codes"), [("act_label", deeds_written), ("object_label", kinds_written)])
def test_every_code_in_the_log_has_words_in_both_languages(
    app: Flask, macro: str, codes: Callable[[], set[str]]
) -> None:
    written = sorted(codes())
    assert len(written) >= 9
    said: dict[str, list[str]] = {}
    for language in ("vi", "en"):
        with app.test_request_context(f"/?lang={language}"):
            said[language] = [str(label("accounts/_act_labels.html", macro, code)) for code in written]
    for code, vietnamese, english in zip(written, said["vi"], said["en"], strict=True):
        assert VIETNAMESE.search(vietnamese), f"{code} has no words: {vietnamese}"
        assert not VIETNAMESE.search(english), f"{code} has no English: {english}"
        assert english != code
    assert len(set(said["vi"])) == len(set(said["en"])) == len(written), "two codes share their words"
