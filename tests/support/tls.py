"""Certificates for TLS on loopback, signed by an authority of the tests."""

from __future__ import annotations

import ipaddress
import ssl
import tempfile
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

Key = ec.EllipticCurvePrivateKey
UNUSED = (
    "digital_signature",
    "content_commitment",
    "key_encipherment",
    "data_encipherment",
    "key_agreement",
    "encipher_only",
    "decipher_only",
)
"""Uses of a key that an authority's key does not have."""


def common_name(name: str) -> x509.Name:
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
    """A certificate that expires after this many days; a negative number means that it has expired."""
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
            x509.IPAddress(ipaddress.ip_address(host)) if host[0].isdigit() or ":" in host else x509.DNSName(host)
            for host in hosts
        ]
        builder = builder.add_extension(x509.SubjectAlternativeName(names), critical=False)
    if ca:
        usage = x509.KeyUsage(**dict.fromkeys(UNUSED, False), key_cert_sign=True, crl_sign=True)
        builder = builder.add_extension(usage, critical=True)
    return builder.sign(signer, hashes.SHA256())


@cache
def authority() -> tuple[x509.Name, Key, x509.Certificate]:
    """Name, key and certificate of the authority that signs the others."""
    key, name = ec.generate_private_key(ec.SECP256R1()), common_name("Test authority")
    return name, key, certificate(name, key, name, key, days=60, ca=True)


@cache
def server_tls(
    *,
    hosts: tuple[str, ...] = ("127.0.0.1",),
    days: int = 30,
    signed: bool = True,
    h2: bool = False,
    alpn: tuple[str, ...] | None = None,
) -> ssl.SSLContext:
    """The TLS context of a server for these hosts; unsigned means signed with its own key.

    `alpn` are the protocols that it negotiates, by default HTTP/1.1 and, with `h2`, HTTP/2.
    """
    name, signer, _ = authority()
    key = ec.generate_private_key(ec.SECP256R1())
    own = common_name("Test server")
    cert = certificate(own, key, name if signed else own, signer if signed else key, days=days, hosts=hosts)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "server.pem"
        secret = key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        file.write_bytes(secret + cert.public_bytes(serialization.Encoding.PEM))
        context.load_cert_chain(file)
    if alpn is None:
        alpn = ("h2", "http/1.1") if h2 else ("http/1.1",)
    if alpn:
        context.set_alpn_protocols(list(alpn))
    return context


@cache
def client_tls() -> ssl.SSLContext:
    """The TLS context of a client that trusts only the authority of the tests."""
    return ssl.create_default_context(cadata=authority_pem())


def authority_pem() -> str:
    """The certificate of the authority of the tests."""
    return authority()[2].public_bytes(serialization.Encoding.PEM).decode()
