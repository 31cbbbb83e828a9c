"""Labels for codes, written as macros of templates: a macro's answer as a value, drawn once a language.

A label stands in one template, where translators find it, and serves pages, view models and JSON alike.
"""

from __future__ import annotations

import functools
from collections.abc import Hashable

from flask import get_template_attribute
from markupsafe import Markup

from app.web.language import language


def draw(template: str, macro: str, *args: object) -> Markup:
    """What a macro without side conditions draws of these values in the language of the request."""
    return Markup(str(get_template_attribute(template, macro)(*args)).strip())  # noqa: S704 - a macro escapes


@functools.lru_cache(maxsize=16_384)
def _label(_language: str, template: str, macro: str, args: tuple[Hashable, ...]) -> str:
    return draw(template, macro, *args).unescape()


def label(template: str, macro: str, *args: Hashable) -> str:
    """The same as plain text, cached for the life of the process.

    Only for values of the site's own, which are few: what a visitor typed would fill the memory.
    """
    return _label(language(), template, macro, args)
