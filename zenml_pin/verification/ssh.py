"""SSH signatures: whether one is over a text, and whose it is. The only place that imports `sshsig`.

sshsig does the cryptography. What it leaves open is decided here, as ssh-keygen decides it or more strictly: the
text between the two marks is base64 of one signature, to the last byte; its namespace is "git"; its hash is
SHA-256 or SHA-512. Keys are compared byte by byte with those of the allowed signers.

Not checked, and so never good: certificates, and keys that sshsig does not know (ECDSA, security keys).

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
    """What is known of a signature."""

    GOOD = "good"  # it is over the object, by an allowed signer
    UNTRUSTED = "untrusted"  # it is over the object, by somebody else
    BAD = "bad"  # it is not over the object, or is no signature at all
    UNCHECKED = "unchecked"  # it is there


@frozen
class SignatureVerdict:
    """What a check found.

    Attributes:
        state: The outcome.
        principals: Who signed, as the list of allowed signers names them; empty unless it is good.
        key: The fingerprint of the key, as `ssh-keygen -l` prints it; empty where it is not known.
        reason: Why it is not good.
    """

    state: SignatureState
    principals: str = ""
    key: str = ""
    reason: str = ""


def require_sshsig() -> None:
    """Refuse to go on where `sshsig` is not installed.

    Raises:
        MissingExtraError: The hint says how to install it.
    """
    try:
        import sshsig  # noqa: F401
    except ImportError as error:
        raise MissingExtraError("SSH signatures cannot be checked", "sshsig", "signatures") from error


def check_ssh(payload: bytes, armored: bytes, time: int | None, signers: Signers | None) -> SignatureVerdict:
    """Check one signature.

    Args:
        payload: What it should be over.
        armored: The signature, with its marks.
        time: When it was made, as the payload says.
        signers: Who may sign; None asks only who did.
    """
    try:
        require_sshsig()
    except MissingExtraError as error:
        return SignatureVerdict(SignatureState.UNCHECKED, reason=error.message)
    try:
        signature = _parse(armored)
    except Exception as error:
        # sshsig has no one error of its own for malformed bytes.
        return SignatureVerdict(SignatureState.BAD, reason=f"it is malformed ({type(error).__name__})")
    fault = _check(payload, signature)
    if fault is not None:
        return fault
    return _who(signature.public_key, time, signers)


def _parse(armored: bytes) -> SshsigSignature:
    from sshsig.sshsig import SshsigSignature

    text = armored.decode("ascii").strip()
    if not text.startswith(_BEGIN) or not text.endswith(_END):
        raise ValueError(text)
    raw = base64.b64decode(text[len(_BEGIN) : -len(_END)].replace("\n", ""), validate=True)
    signature = SshsigSignature(raw)
    # sshsig reads over what is cut off or left over, and asserts the algorithm; what it writes is exact.
    if bytes(signature) != raw:
        raise ValueError(text)
    algorithm, _ = _two_strings(signature.signature)
    if algorithm not in _ALGORITHMS.get(_key_type(signature.public_key), (algorithm,)):
        raise ValueError(text)
    return signature


def _two_strings(data: bytes) -> tuple[bytes, bytes]:
    """Read what must be two of SSH's strings, each after four bytes of its length, and nothing else."""
    middle = 4 + int.from_bytes(data[:4], "big")
    if len(data) < middle + 4 or len(data) != middle + 4 + int.from_bytes(data[middle : middle + 4], "big"):
        raise ValueError(data)
    return data[4:middle], data[middle + 4 :]


def _check(payload: bytes, signature: SshsigSignature) -> SignatureVerdict | None:
    """Return what is wrong with a signature as one over the payload, None when nothing is."""
    from sshsig import check_signature

    key = _fingerprint(signature.public_key)
    if signature.namespace != NAMESPACE.encode():
        said = signature.namespace.decode("utf-8", "backslashreplace")
        return SignatureVerdict(
            SignatureState.BAD, key=key, reason=f"it was made for '{said}', not for '{NAMESPACE}'"
        )
    if signature.hash_algo not in _HASHES:
        return SignatureVerdict(SignatureState.BAD, key=key, reason="its hash is neither SHA-256 nor SHA-512")
    try:
        made_by = check_signature(payload, signature.to_armored(), NAMESPACE)
    except NotImplementedError:
        said = _key_type(signature.public_key)
        return SignatureVerdict(
            SignatureState.UNCHECKED, key=key, reason=f"keys of type '{said}' are not supported"
        )
    except Exception:
        return SignatureVerdict(SignatureState.BAD, key=key, reason="it is over something else")
    if base64.b64decode(made_by.openssh_str().split()[1]) != signature.public_key:
        return SignatureVerdict(SignatureState.BAD, key=key, reason="its key is not written as keys are")
    return None


def _who(key: bytes, time: int | None, signers: Signers | None) -> SignatureVerdict:
    """Return whose key made a signature that holds."""
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
