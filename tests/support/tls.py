"""Certificates of our own for loopback, and a server that speaks HTTP/2 over them, whose every frame a test may decide."""

from __future__ import annotations

import asyncio
import ipaddress
import ssl
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path

import h2.config
import h2.connection
import h2.events
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

Key = ec.EllipticCurvePrivateKey


def named(name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])


def certificate(
    name: x509.Name,
    key: Key,
    issuer: x509.Name,
    signer: Key,
    *,
    days: int,
    hosts: tuple[str, ...] = (),
    ca: bool = False,
) -> x509.Certificate:
    """A certificate that ends in so many days, or ended so many days ago."""
    now = datetime.now(UTC)
    builder = x509.CertificateBuilder(
        issuer,
        name,
        key.public_key(),
        x509.random_serial_number(),
        now - timedelta(days=60),
        now + timedelta(days=days),
    )
    builder = builder.add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
    if hosts:
        names = [
            x509.IPAddress(ipaddress.ip_address(host)) if host[0].isdigit() else x509.DNSName(host) for host in hosts
        ]
        builder = builder.add_extension(x509.SubjectAlternativeName(names), critical=False)
    if ca:
        usage = dict.fromkeys(
            (
                "digital_signature",
                "content_commitment",
                "key_encipherment",
                "data_encipherment",
                "key_agreement",
                "encipher_only",
                "decipher_only",
            ),
            False,
        )
        builder = builder.add_extension(x509.KeyUsage(**usage, key_cert_sign=True, crl_sign=True), critical=True)
    return builder.sign(signer, hashes.SHA256())


@cache
def authority() -> tuple[x509.Name, Key, x509.Certificate]:
    """Who signs our certificates."""
    key, name = ec.generate_private_key(ec.SECP256R1()), named("Test authority")
    return name, key, certificate(name, key, name, key, days=60, ca=True)


@cache
def server_tls(
    *, hosts: tuple[str, ...] = ("127.0.0.1",), days: int = 30, signed: bool = True, h2: bool = False
) -> ssl.SSLContext:
    """A server's side: for these hosts, perhaps expired, perhaps signed by nobody, perhaps with HTTP/2."""
    name, signer, _ = authority()
    key = ec.generate_private_key(ec.SECP256R1())
    own = named("Test server")
    cert = certificate(own, key, name if signed else own, signer if signed else key, days=days, hosts=hosts)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "server.pem"
        secret = key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        file.write_bytes(secret + cert.public_bytes(serialization.Encoding.PEM))
        context.load_cert_chain(file)
    context.set_alpn_protocols(["h2", "http/1.1"] if h2 else ["http/1.1"])
    return context


@cache
def client_tls() -> ssl.SSLContext:
    """A client's side, which trusts our authority and nobody else."""
    pem = authority()[2].public_bytes(serialization.Encoding.PEM).decode()
    return ssl.create_default_context(cadata=pem)


@dataclass
class Stream:
    """One request over HTTP/2, and the means to answer it."""

    path: str
    headers: dict[str, str]
    number: int
    protocol: h2.connection.H2Connection
    writer: asyncio.StreamWriter
    credit: asyncio.Event

    async def head(self, status: str = "200", *fields: tuple[str, str], end: bool = False) -> None:
        self.protocol.send_headers(self.number, [(":status", status), *fields], end_stream=end)
        await self.flush()

    async def data(self, data: bytes, *, end: bool = False) -> None:
        """Sends bytes as the client's window allows."""
        while data or end:
            room = min(self.protocol.local_flow_control_window(self.number), self.protocol.max_outbound_frame_size)
            if data and room <= 0:
                self.credit.clear()
                await self.credit.wait()
                continue
            now, data = data[:room], data[room:]
            self.protocol.send_data(self.number, now, end_stream=end and not data)
            await self.flush()
            if not data:
                return

    async def flush(self) -> None:
        self.writer.write(self.protocol.data_to_send())
        await self.writer.drain()


Answer = Callable[[Stream], Awaitable[None]]


@dataclass
class Server2:
    """What is served over HTTP/2, and what was seen."""

    routes: Mapping[str, bytes | Answer]
    port: int = 0
    seen: list[str] = field(default_factory=list)
    connections: int = 0
    in_flight: int = 0
    peak: int = 0

    def url(self, path: str) -> str:
        return f"https://127.0.0.1:{self.port}{path}"

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        config = h2.config.H2Configuration(
            client_side=False,
            header_encoding="utf-8",
            validate_outbound_headers=False,
            normalize_outbound_headers=False,
        )
        protocol = h2.connection.H2Connection(config)
        protocol.initiate_connection()
        writer.write(protocol.data_to_send())
        credit = asyncio.Event()
        answers: set[asyncio.Task[None]] = set()
        try:
            while data := await reader.read(65_536):
                for event in protocol.receive_data(data):
                    if isinstance(event, h2.events.RequestReceived):
                        fields = {str(name): str(value) for name, value in event.headers}
                        stream = Stream(fields[":path"], fields, event.stream_id, protocol, writer, credit)
                        answers.add(asyncio.create_task(self.answer(stream)))
                credit.set()
                writer.write(protocol.data_to_send())
                await writer.drain()
        except ConnectionError:
            pass
        finally:
            for task in answers:
                task.cancel()
            await asyncio.gather(*answers, return_exceptions=True)
            writer.transport.abort()

    async def answer(self, stream: Stream) -> None:
        self.seen.append(stream.path)
        self.in_flight += 1
        self.peak = max(self.peak, self.in_flight)
        try:
            route = self.routes.get(stream.path, b"")
            if callable(route):
                await route(stream)
            else:
                await asyncio.sleep(0.01)
                await stream.head("200" if route else "404", ("content-type", "text/html"))
                await stream.data(route, end=True)
        finally:
            self.in_flight -= 1


@asynccontextmanager
async def serving_h2(
    routes: Mapping[str, bytes | Answer], *, tls: ssl.SSLContext | None = None
) -> AsyncIterator[Server2]:
    """A server for as long as the context lasts."""
    server = Server2(routes)
    tasks: set[asyncio.Task[None]] = set()

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        tasks.add(task)
        try:
            await server.serve(reader, writer)
        except asyncio.CancelledError:
            writer.transport.abort()
        finally:
            tasks.discard(task)

    listener = await asyncio.start_server(connected, "127.0.0.1", ssl=tls or server_tls(h2=True))
    server.port = listener.sockets[0].getsockname()[1]
    try:
        yield server
    finally:
        listener.close()
        for task in tuple(tasks):
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
