"""The site as the bench serves it: BENCH_CACHES=off draws every page anew. Only the bench knows this variable."""

from __future__ import annotations

import os
from typing import Any

from app.factory import create_app


class Forgetful(dict[Any, Any]):
    """A store that keeps nothing."""

    def __setitem__(self, key: Any, value: Any) -> None:
        pass


app = create_app()
if os.environ.get("BENCH_CACHES") == "off":
    app.extensions["page_cache"].enabled = False
    object.__setattr__(app.extensions["trace"], "pages", Forgetful())
