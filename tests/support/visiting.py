"""A person in a browser, as the wire sees them: cookies are kept, forms are sent with what their page holds."""

import base64
import hmac
import re
import time
from collections.abc import Mapping
from html import unescape
from typing import Self

import httpx

from moorage.rules.second_factor import STEP
from tests.support.server import PASSWORD
from tests.support.wire import TRUSTING_NOBODY

_FIELD = re.compile(r'<input type="hidden" name="token" value="([0-9a-f]*)">')
_FAULT = re.compile(r'<p class="fault" role="alert">(.*?)</p>', re.DOTALL)


class Visitor:
    """One browser at one registry. `token` is the form token of the last page; `origin` where its forms come from."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.origin: str | None = url
        self.token = ""
        self.client = httpx.Client(base_url=url, timeout=60, trust_env=False, verify=TRUSTING_NOBODY)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.client.close()

    def get(self, path: str) -> httpx.Response:
        """Open a page."""
        return self._seen(self.client.get(path))

    def send(self, path: str, fields: Mapping[str, str | list[str]] | None = None, **headers: str) -> httpx.Response:
        """Send a form; redirects are followed, as a browser does."""
        answer = self.post(path, fields, **headers)
        while answer.status_code == 303:
            answer = self.get(answer.headers["location"])
        return answer

    def post(self, path: str, fields: Mapping[str, str | list[str]] | None = None, **headers: str) -> httpx.Response:
        """Send a form, and look at the answer itself."""
        told = {} if self.origin is None else {"Origin": self.origin}
        data = {"token": self.token, **(fields or {})}
        return self._seen(self.client.post(path, data=data, headers={**told, **headers}))

    def sign_in(self, name: str, password: str = PASSWORD, **more: str) -> httpx.Response:
        """By the form; where it leads to."""
        self.get("/login")
        return self.send("/login", {"name": name, "password": password, **more})

    @property
    def cookie(self) -> str | None:
        """What the browser keeps."""
        return next((cookie.value for cookie in self.client.cookies.jar), None)

    def _seen(self, answer: httpx.Response) -> httpx.Response:
        if found := _FIELD.search(answer.text):
            self.token = found[1]
        return answer


def fault(answer: httpx.Response) -> str:
    """What a page says was wrong."""
    found = _FAULT.search(answer.text)
    assert found is not None, answer.text
    return unescape(found[1])


def words(page: str) -> str:
    """What a page says, without its markup, in one line."""
    return " ".join(unescape(re.sub(r"<[^>]*>", " ", page)).split())


class Phone:
    """An authenticator app; every code it gives is of a step of its own, as each counts once."""

    def __init__(self, page: str) -> None:
        found = re.search(r'<code class="breaking">([A-Z2-7]+)</code>', page)
        assert found is not None, page
        spelt = found[1]
        self.secret = base64.b32decode(spelt + "=" * (-len(spelt) % 8))
        self._spent = -1

    def code(self) -> str:
        """One that is good now: a step ahead is, and after that the next step is waited for."""
        while (step := max(int(time.time()) // STEP - 1, self._spent + 1)) > int(time.time()) // STEP + 1:
            time.sleep(0.2)
        self._spent = step
        return code_of(self.secret, step)


def code_of(secret: bytes, step: int) -> str:
    """The code of a step, worked out apart from the program (RFC 4226, section 5.3)."""
    digest = hmac.digest(secret, step.to_bytes(8, "big"), "sha1")
    start = digest[-1] & 15
    return f"{(int.from_bytes(digest[start : start + 4], 'big') & 0x7FFFFFFF) % 1_000_000:06}"


def offer(page: str) -> str:
    """What the page that offers a second factor wants back."""
    found = re.search(r'name="offer" value="([^"]+)"', page)
    assert found is not None, page
    return found[1]


def enrol(visitor: Visitor) -> tuple[Phone, list[str]]:
    """Set up a second factor; the phone that has it, and the recovery codes."""
    page = visitor.get("/account/second-factor").text
    phone = Phone(page)
    shown = visitor.send("/account/second-factor", {"code": phone.code(), "offer": offer(page)})
    codes = re.findall(r"<li><code>([a-z2-7-]+)</code></li>", shown.text)
    assert len(codes) == 10, shown.text
    return phone, codes
