"""The site as the bench serves it: BENCH_CACHES=off draws every page anew. Only the bench knows this variable.

Loaded by its own name from its own folder, so that it can serve another checkout's `app` (BENCH_SITE_ROOT); therefore
it names no place in the code but the factory, and finds the caches of answers by what they are called.
"""

from __future__ import annotations

import gc
import os

from app.factory import create_app


def forget_everything() -> None:
    """Switch off every object of the site whose class is called …Cache. Raises RuntimeError where there is none."""
    caches = [
        thing
        for thing in gc.get_objects()
        if str(type(thing).__module__).startswith("app.") and type(thing).__name__.endswith("Cache")
    ]
    if not caches:
        raise RuntimeError("no cache found to switch off: the row would measure kept pages")
    for cache in caches:
        cache.enabled = False


app = create_app()
if os.environ.get("BENCH_CACHES") == "off":
    forget_everything()
