"""A visitor of the deployed site: cookies, forms as they stand on the page, and no second try that nobody asked for."""

from __future__ import annotations

import http.client
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlencode, urlsplit

import pyotp
from bs4 import BeautifulSoup

from tests.deploy.front import unverified

File = tuple[str, str, bytes]
"""Name, kind and bytes."""


@dataclass(frozen=True)
class Answer:
    """What came back."""

    status: int
    headers: http.client.HTTPMessage
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode()

    @property
    def location(self) -> str:
        return self.headers["Location"] or ""


@dataclass
class Browser:
    """One person, who comes through nginx or, with http://, straight to one server."""

    site: str
    cookies: dict[str, str] = field(default_factory=dict)
    claims: dict[str, str] = field(default_factory=dict)
    """Headers that only proxies have reason to send."""

    def get(self, path: str) -> Answer:
        """A page."""
        return self._ask("GET", path, None, "")

    def post(self, path: str, form: Mapping[str, str], file: tuple[str, File] | None = None) -> Answer:
        """A form, sent as it is; with a file as a browser sends files."""
        if file is None:
            return self._ask("POST", path, urlencode(form).encode(), "application/x-www-form-urlencoded")
        edge, (field_name, (name, kind, content)) = uuid.uuid4().hex, file
        parts = [f'name="{key}"\r\n\r\n{value}'.encode() for key, value in form.items()]
        parts.append(
            f'name="{field_name}"; filename="{name}"\r\nContent-Type: {kind}\r\n\r\n'.encode() + content
        )
        body = b"".join(
            f"--{edge}\r\nContent-Disposition: form-data; ".encode() + part + b"\r\n" for part in parts
        )
        return self._ask(
            "POST", path, body + f"--{edge}--\r\n".encode(), f"multipart/form-data; boundary={edge}"
        )

    def form(self, path: str, action: str) -> dict[str, str]:
        """What stands in the form of a page that sends to this address."""
        page = BeautifulSoup(self.get(path).body, "html.parser")
        found = next(
            form
            for form in page.find_all("form", method="post")
            if str(form.get("action") or path).partition("?")[0] == action
        )
        fields = {
            str(one["name"]): str(one.get("value") or "")
            for one in found.find_all("input", attrs={"name": True})
        }
        for chosen in found.find_all("option", selected=True):
            select = chosen.find_parent("select")
            assert select is not None
            fields[str(select["name"])] = str(chosen["value"])
        return fields

    def log_in(self, email: str, password: str, *, secret: str | None = None) -> None:
        """Through the page, and with the code of an application that holds this secret through the next."""
        answer = self.post("/login", {**self.form("/login", "/login"), "email": email, "password": password})
        assert answer.status == 303, answer.text
        if secret is not None:
            code = pyotp.TOTP(secret).now()
            answer = self.post("/login/code", {**self.form("/login/code", "/login/code"), "code": code})
            assert answer.status == 303, answer.text

    def _ask(self, method: str, path: str, body: bytes | None, kind: str) -> Answer:
        where = urlsplit(self.site)
        connection = (
            http.client.HTTPSConnection(where.netloc, timeout=60, context=unverified())
            if where.scheme == "https"
            else http.client.HTTPConnection(where.netloc, timeout=60)
        )
        headers = self.claims | {
            "Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        }
        if body is not None:
            headers["Content-Type"] = kind
        try:
            connection.request(method, path, body, headers)
            with connection.getresponse() as got:
                answer = Answer(got.status, got.headers, got.read())
        finally:
            connection.close()
        for cookie in answer.headers.get_all("Set-Cookie") or ():
            name, _, rest = cookie.partition("=")
            self.cookies[name] = rest.partition(";")[0]
        return answer
