"""Measures what one request costs the fetcher, compared with httpx's own client.

    python -m tests.bench.fetching [--requests 2000] [--hosts 40] [--bytes 20000] [--rounds 3]

Serves pages from another process on loopback, each host at an address of its own, and fetches them without any delay,
two at a time from each host. Prints the client's milliseconds of CPU per request, the best of the rounds, for the fetcher
(robots.txt, throttle, vetted addresses, limits), for its transport alone, and for httpx with its default transport.
"""

from __future__ import annotations

import argparse
import asyncio
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable
from typing import Any, Final

import httpx

from scraper.fetch.addresses import resolve
from scraper.fetch.client import Fetcher, Settings
from scraper.fetch.http_client import default_tls, new_client
from scraper.fetch.network import Network, connect
from scraper.fetch.transport import Transport

PORT: Final = 8437
PER_HOST: Final = 2

SERVER: Final = """
import asyncio, sys
body = b"<html><body><p>" + b"words and words " * (int(sys.argv[3]) // 16) + b"</p></body></html>"
page = b"HTTP/1.1 200 OK\\r\\nContent-Type: text/html\\r\\nContent-Length: %d\\r\\nETag: \\"1\\"\\r\\nServer: x\\r\\n\\r\\n" % len(body) + body
async def serve(reader, writer):
    try:
        while True:
            head = await reader.readuntil(b"\\r\\n\\r\\n")
            writer.write(b"HTTP/1.1 404 x\\r\\nContent-Length: 0\\r\\n\\r\\n" if b"robots.txt" in head else page)
            await writer.drain()
    except (asyncio.IncompleteReadError, ConnectionError):
        pass
    finally:
        writer.close()
async def main():
    for number in range(1, int(sys.argv[2]) + 1):
        await asyncio.start_server(serve, f"127.0.2.{number}", int(sys.argv[1]))
    print("ready", flush=True)
    await asyncio.sleep(600)
asyncio.run(main())
"""

Fetch = Callable[[str], Awaitable[Any]]


async def fetch_all(fetch: Fetch, hosts: int, requests: int) -> float:
    """Return the milliseconds of CPU for each request."""
    queues = [[f"http://127.0.2.{host}:{PORT}/{n}" for n in range(requests // hosts)] for host in range(1, hosts + 1)]

    async def work(queue: list[str]) -> None:
        while queue:
            await fetch(queue.pop())

    started = time.process_time()
    await asyncio.gather(*(work(queue) for queue in queues for _ in range(PER_HOST)))
    return 1000 * (time.process_time() - started) / requests


async def measure(hosts: int, requests: int) -> dict[str, float]:
    """Return the cost of a request for each client."""
    settings = Settings(user_agent="Bench/1.0", delay=0, allow_private=True)
    async with Fetcher(settings) as fetcher:
        ours = await fetch_all(fetcher.fetch, hosts, requests)
    own = Transport(Network(resolve, connect, max_body_bytes=settings.max_wire_bytes), tls=default_tls)
    async with new_client(own, connect_timeout=settings.connect_timeout) as client:
        transport = await fetch_all(client.get, hosts, requests)
    async with httpx.AsyncClient(trust_env=False) as client:
        default = await fetch_all(client.get, hosts, requests)
    return {"fetcher": ours, "its transport alone, in httpx": transport, "httpx as it comes": default}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--requests", type=int, default=2000)
    parser.add_argument("--hosts", type=int, default=40)
    parser.add_argument("--bytes", type=int, default=20_000, help="size of a page")
    parser.add_argument("--rounds", type=int, default=3)
    args = parser.parse_args()
    command = [sys.executable, "-c", SERVER, str(PORT), str(args.hosts), str(args.bytes)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        server.stdout.readline()
        try:
            rounds = [asyncio.run(measure(args.hosts, args.requests)) for _ in range(args.rounds)]
        finally:
            server.terminate()
    for name in rounds[0]:
        print(f"{name:30} {min(each[name] for each in rounds):.2f} ms of CPU per request")


if __name__ == "__main__":
    main()
