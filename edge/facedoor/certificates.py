"""Certificates and their keys, made and signed on this machine, as RFC 5280 wants them.

For whoever serves the page and for the broker with its doors: what such a certificate may be used
for and how long it lasts is theirs to say.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeAlias

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from facedoor.files import require_private
from facedoor.host_names import Address

Key: TypeAlias = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey
"""What signs here; new ones are of the curve P-256."""
PublicKey: TypeAlias = ec.EllipticCurvePublicKey | rsa.RSAPublicKey

FOR_SERVERS = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH])
FOR_CLIENTS = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CLIENT_AUTH])

COMMON_NAME_CHARACTERS = 64
"""RFC 5280 allows no more."""


def utc() -> datetime:
    return datetime.now(UTC)


def new_key() -> ec.EllipticCurvePrivateKey:
    return ec.generate_private_key(ec.SECP256R1())


def key_pem(key: Key) -> bytes:
    """The private key as a file has it, without a passphrase."""
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )


def pem(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(serialization.Encoding.PEM)


def read_key(path: Path) -> Key:
    """The private key in a file that nobody else may read.

    Raises ``ValueError`` for what is none without a passphrase, ``OSError`` for a file that cannot
    be read or that others can read.
    """
    require_private(path)
    try:
        key = serialization.load_pem_private_key(path.read_bytes(), None)
    except TypeError as error:  # it has a passphrase
        raise ValueError(str(error)) from error
    if isinstance(key, ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey):
        return key
    raise ValueError("it is neither of an elliptic curve nor RSA")


def common_name(text: str) -> x509.Name:
    """A name of which the common name is all, cut where it is too long."""
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text[:COMMON_NAME_CHARACTERS])])


def authority(
    key: Key,
    name: x509.Name,
    begins: datetime,
    ends: datetime,
    *limits: tuple[x509.ExtensionType, bool],
) -> x509.Certificate:
    """A CA that vouches for nobody who vouches for others.

    ``limits`` are further extensions, and whether they are critical.
    """
    builder = (
        _builder(name, name, key.public_key(), begins, ends)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(key_cert_sign=True, crl_sign=True), critical=True)
    )
    for extension, is_critical in limits:
        builder = builder.add_extension(extension, critical=is_critical)
    return builder.sign(key, hashes.SHA256())


def certificate(
    public_key: PublicKey,
    name: x509.Name,
    issuer: tuple[x509.Certificate, Key],
    begins: datetime,
    ends: datetime,
    purpose: x509.ExtendedKeyUsage,
    names: Iterable[str | Address] = (),
) -> x509.Certificate:
    """A certificate that a CA signs, for these names and addresses; it ends with the CA at most."""
    signer, signer_key = issuer
    builder = (
        _builder(name, signer.subject, public_key, begins, min(ends, signer.not_valid_after_utc))
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(digital_signature=True), critical=True)
        .add_extension(purpose, critical=False)
        .add_extension(_issuer_id(signer), critical=False)
    )
    known: list[x509.GeneralName] = [
        x509.DNSName(each) if isinstance(each, str) else x509.IPAddress(each) for each in names
    ]
    if known:
        builder = builder.add_extension(x509.SubjectAlternativeName(known), critical=False)
    return builder.sign(signer_key, hashes.SHA256())


def names_of(leaf: x509.Certificate) -> list[str | Address]:
    """The names and addresses that a certificate is for."""
    try:
        names = leaf.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return []
    addresses = names.get_values_for_type(x509.IPAddress)
    return [
        *names.get_values_for_type(x509.DNSName),
        *(each for each in addresses if isinstance(each, Address)),
    ]


def _issuer_id(signer: x509.Certificate) -> x509.AuthorityKeyIdentifier:
    known = signer.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value
    return x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(known)


def _builder(
    subject: x509.Name,
    issuer: x509.Name,
    public_key: PublicKey,
    begins: datetime,
    ends: datetime,
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(public_key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(begins)
        .not_valid_after(ends)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(public_key), critical=False)
    )


def _usage(
    *, digital_signature: bool = False, key_cert_sign: bool = False, crl_sign: bool = False
) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=digital_signature,
        key_cert_sign=key_cert_sign,
        crl_sign=crl_sign,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )
