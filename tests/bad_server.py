"""A web server on this machine that serves one file, well or in one of the ways in which downloads go wrong."""

import hashlib
import random
import socket
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from blendstudio.engine.manifest import ModelEntry

PATIENCE = 10.0  # s that a stalled answer waits for its client to go


class BadServer:
    """Each question takes the next of `faults`; when there are none left, it is answered as it should be.

    `asked` holds the path and the headers of every question, `sent` the bytes that were sent for it, and `left` is
    set once a client went away from a stalled answer.
    """

    def __init__(self, data: bytes, seed: int = 0) -> None:
        self.data, self.faults, self.tag = data, [], '"first"'
        self.asked, self.sent = [], []
        self.stalled, self.left = threading.Event(), threading.Event()
        self.random = random.Random(seed)
        self.port = 9  # where nobody is, until it runs

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/net.pth"

    def entry(self, **values: object) -> ModelEntry:
        """The manifest's entry for the file as it was at first; `values` replace its fields."""
        usual = {"id": "tiny", "role": "sam", "tier": "paper", "net": "u2net", "purpose": "Tests.", "licence": "MIT"}
        known = {"bytes": len(self.data), "sha256": hashlib.sha256(self.data).hexdigest(), "convert": "u2net-onnx"}
        return ModelEntry(**usual | known | {"urls": (self.url,)} | values)

    @contextmanager
    def running(self) -> Iterator["BadServer"]:
        with ThreadingHTTPServer(("127.0.0.1", 0), self._handler()) as server:
            server.daemon_threads = False
            self.port = server.server_port
            thread = threading.Thread(target=server.serve_forever, args=(0.01,), name="bad server")
            thread.start()
            try:
                yield self
            finally:
                server.shutdown()
                thread.join()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        server = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                server.asked.append((self.path, dict(self.headers)))
                server.sent.append(0)
                fault = server.faults.pop(0) if server.faults else "well"
                with suppress(OSError):  # the client may go at any time
                    getattr(server, f"_{fault.replace('-', '_')}")(self)

            def log_message(self, *_: object) -> None:
                pass

        return Handler

    # --- answers ---

    def _well(self, client: BaseHTTPRequestHandler, body: bytes | None = None, *, ranged: bool = True) -> None:
        whole = self.data if body is None else body
        start = self._start(client) if ranged else None
        if start is not None and start >= len(whole):
            client.send_response(416)
            client.send_header("Content-Range", f"bytes */{len(whole)}")
            client.end_headers()
            return
        self._head(client, start, len(whole))
        self._send(client, whole[start or 0 :])

    def _drop(self, client: BaseHTTPRequestHandler) -> None:
        self._some(client)
        if self.random.random() < 0.5:  # with a reset instead of a quiet end
            client.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            client.connection.close()

    def _stall(self, client: BaseHTTPRequestHandler) -> None:
        self._some(client)
        self._wait(client)

    def _silent(self, client: BaseHTTPRequestHandler) -> None:
        self._wait(client)

    def _hang_up(self, client: BaseHTTPRequestHandler) -> None:
        client.wfile.write(b"")

    def _garbage(self, client: BaseHTTPRequestHandler) -> None:
        client.wfile.write(self.random.randbytes(300))

    def _claims_more(self, client: BaseHTTPRequestHandler) -> None:
        self._head(client, None, len(self.data) + 1000)
        self._send(client, self.data)

    def _claims_less(self, client: BaseHTTPRequestHandler) -> None:
        self._head(client, None, len(self.data) - 1000)
        self._send(client, self.data)

    def _sends_more(self, client: BaseHTTPRequestHandler) -> None:
        self._head(client, None, None)
        self._send(client, self.data + self.random.randbytes(1000))

    def _sends_less(self, client: BaseHTTPRequestHandler) -> None:
        self._head(client, None, None)
        self._send(client, self.data[: self.random.randrange(len(self.data))])

    def _ignores_range(self, client: BaseHTTPRequestHandler) -> None:
        self._well(client, ranged=False)

    def _wrong_range(self, client: BaseHTTPRequestHandler) -> None:
        start = self._start(client) or 0
        client.send_response(206)
        client.send_header("Content-Range", f"bytes {start // 2}-{len(self.data) - 1}/{len(self.data)}")
        client.end_headers()
        self._send(client, self.data[start // 2 :])

    def _another_file(self, client: BaseHTTPRequestHandler) -> None:
        """The same size and range, but other bytes; the tag is not looked at."""
        other = bytes(byte ^ 255 for byte in self.data)
        start = self._start(client)
        self._head(client, start, len(other))
        self._send(client, other[start or 0 :])

    def _changes(self, client: BaseHTTPRequestHandler) -> None:
        """Breaks off, and from now on has another file, under another tag."""
        self._some(client)
        self.data, self.tag = bytes(reversed(self.data)), '"second"'

    def _changes_back(self, client: BaseHTTPRequestHandler) -> None:
        self._some(client)
        self.data, self.tag = bytes(reversed(self.data)), '"third"'

    def _flip(self, client: BaseHTTPRequestHandler) -> None:
        flipped = bytearray(self.data)
        flipped[self.random.randrange(len(flipped))] ^= 1 << self.random.randrange(8)
        self._well(client, bytes(flipped))

    def _busy(self, client: BaseHTTPRequestHandler) -> None:
        client.send_error(503)

    def _gone(self, client: BaseHTTPRequestHandler) -> None:
        client.send_error(404)

    def _zipped(self, client: BaseHTTPRequestHandler) -> None:
        client.send_response(200)
        client.send_header("Content-Encoding", "gzip")
        client.end_headers()

    def _moved(self, client: BaseHTTPRequestHandler) -> None:
        self._redirect(client, "/elsewhere.pth")

    def _to_http(self, client: BaseHTTPRequestHandler) -> None:
        self._redirect(client, f"http://127.0.0.2:{self.port}/net.pth")

    def _to_file(self, client: BaseHTTPRequestHandler) -> None:
        self._redirect(client, "file:///etc/hostname")

    def _round_and_round(self, client: BaseHTTPRequestHandler) -> None:
        self.faults[:0] = ["round-and-round"]
        self._redirect(client, "/net.pth?more")

    # --- parts of answers ---

    def _start(self, client: BaseHTTPRequestHandler) -> int | None:
        """Where the rest begins that was asked for, if it is one of this version."""
        asked, tag = client.headers.get("Range"), client.headers.get("If-Range")
        if asked is None or (tag and tag != self.tag):
            return None
        return int(asked.removeprefix("bytes=").rstrip("-"))

    def _head(self, client: BaseHTTPRequestHandler, start: int | None, size: int | None) -> None:
        client.send_response(200 if start is None else 206)
        if self.tag:
            client.send_header("ETag", self.tag)
        if start is not None:
            client.send_header("Content-Range", f"bytes {start}-{(size or 1) - 1}/{size}")
        if size is not None:
            client.send_header("Content-Length", str(size - (start or 0)))
        client.end_headers()

    def _send(self, client: BaseHTTPRequestHandler, body: bytes) -> None:
        client.wfile.write(body)
        self.sent[-1] += len(body)

    def _some(self, client: BaseHTTPRequestHandler) -> None:
        """The head, and a random part of what belongs to it."""
        start = self._start(client)
        if start is not None and start >= len(self.data):
            start = None
        self._head(client, start, len(self.data))
        rest = self.data[start or 0 :]
        self._send(client, rest[: self.random.randrange(len(rest))])

    def _redirect(self, client: BaseHTTPRequestHandler, where: str) -> None:
        client.send_response(302)
        client.send_header("Location", where)
        client.send_header("Content-Length", "0")
        client.end_headers()

    def _wait(self, client: BaseHTTPRequestHandler) -> None:
        """Says nothing until the client is gone."""
        client.wfile.flush()
        self.stalled.set()
        client.connection.settimeout(PATIENCE)
        with suppress(ConnectionError):
            if client.connection.recv(1):
                return
        self.left.set()
