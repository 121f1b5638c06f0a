"""One question to a web server. Its answer is read in a thread, so that a stop is heard while the server is silent."""

import http.client
import queue
import socket
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from ipaddress import ip_address
from typing import IO, Any
from urllib.error import HTTPError
from urllib.parse import urlsplit
from urllib.request import (
    HTTPHandler,
    HTTPRedirectHandler,
    HTTPSHandler,
    OpenerDirector,
    ProxyHandler,
    Request,
    build_opener,
)

from blendstudio import __version__

CHUNK = 1 << 18  # bytes
POLL = 0.05  # s between looks at the stop button
STALL = 30.0  # s without a byte after which a server counts as stuck
AHEAD = 8  # chunks that may wait to be written


class Dropped(Exception):
    """The connection could not be made, or broke; the message is a reason in a few words."""


class Refused(Exception):
    """The server sent us where we do not go; the message ends a sentence that begins with its name."""


@dataclass(frozen=True)
class Head:
    """What comes before the body: the status, and the headers, whose names are found in any case."""

    status: int
    headers: Mapping[str, str]


class Answer:
    """The answer to a GET, as a context: `head`, then `blocks` until None. Nothing is asked before `head`."""

    def __init__(self, url: str, headers: Mapping[str, str], check: Callable[[], None]) -> None:
        own = {"User-Agent": f"blendstudio/{__version__}", "Accept-Encoding": "identity"}
        self._request = Request(url, headers=own | dict(headers))
        self._check = check
        self._items: queue.Queue[Head | bytes | Exception | None] = queue.Queue(AHEAD)
        self._sockets: list[socket.socket] = []
        self._left = threading.Event()
        self._thread = threading.Thread(target=self._read, name="download", daemon=True)

    def __enter__(self) -> "Answer":
        return self

    def __exit__(self, *_: object) -> None:
        """Breaks the connection off, at once."""
        self._left.set()
        for one in self._sockets:
            with suppress(OSError):
                socket.socket.shutdown(one, socket.SHUT_RDWR)  # a TLS socket's own would wait for the other side
        if self._thread.ident:
            self._thread.join(POLL)

    def head(self) -> Head:
        """Asks, and waits for status and headers. Raises Dropped, Refused, and whatever `check` raises."""
        if not may_ask(self._request.full_url):
            raise Refused("is asked without encryption")
        self._thread.start()
        item = self._next()
        assert isinstance(item, Head)
        return item

    def block(self) -> bytes | None:
        """The next bytes of the body, or None at its end, early or not. Raises Dropped, and what `check` raises."""
        item = self._next()
        assert not isinstance(item, Head)
        return item

    def _next(self) -> Head | bytes | None:
        heard = time.monotonic()
        while True:
            self._check()
            try:
                item = self._items.get(timeout=POLL)
            except queue.Empty:
                if time.monotonic() - heard > STALL:
                    raise Dropped("stopped answering") from None
                continue
            if isinstance(item, Refused):
                raise item
            if isinstance(item, Exception):
                raise Dropped(reason(item)) from item
            return item

    def _read(self) -> None:
        """The thread: puts the head, the blocks and None, or the error that came instead."""
        try:
            with _opener(self._request.full_url, self._sockets).open(self._request, timeout=STALL) as response:
                self._put(Head(response.status, response.headers))
                while not self._left.is_set() and (block := response.read1(CHUNK)):
                    self._put(block)
                self._put(None)
        except HTTPError as error:
            with error:
                self._put(Head(error.code, dict(error.headers.items())))
        except (OSError, ValueError, http.client.HTTPException, Refused) as error:
            self._put(error)

    def _put(self, item: Head | bytes | Exception | None) -> None:
        while not self._left.is_set():
            with suppress(queue.Full):
                self._items.put(item, timeout=POLL)
                return


def may_ask(url: str, asked: str = "") -> bool:
    """Whether a URL may be asked, on the way from `asked`: by https, or without encryption on this machine itself."""
    there, before = urlsplit(url), urlsplit(asked or url)
    if there.scheme == "https":
        return True
    return there.scheme == before.scheme == "http" and there.hostname == before.hostname and _is_here(there.hostname)


def host(url: str) -> str:
    """The name of a URL's server."""
    return urlsplit(url).hostname or url


def reason(error: Exception) -> str:
    """What was wrong with a connection, in words that follow a server's name."""
    cause = getattr(error, "reason", error)
    if isinstance(cause, TimeoutError):
        return "stopped answering"
    if "CERTIFICATE" in str(cause):
        return "has a certificate that is not trusted"
    if isinstance(cause, ConnectionRefusedError | socket.gaierror) or cause is not error:
        return "cannot be reached"
    return "broke the connection off"


def _is_here(name: str | None) -> bool:
    if name == "localhost":
        return True
    with suppress(ValueError):
        return ip_address(name or "").is_loopback
    return False


class _SafeRedirects(HTTPRedirectHandler):
    """Follows a server to another address unless that gives encryption up."""

    def redirect_request(
        self, req: Request, fp: IO[bytes], code: int, msg: str, headers: http.client.HTTPMessage, newurl: str
    ) -> Request | None:
        """The next question; raises Refused."""
        if not may_ask(newurl, req.full_url):
            fp.close()
            raise Refused("sends us on to an address without encryption")
        return super().redirect_request(req, fp, code, msg, headers, newurl)


def _opener(url: str, sockets: list[socket.socket]) -> OpenerDirector:
    """Asks through the proxies that are set for the system, but never for this machine; notes its sockets."""
    proxies = ProxyHandler({}) if _is_here(urlsplit(url).hostname) else ProxyHandler()

    class Plain(HTTPHandler):
        def http_open(self, req: Request) -> http.client.HTTPResponse:
            return self.do_open(partial(_noting, http.client.HTTPConnection, sockets), req)

    class Safe(HTTPSHandler):
        def https_open(self, req: Request) -> http.client.HTTPResponse:
            return self.do_open(partial(_noting, http.client.HTTPSConnection, sockets), req)

    return build_opener(proxies, Plain, Safe, _SafeRedirects)


def _noting(
    kind: type[http.client.HTTPConnection], sockets: list[socket.socket], *address: Any, **values: Any
) -> http.client.HTTPConnection:
    """A connection that adds its socket to `sockets` as soon as it has one."""

    class Noting(kind):
        def connect(self) -> None:
            super().connect()
            sockets.append(self.sock)

    return Noting(*address, **values)
