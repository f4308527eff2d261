"""Failures of httpx, its parts, TLS and the resolver as `FetchError`: one kind for each, by `errors.LIBRARY_FAILURES`.

httpx wraps the errors of httpcore, which wraps those of h11, h2 and the network. The innermost error says most: a
`ConnectError` may be a refused connection, a bad certificate or an unknown name.
"""

from __future__ import annotations

import os
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from scraper.errors import FETCH_KINDS, LIBRARY_FAILURES, FetchError

MAX_REASON_CHARS: Final = 200
"""Length limit of a library's message; some quote what the server sent."""
WHOLE_KINDS: Final = frozenset({"timeout"})
"""Kinds that a failure keeps when it happens within a body. All others mean that the body is incomplete."""


@contextmanager
def as_fetch_error(url: str, what: str = "", *, status: int = 0) -> Iterator[None]:
    """Raise the failures of a block as `fetch_error` gives them; a `FetchError` of the block is raised as it is."""
    try:
        yield
    except FetchError:
        raise
    except Exception as exc:
        raise fetch_error(exc, url, what, status=status) from exc


def fetch_error(exc: BaseException, url: str, what: str = "", *, status: int = 0) -> FetchError:
    """Return a failure as a `FetchError`; `what` is the beginning of its detail, by default the meaning of its kind.

    With a `status` the failure happened within the response's body. An exception that is no known failure is raised
    again: it is a bug.
    """
    known = [(kind, error) for error in causes(exc) if (kind := kind_of(error))]
    if not known:
        raise exc
    kind, error = known[-1]
    if status and kind not in WHOLE_KINDS:
        kind = "truncated"
    return FetchError(url, kind, f"{what or FETCH_KINDS[kind]}: {reason_of(error)}", status=status)


def kind_of(exc: BaseException) -> str:
    """Return the kind of the exception's nearest class in the table, or an empty string.

    >>> kind_of(ConnectionResetError()), kind_of(ssl.SSLError()), kind_of(KeyError())
    ('refused', 'tls', '')
    """
    names = (f"{cls.__module__.partition('.')[0]}.{cls.__qualname__}" for cls in type(exc).__mro__)
    return next((LIBRARY_FAILURES[name] for name in names if name in LIBRARY_FAILURES), "")


def causes(exc: BaseException) -> list[BaseException]:
    """Return an exception and those that led to it, the innermost last.

    httpcore raises its errors `from None` but keeps the original as their argument; anyio groups the errors of several
    addresses. An error that was only being handled when another was raised (`__context__`) did not lead to it.
    """
    found: list[BaseException] = []
    following: BaseException | None = exc
    while following is not None and following not in found:
        found.append(following)
        inner = (*following.args, *getattr(following, "exceptions", ()))
        wrapped = next((value for value in inner if isinstance(value, BaseException)), None)
        following = following.__cause__ or wrapped
    return found


def reason_of(exc: BaseException) -> str:
    """Return the message of a library's error."""
    if isinstance(exc, ssl.SSLCertVerificationError):
        return getattr(exc, "verify_message", "") or str(exc)  # only OpenSSL's own errors have the attribute
    if isinstance(exc, OSError) and exc.errno and not isinstance(exc, ssl.SSLError):
        return os.strerror(exc.errno) if exc.errno > 0 else str(exc.strerror)
    return (str(exc) or type(exc).__name__)[:MAX_REASON_CHARS]
