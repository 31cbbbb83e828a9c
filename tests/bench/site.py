"""The site as the bench serves it: BENCH_CACHES=off draws every page anew. Only the bench knows this variable."""

from __future__ import annotations

import os
from typing import Any

from app.core.parts import part
from app.factory import create_app
from app.trace.setup import Trace
from app.web.pagecache import PageCache


class Forgetful(dict[Any, Any]):
    """A store that keeps nothing."""

    def __setitem__(self, key: Any, value: Any) -> None:
        pass


app = create_app()
if os.environ.get("BENCH_CACHES") == "off":
    part(PageCache, app).enabled = False
    object.__setattr__(part(Trace, app), "pages", Forgetful())
