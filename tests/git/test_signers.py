"""Allowed signers: the file's grammar, and when a key counts."""

from __future__ import annotations

import base64
import os
import time
from pathlib import Path

import pytest
from attrs import evolve
from hypothesis import given, strategies as st

from zenml_pin.errors import SignersError
from zenml_pin.git.signers import Signer, matches, parse_signers, read_signers

BLOB = b"\0\0\0\x0bssh-ed25519\0\0\0\x20" + bytes(32)
KEY = f"ssh-ed25519 {base64.b64encode(BLOB).decode()}"
NOON = 1610366400  # 2021-01-11 12:00 UTC


def _signer(line: str) -> Signer:
    (signer,) = parse_signers(line.encode(), "signers").signers
    return signer


LINES = {
    "key alone": (f"ada@x {KEY}", Signer(1, "ada@x", "ssh-ed25519", BLOB)),
    "comment": (f"ada@x {KEY} of Ada", Signer(1, "ada@x", "ssh-ed25519", BLOB)),
    "tabs and CR": (f"\tada@x\t {KEY}\r", Signer(1, "ada@x", "ssh-ed25519", BLOB)),
    "several": (f"ada@x,*@y {KEY}", Signer(1, "ada@x,*@y", "ssh-ed25519", BLOB)),
    "quoted": (f'"Ada L" {KEY}', Signer(1, "Ada L", "ssh-ed25519", BLOB)),
    "namespaces": (f'a namespaces="git,file" {KEY}', Signer(1, "a", "ssh-ed25519", BLOB, "git,file")),
    "authority": (f"a cert-authority {KEY}", Signer(1, "a", "ssh-ed25519", BLOB, is_authority=True)),
    "any case": (f"a CERT-Authority {KEY}", Signer(1, "a", "ssh-ed25519", BLOB, is_authority=True)),
    "dates": (
        f'a valid-after="20210111Z",valid-before="202101111200Z",namespaces="git" {KEY}',
        Signer(1, "a", "ssh-ed25519", BLOB, "git", NOON - 12 * 3600, NOON),
    ),
    "seconds": (
        f'a valid-after="20210111120001UTC" {KEY}',
        Signer(1, "a", "ssh-ed25519", BLOB, None, NOON + 1),
    ),
    "quote in a value": (f'a namespaces="a\\"b" {KEY}', Signer(1, "a", "ssh-ed25519", BLOB, 'a"b')),
}


@pytest.mark.parametrize(("line", "signer"), LINES.values(), ids=LINES)
def test_a_line_is_a_signer(line: str, signer: Signer) -> None:
    """Principals, options, key."""
    assert _signer(line) == signer


def test_comments_and_empty_lines_do_not_count() -> None:
    """They count in line numbers."""
    signers = parse_signers(f"# who\n\n  # indented\nada@x {KEY}\n\n".encode(), "signers").signers

    assert [signer.line for signer in signers] == [4]


MALFORMED = {
    "principals alone": ("ada@x", "expected principals"),
    "no principals": (f'"" {KEY}', "expected principals"),
    "open quote": (f'"ada {KEY}', "expected principals"),
    "no key": ("ada@x ssh-ed25519", "expected a key's type"),
    "no key after options": ('ada@x namespaces="git"  x', "expected a key's type"),
    "unknown option": (
        f'ada@x no-touch-required,namespaces="git" {KEY}',
        "option 'no-touch-required' is unknown",
    ),
    "twice": (f'ada@x namespaces="git",namespaces="git" {KEY}', "given twice"),
    "no value": (f"ada@x namespaces {KEY}", "needs a value"),
    "value of a flag": (f'ada@x cert-authority="x" {KEY}', "has no value"),
    "unquoted value": (f"ada@x namespaces=git {KEY}", "expected an option"),
    "open value": (f'ada@x namespaces="git {KEY}', "expected an option"),
    "not base64": ("ada@x ssh-ed25519 AAAA*", "not base64"),
    "other type": (f"ada@x ssh-rsa {KEY.split()[1]}", "not of type 'ssh-rsa'"),
    "no date": (f'ada@x valid-after="2021" {KEY}', "'2021' is not a date"),
    "no day": (f'ada@x valid-after="20210231" {KEY}', "'20210231' is not a date"),
    "wide digits": (f'ada@x valid-after="２0210111" {KEY}', "is not a date"),
    "never valid": (f'ada@x valid-after="20220101Z",valid-before="20220101Z" {KEY}', "is not after"),
}


@pytest.mark.parametrize(("line", "reason"), MALFORMED.values(), ids=MALFORMED)
def test_a_malformed_line_makes_the_file_unusable(line: str, reason: str) -> None:
    """The error gives the line's number; the other lines do not count then."""
    with pytest.raises(SignersError, match="signers:3: ") as caught:
        parse_signers(f"# who\nada@x {KEY}\n{line}\n".encode(), "signers")

    assert reason in caught.value.message
    assert caught.value.line == 3


@given(st.text() | st.text(alphabet='ab @"=,!*#-\n').map(lambda text: f"a {text} {KEY}"))
def test_any_text_is_a_list_or_an_error_with_its_line(text: str) -> None:
    """Each line means the same when it is alone; there is no other exception."""
    lines = text.encode("utf-8", "surrogatepass").split(b"\n")
    try:
        signers = parse_signers(b"\n".join(lines), "signers").signers
    except SignersError as error:
        assert error.line in range(1, len(lines) + 1)  # noqa: PT017
        with pytest.raises(SignersError, match="signers:1: "):
            parse_signers(lines[error.line - 1], "signers")
        return

    alone = [parse_signers(lines[signer.line - 1], "signers").signers for signer in signers]
    assert alone == [(evolve(signer, line=1),) for signer in signers]


PATTERNS = {
    "the same": ("git", "git", True),
    "another": ("git", "file", False),
    "one of them": ("git", "file,git", True),
    "star": ("git", "*", True),
    "part": ("git", "g*,x", True),
    "question mark": ("git", "g?t", True),
    "too short": ("git", "git?", False),
    "refused": ("git", "*,!git", False),
    "refused first": ("git", "!git,*", False),
    "only refusals": ("git", "!file", False),
    "no character class": ("git", "[g]it", False),
    "case": ("git", "GIT", False),
    "empty": ("git", "", False),
}


@pytest.mark.parametrize(("text", "patterns", "expected"), PATTERNS.values(), ids=PATTERNS)
def test_pattern_lists_are_those_of_ssh(text: str, patterns: str, expected: bool) -> None:
    """Stars, question marks, and refusals, which go before everything else."""
    assert matches(text, patterns) is expected


REFUSALS = {
    "none": ("ada@x", NOON, None),
    "in namespace": ('ada@x namespaces="git"', NOON, None),
    "other namespace": ('ada@x namespaces="file"', NOON, "is for namespaces 'file', not 'git'"),
    "authority": (
        "ada@x cert-authority",
        NOON,
        "is a certificate authority's, and certificates are not checked",
    ),
    "nobody": ("!ada@x", NOON, "does not name a signer"),
    "nobody left": ("ada@x,!*", NOON, "does not name a signer"),
    "from then on": ('ada@x valid-after="202101111200Z"', NOON, None),
    "too early": (
        'ada@x valid-after="202101111200Z"',
        NOON - 1,
        "is valid after 2021-01-11 12:00:00 UTC, and it was signed at 2021-01-11 11:59:59 UTC",
    ),
    "until then": ('ada@x valid-before="202101111200Z"', NOON, None),
    "too late": (
        'ada@x valid-before="202101111200Z"',
        NOON + 1,
        "is valid before 2021-01-11 12:00:00 UTC, and it was signed at 2021-01-11 12:00:01 UTC",
    ),
    "no time": (
        'ada@x valid-before="30000101Z"',
        None,
        "is valid for a limited time, and the signed text has no date",
    ),
    "no time asked": ("ada@x", None, None),
    "absurd time": (
        'ada@x valid-before="30000101Z"',
        10**30,
        f"is valid before 3000-01-01 00:00:00 UTC, and it was signed at @{10**30}",
    ),
}


@pytest.mark.parametrize(("line", "when", "refusal"), REFUSALS.values(), ids=REFUSALS)
def test_a_line_says_what_its_key_may_sign(line: str, when: int | None, refusal: str | None) -> None:
    """Namespace "git", at a time between its dates (both included), and never through a certificate."""
    assert _signer(f"{line} {KEY}").find_refusal(when) == refusal


def test_a_date_without_z_is_local_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """As for ssh-keygen: a list for several machines should use Z."""
    monkeypatch.setenv("TZ", "XYZ-2")
    time.tzset()
    try:
        signer = _signer(f'ada@x valid-after="202101111400" {KEY}')
    finally:
        monkeypatch.undo()
        time.tzset()

    assert signer.valid_after == NOON


def _fifo(path: Path) -> None:
    os.mkfifo(path)


def _long(path: Path) -> None:
    path.write_bytes(b"#" * (2**20 + 1))


def _sparse(path: Path) -> None:
    with path.open("wb") as file:
        file.truncate(2**40)


def _binary(path: Path) -> None:
    path.write_bytes(b"# sound\n\xff\xfe\n")


def _folder(path: Path) -> None:
    path.mkdir()


def _device(path: Path) -> None:
    path.symlink_to("/dev/zero")


def _absent(path: Path) -> None:
    path.symlink_to("nowhere")


FILES = {
    "FIFO": (_fifo, "it is not a regular file"),
    "folder": (_folder, "it is not a regular file"),
    "device": (_device, "it is not a regular file"),
    "link to nothing": (_absent, "it is not a regular file"),
    "too long": (_long, "it has more than 1048576 bytes"),
    "a tebibyte": (_sparse, "it has more than 1048576 bytes"),
    "no text": (_binary, ":2: it is not UTF-8"),
}


@pytest.mark.parametrize(("make", "reason"), FILES.values(), ids=FILES)
def test_a_path_that_is_not_a_file_is_refused(tmp_path: Path, make: object, reason: str) -> None:
    """At once: nothing waits for a FIFO, and reading has a limit."""
    assert callable(make)
    make(tmp_path / "signers")

    with pytest.raises(SignersError) as caught:
        read_signers(tmp_path / "signers")

    assert reason in caught.value.message


@pytest.mark.parametrize("name", ["nowhere", "nowhere/signers", "no\0where"])
def test_a_file_that_is_absent_is_refused(tmp_path: Path, name: str) -> None:
    """It does not count as an empty list."""
    with pytest.raises(SignersError, match=r"there is no such file|its path is not valid"):
        read_signers(tmp_path / name)


def test_an_empty_file_allows_nobody(tmp_path: Path) -> None:
    """But it is a valid list."""
    (tmp_path / "signers").write_bytes(b"")

    assert read_signers(tmp_path / "signers").signers == ()
