"""Words for codes, kept in templates: a macro's answer as a value, asked once per language.

Labels of facets stand in HTML and in JSON; both take them from the same macro, where translators find them.
"""

from __future__ import annotations

import functools
from collections.abc import Hashable

from flask import get_template_attribute
from markupsafe import Markup

from app.web.language import language


@functools.lru_cache(maxsize=4096)
def _kept(lang: str, template: str, macro: str, args: tuple[Hashable, ...]) -> Markup:
    return Markup(str(get_template_attribute(template, macro)(*args)).strip())  # noqa: S704 - a macro escapes


def words(template: str, macro: str, *args: Hashable) -> Markup:
    """What a macro without side conditions says of these codes in the language of the request.

    Only for codes of ours, which are few: what a visitor typed would fill the memory.
    """
    return _kept(language(), template, macro, args)
