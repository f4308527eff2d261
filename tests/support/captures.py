"""WARC and ARC files, written record by record without a library: also such as no library would write."""

from __future__ import annotations

import gzip
from pathlib import Path
from typing import Final

AT: Final = "2020-05-01T06:00:00Z"
HTML: Final = ("Content-Type", "text/html; charset=utf-8")
SENTENCES: Final = (
    "The harbour of Westmark will be dredged in spring, the port authority said on Friday after a vote of {n} to four.",
    "Fishermen had asked for the work since a trawler ran aground two winters ago off pier {n}, with the loss of its nets.",
    "It will cost {n} million crowns, half of which the county is to pay, the rest coming out of the port's own fees.",
    "The dredger is to come from the yard at Lund in the week {n} of the year, when the herring boats have left again.",
)


def story(number: int, *more: str, canonical: str = "") -> bytes:
    """A page with an article. The number tells its text from others, `more` are further paragraphs."""
    text = "".join(f"<p>{line.format(n=number)}</p>" for line in (*SENTENCES, *more))
    link = f'<link rel="canonical" href="{canonical}">' if canonical else ""
    return (
        f"<!doctype html><html lang=en><head><title>Harbour vote {number}</title>{link}</head><body><article>"
        f"<h1>Harbour vote {number}</h1>{text}</article></body></html>"
    ).encode()


def http(body: bytes, *headers: tuple[str, str], status: str = "200 OK") -> bytes:
    """A response as it was sent; with a content type unless `headers` has one."""
    named = headers if any(name == "Content-Type" for name, _ in headers) else (HTML, *headers)
    lines = [f"HTTP/1.1 {status}", *(f"{name}: {value}" for name, value in named)]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def record(kind: str, url: str, block: bytes, *, at: str = AT, length: str = "", **more: str) -> bytes:
    """A record of WARC/1.1. In the names of further headers, an underscore stands for a hyphen."""
    headers = {"WARC-Type": kind, "WARC-Target-URI": url, "WARC-Date": at}
    headers |= {name.replace("_", "-"): value for name, value in more.items()}
    headers["Content-Length"] = length or str(len(block))
    lines = ["WARC/1.1", *(f"{name}: {value}" for name, value in headers.items() if value)]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + block + b"\r\n\r\n"


def response(url: str, body: bytes, *headers: tuple[str, str], at: str = AT, status: str = "200 OK") -> bytes:
    """A record with a response."""
    return record("response", url, http(body, *headers, status=status), at=at)


def capture(number: int, *more: str, at: str = AT, url: str = "") -> bytes:
    """A record with the page of `story`."""
    return response(url or f"https://herald.example/{number}", story(number, *more), at=at)


def write(path: Path, *records: bytes) -> Path:
    """A file of records: compressed one by one if it is named so."""
    packed = path.suffix == ".gz"
    path.write_bytes(b"".join(gzip.compress(one, 1) if packed else one for one in records))
    return path
