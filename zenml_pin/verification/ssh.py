"""SSH signatures: whether a signature fits a text, and whose it is. Only this file imports `sshsig`.

sshsig does the cryptography. This file checks the rest, like ssh-keygen or more strictly: the text between the two
marks is base64 of exactly one signature; its namespace is "git"; its hash is SHA-256 or SHA-512. Keys are compared byte
by byte with those of the allowed signers.

Certificates, and keys that sshsig does not know (ECDSA, security keys), are not checked, and so never good.

Sources: PROTOCOL.sshsig and ssh-keygen(1) of OpenSSH.
"""

from __future__ import annotations

import base64
import enum
import hashlib

from attrs import frozen

from zenml_pin.errors import MissingExtraError
from zenml_pin.git.signers import NAMESPACE, Signers

TYPE_CHECKING = False
if TYPE_CHECKING:
    from sshsig.sshsig import SshsigSignature

_BEGIN = "-----BEGIN SSH SIGNATURE-----"
_END = "-----END SSH SIGNATURE-----"
_HASHES = (b"sha256", b"sha512")
_ALGORITHMS = {"ssh-ed25519": (b"ssh-ed25519",), "ssh-rsa": (b"rsa-sha2-256", b"rsa-sha2-512")}


class SignatureState(enum.Enum):
    """The outcome of checking a signature."""

    GOOD = "good"  # an allowed signer signed the object
    UNTRUSTED = "untrusted"  # another key signed the object
    BAD = "bad"  # it does not fit the object, or is not a signature at all
    UNCHECKED = "unchecked"  # it exists, and cannot be checked


@frozen
class SignatureVerdict:
    """The result of checking a signature.

    Attributes:
        state: The outcome.
        principals: The signer's names in the list of allowed signers; empty unless the signature is good.
        key: The fingerprint of the key, as `ssh-keygen -l` prints it; empty if it is not known.
        reason: Why the signature is not good; empty if it is.
    """

    state: SignatureState
    principals: str = ""
    key: str = ""
    reason: str = ""


def require_sshsig() -> None:
    """Raise an error if `sshsig` is not installed.

    Raises:
        MissingExtraError: It is not installed; the hint tells how to install it.
    """
    try:
        import sshsig  # noqa: F401
    except ImportError as error:
        raise MissingExtraError("SSH signatures cannot be checked", "sshsig", "signatures") from error


def check_ssh(payload: bytes, armored: bytes, time: int | None, signers: Signers | None) -> SignatureVerdict:
    """Check one signature.

    Args:
        payload: The bytes that it should sign.
        armored: The signature, with its marks.
        time: The date in the payload, in seconds since the epoch; None if it has none.
        signers: The allowed signers; with None no signature is good.
    """
    try:
        require_sshsig()
    except MissingExtraError as error:
        return SignatureVerdict(SignatureState.UNCHECKED, reason=error.message)
    try:
        signature = _parse(armored)
    except Exception as error:
        # sshsig raises different built-in errors for malformed bytes.
        return SignatureVerdict(SignatureState.BAD, reason=f"it is malformed ({type(error).__name__})")
    fault = _check(payload, signature)
    if fault is not None:
        return fault
    return _find_signer(signature.public_key, time, signers)


def _parse(armored: bytes) -> SshsigSignature:
    from sshsig.sshsig import SshsigSignature

    text = armored.decode("ascii").strip()
    if not text.startswith(_BEGIN) or not text.endswith(_END):
        raise ValueError(text)
    raw = base64.b64decode(text[len(_BEGIN) : -len(_END)].replace("\n", ""), validate=True)
    signature = SshsigSignature(raw)
    # sshsig ignores missing and extra bytes, and asserts the algorithm; but it writes a signature exactly.
    if bytes(signature) != raw:
        raise ValueError(text)
    algorithm, _ = _two_strings(signature.signature)
    if algorithm not in _ALGORITHMS.get(_key_type(signature.public_key), (algorithm,)):
        raise ValueError(text)
    return signature


def _two_strings(data: bytes) -> tuple[bytes, bytes]:
    """Parse exactly two SSH strings, each after four bytes with its length."""
    middle = 4 + int.from_bytes(data[:4], "big")
    if len(data) < middle + 4 or len(data) != middle + 4 + int.from_bytes(data[middle : middle + 4], "big"):
        raise ValueError(data)
    return data[4:middle], data[middle + 4 :]


def _check(payload: bytes, signature: SshsigSignature) -> SignatureVerdict | None:
    """Return the verdict on a signature that does not fit the payload or cannot be checked; None if it fits."""
    from sshsig import check_signature

    key = _fingerprint(signature.public_key)
    if signature.namespace != NAMESPACE.encode():
        namespace = signature.namespace.decode("utf-8", "backslashreplace")
        return SignatureVerdict(
            SignatureState.BAD, key=key, reason=f"it was made for '{namespace}', not for '{NAMESPACE}'"
        )
    if signature.hash_algo not in _HASHES:
        return SignatureVerdict(SignatureState.BAD, key=key, reason="its hash is neither SHA-256 nor SHA-512")
    try:
        public_key = check_signature(payload, signature.to_armored(), NAMESPACE)
    except NotImplementedError:
        key_type = _key_type(signature.public_key)
        return SignatureVerdict(
            SignatureState.UNCHECKED, key=key, reason=f"keys of type '{key_type}' are not supported"
        )
    except Exception:
        return SignatureVerdict(SignatureState.BAD, key=key, reason="it does not fit the signed text")
    if base64.b64decode(public_key.openssh_str().split()[1]) != signature.public_key:
        return SignatureVerdict(SignatureState.BAD, key=key, reason="its key is not in the usual encoding")
    return None


def _find_signer(key: bytes, time: int | None, signers: Signers | None) -> SignatureVerdict:
    """Return the verdict on a signature that fits its text, by the signer of its key."""
    fingerprint = _fingerprint(key)
    if signers is None:
        return SignatureVerdict(
            SignatureState.UNTRUSTED, key=fingerprint, reason="no allowed signers were given"
        )
    refusals = []
    for signer in signers.signers:
        if signer.key == key:
            refusal = signer.find_refusal(time)
            if refusal is None:
                return SignatureVerdict(SignatureState.GOOD, signer.principals, fingerprint)
            refusals.append(f"line {signer.line} {refusal}")
    reason = "; ".join(refusals) or "its key is not an allowed signer's"
    return SignatureVerdict(SignatureState.UNTRUSTED, key=fingerprint, reason=reason)


def _key_type(key: bytes) -> str:
    return key[4 : 4 + int.from_bytes(key[:4], "big")].decode("ascii", "backslashreplace")


def _fingerprint(key: bytes) -> str:
    digest = hashlib.sha256(key).digest()
    return f"SHA256:{base64.b64encode(digest).decode('ascii').rstrip('=')}"
