"""Pages that ask nothing of Flask, so that Flask is not asked.

The stamp page is the one page that thousands of phones may want at once. It needs no session, form token, log-in or
limit; so the function that answers it is called with the request alone, outside every context and hook. It may make a
context where it has to draw; what it does not answer goes the way of all pages.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NoReturn

from flask import Flask, Request, request
from flask.sessions import SecureCookieSession, SecureCookieSessionInterface
from werkzeug.routing import RequestRedirect

from app.web.environment import SharedGlobals
from app.web.intake import Asked, stay_here

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment


@dataclass(frozen=True, slots=True)
class Page:
    """A finished page: its bytes, and its headers but for the length."""

    body: bytes
    headers: list[tuple[str, str]]
    status: str = "200 OK"

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        start_response(self.status, [*self.headers, ("Content-Length", str(len(self.body)))])
        return () if environ["REQUEST_METHOD"] == "HEAD" else (self.body,)


BarePage = Callable[[Request], Page | None]
"""Answers a GET or HEAD, or leaves it (None) to the view with that address. What it raises is mapped as ever."""


class Sessions(SecureCookieSessionInterface):
    """Flask's sessions; who brings no session cookie gets an empty one without the making of a signer.

    The cookie of a request over TLS never travels without it.
    """

    def get_cookie_secure(self, app: Flask) -> bool:
        return request.is_secure

    def open_session(self, app: Flask, request: Request) -> SecureCookieSession | None:
        if self.get_cookie_name(app) not in request.environ.get("HTTP_COOKIE", ""):
            return self.session_class()
        return super().open_session(app, request)


class Application(Flask):
    """Flask, which lets the bare pages answer first."""

    session_interface = Sessions()
    request_class = Asked
    jinja_environment = SharedGlobals

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.bare_pages: dict[str, BarePage] = {}
        """By the first part of the path: 't' answers for /t/…"""

    def log_exception(self, *_: Any) -> None:
        """Left to the error handlers of app.web.errors: Flask's own line has the address in it."""

    def raise_routing_exception(self, request: Request) -> NoReturn:
        """As Flask does; a redirect of the router's own stays on this host."""
        if isinstance(request.routing_exception, RequestRedirect):
            stay_here(request.routing_exception)
        super().raise_routing_exception(request)

    def wsgi_app(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        answer = self.bare_pages.get(environ["PATH_INFO"].lstrip("/").partition("/")[0])
        if answer is None or environ["REQUEST_METHOD"] not in ("GET", "HEAD"):
            return super().wsgi_app(environ, start_response)
        try:
            page = answer(self.request_class(environ, populate_request=False))
        except Exception as error:  # noqa: BLE001 - as Flask does: an error handler answers, or it is raised again
            with self.request_context(environ):
                response = self.make_response(self.handle_user_exception(error))
                return response(environ, start_response)
        return (page or super().wsgi_app)(environ, start_response)
