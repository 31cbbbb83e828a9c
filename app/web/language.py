"""Two languages: Vietnamese by default, English one tap away by ?lang=en, remembered in a cookie."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from flask import Flask, Request, Response, g, request
from flask.globals import request_ctx
from flask_babel import Babel, get_locale, get_translations
from jinja2 import pass_eval_context
from jinja2.nodes import EvalContext
from markupsafe import Markup
from werkzeug.http import dump_cookie

from config import ROOT

LANGUAGES = ("vi", "en")
COOKIE = "lang"
YEAR = 365 * 24 * 3600


def language() -> str:
    """The language of this request: 'vi' or 'en'."""
    known = g.get("language")
    if known is None:
        known = g.language = asked_language(request_ctx.request)
    return str(known)


def asked_language(of: Request) -> str:
    """'vi' or 'en', by ?lang= or the cookie of a request."""
    asked = of.args.get("lang") if of.query_string else None
    if not asked and "HTTP_COOKIE" in of.environ:
        asked = of.cookies.get(COOKIE)
    return asked if asked in LANGUAGES else "vi"


def switch_url() -> str:
    """This page in the other language; a page answered to a POST switches on its own GET address."""
    args = [(k, v) for k, v in request.args.items(multi=True) if k != "lang"]
    args.append(("lang", "en" if language() == "vi" else "vi"))
    return f"{request.path}?{urlencode(args)}"


def language_cookie(of: Request) -> str | None:
    """The Set-Cookie by which an explicit choice of language is remembered, if a request makes one."""
    if not of.query_string or of.args.get("lang") not in LANGUAGES:
        return None
    return dump_cookie(
        COOKIE, of.args["lang"], max_age=YEAR, samesite="Lax", httponly=True, secure=of.is_secure
    )


def remember_language(response: Response) -> Response:
    """Keep an explicit choice of language in the cookie."""
    if cookie := language_cookie(request_ctx.request):
        response.headers.add("Set-Cookie", cookie)
    return response


def _catalogue() -> tuple[object, str, Any]:
    """(locale, its code, catalogue) of what is being drawn, looked up once: a page asks for some hundred texts.

    Flask-Babel keeps its choice in `g`; `force_locale` and `refresh` put another locale there, which is noticed.
    """
    chosen = g.get("_flask_babel")
    known: tuple[object, str, Any] | None = getattr(chosen, "catalogue", None)
    if known is not None and known[0] is chosen.babel_locale:
        return known
    locale, catalogue = get_locale(), get_translations()
    looked_up = (locale, str(locale or "vi"), catalogue)
    chosen = g.get("_flask_babel")
    if chosen is not None:
        chosen.catalogue = looked_up
    return looked_up


def locale_code() -> str:
    """The language of what is being drawn, in a mail the reader's: 'vi' or 'en'."""
    return _catalogue()[1]


def gettext(text: str, /, **facts: object) -> str:
    """The text in the language of what is being drawn; as Flask-Babel's, without its look-ups for each text."""
    translated: str = _catalogue()[2].ugettext(text)
    return translated % facts if facts else translated


def ngettext(singular: str, plural: str, num: int, /, **facts: object) -> str:
    """The text for this number."""
    translated: str = _catalogue()[2].ungettext(singular, plural, num)
    return translated % {"num": num, **facts}


def pgettext(context: str, text: str, /, **facts: object) -> str:
    """The text in one of its senses."""
    translated: str = _catalogue()[2].upgettext(context, text)
    return translated % facts if facts else translated


# What templates call. Jinja's own would find the catalogue through the context and copy that for every text.
def _fill(to: EvalContext, text: str, facts: dict[str, object]) -> str:
    """A translated text with its facts filled in, escaped where the template escapes."""
    shown = Markup(text) if to.autoescape else text  # noqa: S704 - text of the catalogue, not of people
    return shown % facts if "%" in text else shown


@pass_eval_context
def _gettext(to: EvalContext, text: str, /, **facts: object) -> str:
    return _fill(to, _catalogue()[2].ugettext(text), facts)


@pass_eval_context
def _ngettext(to: EvalContext, singular: str, plural: str, num: int, /, **facts: object) -> str:
    return _fill(to, _catalogue()[2].ungettext(singular, plural, num), {"num": num, **facts})


@pass_eval_context
def _pgettext(to: EvalContext, context: str, text: str, /, **facts: object) -> str:
    return _fill(to, _catalogue()[2].upgettext(context, text), {"context": context, **facts})


@pass_eval_context
def _npgettext(
    to: EvalContext, context: str, singular: str, plural: str, num: int, /, **facts: object
) -> str:
    translated = _catalogue()[2].unpgettext(context, singular, plural, num)
    return _fill(to, translated, {"context": context, "num": num, **facts})


def register_language(app: Flask) -> None:
    """Choose the locale and give templates `lang` and `lang_switch_url`."""
    Babel(
        app,
        default_locale="vi",
        default_timezone="Asia/Ho_Chi_Minh",
        default_translation_directories=str(ROOT / "translations"),
        locale_selector=language,
    )
    app.jinja_env.globals.update(
        {
            "_": _gettext,
            "gettext": _gettext,
            "ngettext": _ngettext,
            "pgettext": _pgettext,
            "npgettext": _npgettext,
        }
    )
    app.after_request(remember_language)

    @app.context_processor
    def language_context() -> dict[str, object]:
        return {"lang": language(), "lang_switch_url": switch_url(), "page_path": request.path}
