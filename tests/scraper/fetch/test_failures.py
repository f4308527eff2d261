"""Failures of httpx, its parts, TLS and the resolver: each class has a row, and a failure keeps its meaning when it is wrapped."""

from __future__ import annotations

import asyncio
import builtins
import importlib
import pkgutil
import socket
import ssl
from collections.abc import AsyncIterator, Iterator
from contextlib import suppress
from itertools import pairwise
from types import ModuleType

import h2.exceptions
import h11
import httpcore
import httpx
import pytest

from scraper.errors import FETCH_KINDS, LIBRARY_FAILURES, FetchError
from scraper.fetch.client import Fetcher
from scraper.fetch.failures import causes
from tests.support.fetching import HTML, OPEN
from tests.support.loopback import Exchange, serving
from tests.support.tls import server_tls

LIBRARIES = ("httpx", "httpcore", "h11", "h2", "hpack", "hyperframe", "idna", "ssl", "socket")
OPTIONAL = {"rich", "socksio", "trio"}
"""Packages of features that we do not use; modules that need them do not load without them."""
URL = "https://site.example/a"


def modules(package: str) -> Iterator[ModuleType]:
    """A package with all its modules that load."""
    root = importlib.import_module(package)
    yield root
    for found in pkgutil.walk_packages(getattr(root, "__path__", ()), f"{package}."):
        try:
            yield importlib.import_module(found.name)
        except ModuleNotFoundError as exc:
            if exc.name not in OPTIONAL:
                raise


def exception_classes(package: str) -> dict[str, type[BaseException]]:
    """The public exceptions that a package defines, by the name of their row."""
    return {
        f"{package}.{value.__qualname__}": value
        for module in modules(package)
        for value in vars(module).values()
        if isinstance(value, type)
        and issubclass(value, BaseException)
        and value.__module__.partition(".")[0] == package
        and not value.__name__.startswith("_")
    }


CLASSES = {name: cls for package in LIBRARIES for name, cls in exception_classes(package).items()}


def named(row: str) -> type[BaseException]:
    """The exception that a row names. Raises `KeyError` if there is none."""
    package, _, name = row.partition(".")
    found: type[BaseException] = vars(builtins)[name] if package == "builtins" else CLASSES[row]
    return found


def instance(cls: type[BaseException]) -> BaseException:
    """An exception of a class, or of a class derived from an abstract one."""
    if cls is httpx.HTTPStatusError:
        return httpx.HTTPStatusError("", request=httpx.Request("GET", URL), response=httpx.Response(500))
    if cls is h11.ProtocolError:
        return type("Derived", (cls,), {})("")
    for arguments in ((), (1,), (1, 1)):
        with suppress(TypeError):
            return cls(*arguments)
    raise AssertionError(cls)


def raised_as(failure: BaseException, *, in_body: bool = False) -> FetchError:
    """The error of a fetch whose transport raises a failure, at the request or in the middle of the body."""

    async def breaking() -> AsyncIterator[bytes]:
        yield HTML[:500]
        raise failure

    async def answer(request: httpx.Request) -> httpx.Response:
        if request.url.path == "/robots.txt":
            return httpx.Response(404)
        if in_body:
            return httpx.Response(200, content=breaking())
        raise failure

    async def run() -> None:
        async with Fetcher(OPEN, transport=httpx.MockTransport(answer)) as client:
            await client.fetch(URL)

    with pytest.raises(FetchError) as caught:
        asyncio.run(run())
    assert caught.value.url == URL
    return caught.value


@pytest.mark.parametrize("name", CLASSES)
def test_each_exception_of_the_libraries_has_a_row(name: str) -> None:
    assert name in LIBRARY_FAILURES, f"add {name} to LIBRARY_FAILURES"


@pytest.mark.parametrize("name", LIBRARY_FAILURES)
def test_each_row_names_an_exception_that_exists_and_a_known_kind(name: str) -> None:
    assert issubclass(named(name), Exception)
    assert LIBRARY_FAILURES[name] in FETCH_KINDS


@pytest.mark.parametrize("name", LIBRARY_FAILURES)
def test_a_failure_of_a_transport_is_an_error_of_its_rows_kind(name: str) -> None:
    failure = instance(named(name))
    error = raised_as(failure)
    assert error.kind == LIBRARY_FAILURES[name]
    assert error.status == 0
    assert failure in causes(error)


@pytest.mark.parametrize("name", [name for name in LIBRARY_FAILURES if name.startswith(("httpx.", "builtins."))])
def test_a_failure_within_a_body_means_that_the_body_is_incomplete_unless_time_ran_out(name: str) -> None:
    error = raised_as(instance(named(name)), in_body=True)
    assert error.kind == ("timeout" if LIBRARY_FAILURES[name] == "timeout" else "truncated")
    assert error.status == 200


def chain(*failures: BaseException) -> BaseException:
    """The first failure, caused by the second, and so on."""
    for outer, inner in pairwise(failures):
        outer.__cause__ = inner
    return failures[0]


REFUSED = OSError(111, "refused")
GROUP = ExceptionGroup("several addresses", [REFUSED, OSError(113, "no route")])
WRAPPED = {
    "a certificate": (
        chain(httpx.ConnectError("x"), httpcore.ConnectError("x"), ssl.SSLCertVerificationError("bad")),
        "tls",
    ),
    "an unknown name": (chain(httpx.ConnectError("x"), httpcore.ConnectError("x"), socket.gaierror(-2, "x")), "dns"),
    "an unknown name as an argument": (
        chain(httpx.ConnectError("x"), httpcore.ConnectError(socket.gaierror(-2, "x"))),
        "dns",
    ),
    "several addresses": (chain(httpcore.ConnectError("x"), OSError("all failed"), GROUP), "refused"),
    "a group alone": (GROUP, "refused"),
    "a group of timeouts": (chain(httpx.ConnectError("x"), ExceptionGroup("x", [TimeoutError()])), "timeout"),
    "too many header bytes": (
        chain(httpx.LocalProtocolError("x"), httpcore.LocalProtocolError(h2.exceptions.DenialOfServiceError("x"))),
        "too-large",
    ),
    "an unknown exception from a failure": (chain(RuntimeError("gave up"), httpx.ReadTimeout("x")), "timeout"),
    "a failure from an unknown exception": (chain(httpx.ProxyError("x"), RuntimeError("x")), "proxy"),
    "a class derived from a row's": (type("Throttled", (httpx.PoolTimeout,), {})("x"), "timeout"),
}


@pytest.mark.parametrize(("failure", "kind"), WRAPPED.values(), ids=WRAPPED)
def test_a_wrapped_failure_has_the_kind_of_its_cause(failure: BaseException, kind: str) -> None:
    assert raised_as(failure).kind == kind


def while_handling(earlier: BaseException, failure: BaseException) -> BaseException:
    """A failure that was raised while an earlier one was handled."""
    failure.__context__ = earlier
    return failure


def test_a_failure_that_was_being_handled_is_not_the_cause_of_the_next() -> None:
    assert raised_as(while_handling(httpx.ConnectTimeout("x"), httpx.ProxyError("x"))).kind == "proxy"


BUGS = {
    "unknown": KeyError("x"),
    "unknown, while a failure was handled": while_handling(httpx.ReadError("x"), KeyError("x")),
    "a group of unknown ones": ExceptionGroup("x", [KeyError("x")]),
}


@pytest.mark.parametrize("in_body", [False, True], ids=["at the request", "in the body"])
@pytest.mark.parametrize("bug", BUGS.values(), ids=BUGS)
def test_an_exception_that_is_no_known_failure_is_raised_as_it_is(bug: Exception, in_body: bool) -> None:
    with pytest.raises(type(bug)) as caught:
        raised_as(bug, in_body=in_body)
    assert caught.value is bug


async def cut(exchange: Exchange) -> None:
    await exchange.raw(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n" + b"x" * 500)
    exchange.hang_up()


async def no_http(exchange: Exchange) -> None:
    await exchange.raw(b"SSH-2.0-OpenSSH_9.2\r\n\r\n")
    exchange.hang_up()


def test_failures_of_httpx_own_transport_have_the_kinds_of_ours() -> None:
    async def kind_of(url: str) -> str:
        async with Fetcher(OPEN, transport=httpx.AsyncHTTPTransport(trust_env=False)) as client:
            with pytest.raises(FetchError) as caught:
                await client.fetch(url)
            return caught.value.kind

    async def run() -> list[str]:
        async with serving({"/cut": cut, "/no": no_http}) as site, serving({}, tls=server_tls(signed=False)) as secured:
            urls = [
                *map(site.url, ("/cut", "/no")),
                f"https://127.0.0.1:{secured.port}/",
                "http://127.0.0.1:1/",
                "http://no-such-host.invalid/",
            ]
            return [await kind_of(url) for url in urls]

    assert asyncio.run(run()) == ["truncated", "protocol", "tls", "refused", "dns"]
