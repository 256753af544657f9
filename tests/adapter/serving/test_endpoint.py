"""Endpoints that hang, lie, send too much or nothing: each exchange ends, and says why."""

from __future__ import annotations

import time

import pytest

from include.errors import ConfigError
from include.serving.answers import explain_answer
from mlops.serving.endpoint import Endpoint
from tests.world.endpoints import Served, serve, speak
from tests.world.ports import free_port

pytestmark = [pytest.mark.adapter, pytest.mark.timeout(60)]

BODY, LONGEST = b'{"dataframe_split": {"columns": ["a"], "data": [[1.5]]}}', 1_000
OK, CHUNKED = b"HTTP/1.1 200 OK\r\n", b"Transfer-Encoding: chunked\r\n\r\n"


def problem(url: str, timeout: float = 5.0) -> str:
    return explain_answer(Endpoint(url=url, timeout=timeout).invoke(BODY, LONGEST))


def test_an_answer_is_returned_with_the_time_it_took() -> None:
    served = Served(
        ask=lambda frame: frame["a"].tolist(), version={"model": "m", "version": "3"}, token="t0p"
    )
    with serve(served) as url:
        endpoint = Endpoint(url=f"{url}/", token="t0p")
        answer = endpoint.invoke(BODY, LONGEST)
        assert (answer.status, answer.body, answer.problem) == (200, b'{"predictions": [1.5]}', "")
        assert 0 < answer.seconds < 5
        assert endpoint.version().body == b'{"model": "m", "version": "3"}'
        assert explain_answer(Endpoint(url=url).invoke(BODY, LONGEST)).startswith("HTTP 401")
    assert served.seen == ["POST /invocations", "GET /version", "POST /invocations"]


def test_a_path_of_the_address_is_kept() -> None:
    served = Served()
    with serve(served) as url:
        Endpoint(url=f"{url}/models/m").invoke(BODY, LONGEST)
    assert served.seen == ["POST /models/m/invocations"]


def test_nobody_listens() -> None:
    assert problem(f"http://127.0.0.1:{free_port()}") == "nobody listens there (connection refused)"


def test_a_redirect_is_not_followed_with_the_token() -> None:
    elsewhere = Served()
    with serve(elsewhere) as other:
        with serve(Served(answer=(307, {"Location": f"{other}/invocations"}, b""))) as url:
            found = Endpoint(url=url, token="secret").invoke(BODY, LONGEST)
        assert explain_answer(found) == (
            f"HTTP 307, a redirect to {other}/invocations, which is not followed: give that address if it "
            "is the right one"
        )
    assert elsewhere.seen == []


@pytest.mark.parametrize(
    "words",
    [(), (OK,), (OK, b"Content-Length: 9\r\n\r\n"), (OK, b"Content-Length: 9\r\n\r\n1234")],
    ids=["nothing", "within the headers", "before the body", "within the body"],
)  # fmt: skip
def test_a_server_that_hangs_is_left(words: tuple[bytes, ...]) -> None:
    started = time.monotonic()
    with speak(*words, b"", pause=0.05, forever=True) as url:
        assert problem(url, timeout=0.4) == "no whole answer within 0.4 s"
    assert time.monotonic() - started < 5


@pytest.mark.parametrize(
    "words",
    [(OK, b"Content-Length: 100000\r\n\r\n", b"1"), (b"H",), (OK, b"X: y\r\n")],
    ids=["body", "status line", "headers"],
)
def test_a_server_that_sends_a_byte_now_and_then_is_left(words: tuple[bytes, ...]) -> None:
    started = time.monotonic()
    with speak(*words, pause=0.06, forever=True) as url:
        assert problem(url, timeout=0.5) == "no whole answer within 0.5 s"
    assert time.monotonic() - started < 5


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ((OK, b"Content-Length: 99999\r\n\r\n", b"1" * 99_999), "an answer of more than 1,000 bytes"),
        ((OK, b"\r\n", b"1" * 99_999), "an answer of more than 1,000 bytes"),
        ((OK, CHUNKED, b"ffff\r\n" + b"1" * 65_535), "an answer of more than 1,000 bytes"),
        ((OK, b"Content-Length: 20\r\n\r\n", b"123"), "the answer ended 17 bytes too early"),
        ((OK, CHUNKED, b"5\r\n123"), "IncompleteRead"),
        ((OK, CHUNKED, b"zz\r\n123"), "no answer of HTTP"),
        ((), "the server ended the connection without an answer"),
        ((b"SSH-2.0-OpenSSH_9.6\r\n",), "no answer of HTTP (BadStatusLine"),
        ((OK, b"X: " + b"y" * 70_000 + b"\r\n\r\n"), "no answer of HTTP (LineTooLong"),
        ((OK, b"Content-Length: -5\r\n\r\n", b""), ""),
    ],
)  # fmt: skip
def test_what_is_not_an_answer_is_named(words: tuple[bytes, ...], said: str) -> None:
    with speak(*words) as url:
        assert said in problem(url)


def test_an_endless_answer_is_cut() -> None:
    with speak(OK, b"\r\n", b"1" * 4_096, forever=True) as url:
        assert "more than 1,000 bytes" in problem(url)


def test_a_server_without_tls_is_named() -> None:
    with speak(OK, b"\r\n") as url:
        assert "no TLS connection" in problem(url.replace("http:", "https:"))


def test_a_proxy_of_the_environment_is_not_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", f"http://127.0.0.1:{free_port()}")
    with serve(Served()) as url:
        assert problem(url) == ""


@pytest.mark.parametrize(
    "url",
    [
        "", "127.0.0.1:8000", "ftp://h", "file:///etc/passwd", "http://", "http://h:port", "http://h:0", "http://h?x=1",
        "http://h#f", "http://h /x", "http://[::1", "http://h:99999",
    ],
)  # fmt: skip
def test_what_is_not_an_address_is_refused(url: str) -> None:
    with pytest.raises(ConfigError, match="http://host:port or https://host"):
        Endpoint(url=url)


def test_a_login_in_the_address_is_refused_without_being_shown() -> None:
    with pytest.raises(ConfigError) as caught:
        Endpoint(url="https://ann:s3cret@models.example")
    assert "s3cret" not in str(caught.value)
    assert "password" in str(caught.value)


def test_a_token_that_would_break_the_request_is_refused_without_being_shown() -> None:
    with pytest.raises(ConfigError) as caught:
        Endpoint(url="http://h", token="s3cret\r\nX: y")
    assert "s3cret" not in str(caught.value)
    assert "s3cret" not in repr(Endpoint(url="http://h", token="s3cret"))
