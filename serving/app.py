"""The routes: ``/invocations``, ``/ping``, ``/health``, ``/version`` and ``/metrics``."""

from __future__ import annotations

import asyncio
import hmac
import logging
import secrets
import threading
import time
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from fastapi import FastAPI, Request, Response

from include.errors import MlopsError
from include.strict_json import to_json
from serving.invocations import CSV, JSON
from serving.refusal import Refusal
from serving.settings import is_loopback

if TYPE_CHECKING:
    from serving.follower import Follower
    from serving.invocations import Invocations
    from serving.lineup import Lineup
    from serving.metrics import Metrics
    from serving.settings import Settings

logger = logging.getLogger(__name__)

_UNAVAILABLE = 503
_CODES = {
    401: "UNAUTHENTICATED",
    403: "PERMISSION_DENIED",
    503: "TEMPORARILY_UNAVAILABLE",
    500: "INTERNAL_ERROR",
}


class Endpoints:
    """What the routes do.

    :param settings: limits and token.
    :param follower: knows who answers.
    :param invocations: answers.
    :param metrics: counts.
    """

    def __init__(
        self, settings: Settings, follower: Follower, invocations: Invocations, metrics: Metrics
    ) -> None:
        self._settings, self._follower = settings, follower
        self._invocations, self._metrics = invocations, metrics
        # One thread predicts: a process has one core for that, and the event loop stays free.
        self._predicting = ThreadPoolExecutor(1, "predict")
        self._waiting, self._counting = 0, threading.Lock()

    async def ping(self, _: Request) -> Response:
        """Answer 200 where requests are answered, else 503, as MLflow's server does."""
        if self._follower.lineup is None:
            return Response("no version is loaded\n", _UNAVAILABLE)
        return Response("\n")

    async def version(self, request: Request) -> Response:
        """Say which version answers, and what was refused."""
        if refused := self._forbid(request):
            return refused
        return Response(to_json(self._follower.describe()), media_type=JSON)

    async def metrics(self, request: Request) -> Response:
        """Give Prometheus its figures."""
        if refused := self._forbid(request):
            return refused
        return Response(self._metrics.text(), media_type="text/plain; version=0.0.4; charset=utf-8")

    async def invocations(self, request: Request) -> Response:
        """Answer rows."""
        began = time.perf_counter()
        name = secrets.token_hex(8)
        response = self._forbid(request) or await self._answer(request, name)
        response.headers["x-request-id"] = name
        self._metrics.requests.labels(str(response.status_code)).inc()
        self._metrics.seconds.observe(time.perf_counter() - began)
        return response

    async def _answer(self, request: Request, name: str) -> Response:
        settings = self._settings
        try:
            lineup = self._lineup()
            media = _media(request)
            content = await _read(request, settings.max_bytes, settings.body_seconds)
        except Refusal as error:
            # What is left of the body is not read: the connection can't be used again.
            return _error(error.status, str(error), close=True)
        except TimeoutError:
            return _error(408, f"the body was not there within {settings.body_seconds:g} s", close=True)
        try:
            work = self._begin(content, media, lineup, name)
            async with asyncio.timeout(settings.answer_seconds):
                body, who = await asyncio.wrap_future(work)
        except Refusal as error:
            return _error(error.status, str(error))
        except TimeoutError:
            return _error(503, f"not answered within {settings.answer_seconds:g} s: send fewer rows")
        except Exception as error:
            logger.exception("Request %s failed", name)
            said = str(error) if isinstance(error, MlopsError) else "the server failed; its log says how"
            return _error(500, said)
        return Response(body, media_type=JSON, headers={"x-model-version": who})

    def _lineup(self) -> Lineup:
        """Return who answers.

        :raises Refusal: nobody does yet.
        """
        if self._follower.lineup is None:
            raise Refusal("no version is loaded yet: /version says why", _UNAVAILABLE)
        return self._follower.lineup

    def _begin(self, content: bytes, media: str, lineup: Lineup, name: str) -> Future[tuple[bytes, str]]:
        """Let the thread that predicts answer a request, after those that wait already.

        :raises Refusal: too many do.
        """
        if self._waiting >= self._settings.max_waiting:
            raise Refusal(f"{self._waiting} requests wait already", 503)
        with self._counting:
            self._waiting += 1
        work = self._predicting.submit(self._invocations.answer, content, media, lineup, name)
        work.add_done_callback(self._done)
        return work

    def _done(self, _: Future[tuple[bytes, str]]) -> None:
        with self._counting:
            self._waiting -= 1

    def _forbid(self, request: Request) -> Response | None:
        """Return the refusal of a request that has not the right to be answered."""
        token = self._settings.token
        if not token:
            # A page in somebody's browser can reach this address, under a name of its own.
            host = request.headers.get("host", "")
            if is_loopback(_hostname(host)):
                return None
            return _error(403, f"{host[:80]!r} is not a name of this machine", close=True)
        scheme, _, given = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() == "bearer" and hmac.compare_digest(given.strip().encode(), token.encode()):
            return None
        response = _error(401, "expected the header Authorization: Bearer <token>", close=True)
        response.headers["www-authenticate"] = "Bearer"
        return response

    def close(self) -> None:
        """Let what is being answered be answered."""
        self._predicting.shutdown()


def build_app(endpoints: Endpoints) -> FastAPI:
    """Return the ASGI application.

    :param endpoints: what the routes do.
    """
    # A redirect to the path without its last slash would lead to whatever host the request names.
    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None, redirect_slashes=False)
    app.add_route("/invocations", endpoints.invocations, methods=["POST"])
    app.add_route("/ping", endpoints.ping, methods=["GET"])
    app.add_route("/health", endpoints.ping, methods=["GET"])
    app.add_route("/version", endpoints.version, methods=["GET"])
    app.add_route("/metrics", endpoints.metrics, methods=["GET"])
    return app


def _hostname(host: str) -> str:
    """Return a host header without its port; empty where it is none."""
    try:
        return urlsplit(f"//{host}").hostname or ""
    except ValueError:
        return ""


def _media(request: Request) -> str:
    """Return the media type of a request, one of the two that are read."""
    encoding = request.headers.get("content-encoding", "identity")
    if encoding.lower() != "identity":
        raise Refusal(f"the body is encoded as {encoding[:40]!r}: send it as it is", 415)
    kind, *parameters = request.headers.get("content-type", "").lower().split(";")
    charsets = [one.strip().removeprefix("charset=").strip('"') for one in parameters if "charset" in one]
    if kind.strip() not in {JSON, CSV} or charsets not in ([], ["utf-8"]):
        found = request.headers.get("content-type", "")[:80]
        raise Refusal(f"the content type is {found!r}: expected {JSON} or {CSV}, UTF-8", 415)
    return kind.strip()


async def _read(request: Request, max_bytes: int, seconds: float) -> bytes:
    """Return the body.

    :raises Refusal: it is too large.
    :raises TimeoutError: it does not come in time.
    """
    announced = request.headers.get("content-length", "0")
    too_large = Refusal(
        f"the body has more than the {max_bytes:,} bytes that one request may have: send parts", 413
    )
    if announced.isdecimal() and int(announced) > max_bytes:
        raise too_large
    parts, size = [], 0
    async with asyncio.timeout(seconds):
        async for part in request.stream():
            size += len(part)
            if size > max_bytes:
                raise too_large
            parts.append(part)
    return parts[0] if len(parts) == 1 else b"".join(parts)


def _error(status: int, message: str, *, close: bool = False) -> Response:
    """Return an error as MLflow's server writes it."""
    code = _CODES.get(status, "BAD_REQUEST")
    headers = {"retry-after": "1"} if status == _UNAVAILABLE else {}
    if close:
        headers["connection"] = "close"
    return Response(to_json({"error_code": code, "message": message}), status, headers, JSON)
