"""schema.org data in the head of a page."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from markupsafe import Markup


def json_ld(data: Mapping[str, Any]) -> Markup:
    """The script element that holds the data; nothing in it can end the element early."""
    text = json.dumps(data, ensure_ascii=False).replace("<", "\\u003c")
    return Markup(f'<script type="application/ld+json">{text}</script>')  # noqa: S704 - "<" is escaped above
