"""Signed commits and tags, made as git makes them, with keys for tests. Needs the extra `signatures`.

ada = ed25519("ada")
commit_id = signed_commit(repo, tree, ada)
signers = write_signers(path, f"ada@example.org {ada.public}")
"""

from __future__ import annotations

import base64
import hashlib
import os
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from tests.support.repositories import AUTHOR, START, Repo, put, set_ref

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

HEADERS = {"sha1": "gpgsig", "sha256": "gpgsig-sha256"}
PGP = "-----BEGIN PGP SIGNATURE-----\n\niQEzBAAB\n=AbCd\n-----END PGP SIGNATURE-----\n"
X509 = "-----BEGIN SIGNED MESSAGE-----\nMIAGCSqG\n-----END SIGNED MESSAGE-----\n"


@dataclass(frozen=True)
class Key:
    """A key pair.

    Attributes:
        private: cryptography's object.
        public: Its line in a file of allowed signers: type and base64.
        raw_sign: Signs bytes; returns the algorithm's name and the signature.
    """

    private: Ed25519PrivateKey | RSAPrivateKey | EllipticCurvePrivateKey
    public: str
    raw_sign: Callable[[bytes], tuple[bytes, bytes]]

    @property
    def blob(self) -> bytes:
        """The public key in SSH's encoding."""
        return base64.b64decode(self.public.split()[1])

    @property
    def fingerprint(self) -> str:
        """The fingerprint, as `ssh-keygen -l` prints it."""
        return "SHA256:" + base64.b64encode(hashlib.sha256(self.blob).digest()).decode().rstrip("=")

    def write(self, path: Path) -> Path:
        """Write the private key to a file that ssh-keygen takes."""
        from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

        path.write_bytes(self.private.private_bytes(Encoding.PEM, PrivateFormat.OpenSSH, NoEncryption()))
        os.chmod(path, 0o600)
        path.with_suffix(".pub").write_text(self.public + "\n")
        return path


@lru_cache
def ed25519(name: str) -> Key:
    """Return the key for a name, always the same one."""
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    private = Ed25519PrivateKey.from_private_bytes(hashlib.sha256(name.encode()).digest())
    return Key(private, _public(private), lambda data: (b"ssh-ed25519", private.sign(data)))


@lru_cache
def rsa() -> Key:
    """Return an RSA key, made once in a test session."""
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import padding
    from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key

    private = generate_private_key(65537, 2048)

    def sign(data: bytes) -> tuple[bytes, bytes]:
        return b"rsa-sha2-512", private.sign(data, padding.PKCS1v15(), hashes.SHA512())

    return Key(private, _public(private), sign)


@lru_cache
def ecdsa() -> Key:
    """Return a key of a kind that sshsig does not know."""
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, SECP256R1, generate_private_key
    from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

    private = generate_private_key(SECP256R1())

    def sign(data: bytes) -> tuple[bytes, bytes]:
        numbers = decode_dss_signature(private.sign(data, ECDSA(hashes.SHA256())))
        parts = [number.to_bytes(number.bit_length() // 8 + 1, "big") for number in numbers]
        return b"ecdsa-sha2-nistp256", b"".join(map(string, parts))

    return Key(private, _public(private), sign)


def _public(private: Ed25519PrivateKey | RSAPrivateKey | EllipticCurvePrivateKey) -> str:
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    return private.public_key().public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH).decode()


def string(data: bytes) -> bytes:
    """Return bytes with their length before them, as SSH writes them."""
    return len(data).to_bytes(4, "big") + data


def sign(key: Key, payload: bytes, *, namespace: str = "git", digest: str = "sha512") -> str:
    """Return an armored signature over a payload."""
    space, name = string(namespace.encode()), string(digest.encode())
    inner = b"SSHSIG" + space + string(b"") + name + string(hashlib.new(digest, payload).digest())
    algorithm, signature = key.raw_sign(inner)
    outer = string(string(algorithm) + string(signature))
    return armor(b"SSHSIG" + (1).to_bytes(4, "big") + string(key.blob) + space + string(b"") + name + outer)


def armor(raw: bytes) -> str:
    """Return a signature between its two marker lines, 70 characters a line."""
    text = base64.b64encode(raw).decode()
    lines = [text[start : start + 70] for start in range(0, len(text), 70)]
    return "\n".join(["-----BEGIN SSH SIGNATURE-----", *lines, "-----END SSH SIGNATURE-----", ""])


def commit_payload(tree: str, *, time: int = START, message: str = "signed\n", headers: str = "") -> bytes:
    """Return the text of a commit without its signature."""
    person = f"{AUTHOR} {time} +0000"
    return f"tree {tree}\nauthor {person}\ncommitter {person}\n{headers}\n{message}".encode()


def tag_payload(target: str, *, kind: str = "commit", name: str = "v1", time: int = START) -> bytes:
    """Return the text of a tag without its signature."""
    return f"object {target}\ntype {kind}\ntag {name}\ntagger {AUTHOR} {time} +0000\n\n{name}\n".encode()


def as_header(signature: str, header: str = "gpgsig") -> bytes:
    """Return a signature as a commit's header."""
    return f"{header} {signature.rstrip()}".replace("\n", "\n ").encode() + b"\n"


def insert_header(payload: bytes, header: bytes) -> bytes:
    """Return a commit with one header more, after the existing ones."""
    head, blank, message = payload.partition(b"\n\n")
    return head + b"\n" + header + blank[1:] + message


def put_commit(repo: Repo, payload: bytes, signature: str | None) -> str:
    """Write a commit with a signature, and return its id."""
    if signature is None:
        return put(repo, "commit", payload)
    return put(repo, "commit", insert_header(payload, as_header(signature, HEADERS[repo.object_format])))


def put_tag(repo: Repo, payload: bytes, signature: str | None, ref: str = "v1") -> str:
    """Write a tag with a signature at its end and a ref that points to it, and return its id."""
    tag_id = put(repo, "tag", payload + (signature or "").encode())
    set_ref(repo, f"refs/tags/{ref}", tag_id)
    return tag_id


def write_signers(path: Path, *lines: str) -> str:
    """Write a file of allowed signers."""
    path.write_text("".join(f"{line}\n" for line in lines))
    return str(path)
