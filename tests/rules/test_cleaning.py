"""Typed text has one cleaning, `app.core.text`."""

from __future__ import annotations

import re
from pathlib import Path

APP = Path(__file__).resolve().parents[2] / "app"
BY_HAND = re.compile(r'" "\.join\(nfc|nfc\(" "\.join|replace\("\\x00"')


def test_no_module_cleans_text_by_hand() -> None:
    found = [
        f"{path.relative_to(APP)}:{number}"
        for path in sorted(APP.rglob("*.py"))
        if path != APP / "core" / "text.py"
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1)
        if BY_HAND.search(line)
    ]
    assert found == []
