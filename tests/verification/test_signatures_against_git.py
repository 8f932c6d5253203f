"""Signatures, judged by `git verify-commit` and `git verify-tag` with ssh-keygen over the same objects and lists.

git is asked with `gpg.ssh.allowedSignersFile`. Where we refuse what it takes, the case says why.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from random import Random

import pytest

from tests.support import signed_objects
from tests.support.repositories import AUTHOR, START, Repo, git, init, put, put_entries, set_ref
from tests.support.signed_objects import (
    HEADERS,
    Key,
    as_header,
    commit_payload,
    ed25519,
    insert_header,
    sign,
    tag_payload,
    write_signers,
)
from zenml_pin.errors import SignersError
from zenml_pin.git.repository import GitRepository
from zenml_pin.git.signers import read_signers
from zenml_pin.verification.signatures import commit_signatures, tag_signatures
from zenml_pin.verification.signed_payload import split_commit

pytestmark = [
    pytest.mark.git,
    pytest.mark.signatures,
    pytest.mark.slow,
    pytest.mark.skipif(shutil.which("ssh-keygen") is None, reason="there is no ssh-keygen on PATH"),
]

# How the object is signed: its payload and header name in, its raw text out.
Signing = Callable[[bytes, str], bytes]


def _ada() -> Key:
    return ed25519("ada")


def _put(payload: bytes, signature: str, header: str) -> bytes:
    """Return a commit or a tag with a signature in its place."""
    if payload.startswith(b"tree"):
        return insert_header(payload, as_header(signature, header)) if signature else payload
    return payload + signature.encode()


def _other_hash(payload: bytes, header: str) -> bytes:
    other = "gpgsig" if header == "gpgsig-sha256" else "gpgsig-sha256"
    return insert_header(_put(payload, sign(_ada(), payload), header), as_header("x\ny", other))


SIGNINGS: dict[str, Signing] = {
    "Ada": lambda payload, header: _put(payload, sign(_ada(), payload), header),
    "Ada, SHA-256": lambda payload, header: _put(payload, sign(_ada(), payload, digest="sha256"), header),
    "Ada, MD5": lambda payload, header: _put(payload, sign(_ada(), payload, digest="md5"), header),
    "Ada, for files": lambda payload, header: _put(payload, sign(_ada(), payload, namespace="file"), header),
    "Ada, over more": lambda payload, header: _put(payload, sign(_ada(), payload + b"!"), header),
    "Ada, changed after": lambda payload, header: _put(payload + b"!", sign(_ada(), payload), header),
    "Ada, by RSA": lambda payload, header: _put(payload, sign(signed_objects.rsa(), payload), header),
    "Ada, and the other hash": _other_hash,
    "Eve": lambda payload, header: _put(payload, sign(ed25519("eve"), payload), header),
    "nobody": lambda payload, header: _put(payload, "", header),
    "an open armor": lambda payload, header: _put(
        payload, sign(_ada(), payload).rpartition("-----END")[0], header
    ),
}

LISTS = {
    "Ada": "ada@example.org {ada}",
    "Ada for git": 'ada@example.org namespaces="git" {ada}',
    "Ada for g*": 'ada@example.org namespaces="file,g*" {ada}',
    "Ada for all but git": 'ada@example.org namespaces="*,!git" {ada}',
    "Ada for files": 'ada@example.org namespaces="file" {ada}',
    "Ada, then": 'ada@example.org valid-after="20210111115959Z",valid-before="20210111120000Z" {ada}',
    "Ada, before": 'ada@example.org valid-before="20210111115959Z" {ada}',
    "Ada, after": 'ada@example.org valid-after="20210111120001Z" {ada}',
    "Ada, of that day": 'ada@example.org valid-after="20210111" {ada}',
    "Ada as authority": "ada@example.org cert-authority {ada}",
    "Ada by RSA": "ada@example.org {rsa}",
    "Ada's name, Eve's key": "ada@example.org {eve}",
    "both": "# who\n\neve@example.org {eve}\nada@example.org {ada} a comment\n",
    "renewed": 'ada valid-before="20200101Z" {ada}\nada valid-after="20200101Z" {ada}',
    "patterns": "*@example.org,!eve@example.org {ada}",
    "two names": "a@x,b@x {ada}",
    "nobody": "!ada@example.org {ada}",
    "everybody": "* {ada}",
    "quoted": '"ada@example.org" {ada}',
    "with ECDSA": "x@y {ecdsa}\nada@example.org {ada}",
    "empty": "",
    "malformed": "ada@example.org\n",
    "unknown option": "ada@example.org no-such-option {ada}",
    "no date": 'ada@example.org valid-after="yesterday" {ada}',
    "never": 'ada@example.org valid-after="20220101Z",valid-before="20210101Z" {ada}',
}


@pytest.fixture(params=["sha1", "sha256"])
def repo(request: pytest.FixtureRequest, tmp_path: Path) -> Repo:
    """An empty repository of either hash."""
    return init(tmp_path / "repo", object_format=request.param)


def _list(path: Path, text: str) -> str:
    keys = {
        "ada": _ada(),
        "eve": ed25519("eve"),
        "rsa": signed_objects.rsa(),
        "ecdsa": signed_objects.ecdsa(),
    }
    return write_signers(path, text.format(**{name: key.public for name, key in keys.items()}))


def _git_says(repo: Repo, verb: str, object_id: str, signers: str) -> bool:
    try:
        git("-c", f"gpg.ssh.allowedSignersFile={signers}", verb, object_id, cwd=repo.path)
    except subprocess.CalledProcessError:
        return False
    return True


def _we_say(repo: Repo, commit_id: str, signers: str, *, tags: bool) -> bool:
    try:
        allowed = read_signers(signers)
    except SignersError:
        return False
    with GitRepository.open(repo.path) as repository:
        found = (
            tag_signatures(repository.objects, repository.refs, commit_id, allowed, {})
            if tags
            else commit_signatures(repository.objects, commit_id, allowed)
        )
        return any(signature.is_good for signature in found)


def _compare(repo: Repo, signed: Signing, signers: str) -> tuple[list[bool], list[bool]]:
    """Return what git says of the commit and of a tag, and what we do."""
    header = HEADERS[repo.object_format]
    commit_id = put(repo, "commit", signed(commit_payload(put_entries(repo, [])), header))
    tag_id = put(repo, "tag", signed(tag_payload(commit_id), header))
    set_ref(repo, "refs/tags/v1", tag_id)
    theirs = [
        _git_says(repo, "verify-commit", commit_id, signers),
        _git_says(repo, "verify-tag", tag_id, signers),
    ]
    return theirs, [_we_say(repo, commit_id, signers, tags=tags) for tags in (False, True)]


@pytest.mark.parametrize("signed", SIGNINGS.values(), ids=SIGNINGS)
def test_signatures_are_what_git_takes_them_for(repo: Repo, signed: Signing, tmp_path: Path) -> None:
    """Under a list that has Ada's keys, and one for one of them."""
    for text in ("ada@example.org {ada}\nada@example.org {rsa}", "ada@example.org {ada}"):
        theirs, ours = _compare(repo, signed, _list(tmp_path / "signers", text))

        assert ours == theirs


@pytest.mark.parametrize("text", LISTS.values(), ids=LISTS)
def test_lists_are_what_git_takes_them_for(repo: Repo, text: str, tmp_path: Path) -> None:
    """Whose line counts, and when."""
    theirs, ours = _compare(repo, SIGNINGS["Ada"], _list(tmp_path / "signers", text))

    assert ours == theirs


STRICTER: dict[str, tuple[Signing, str, str]] = {
    "words after a signature": (
        lambda payload, header: _put(payload, sign(_ada(), payload) + "words\n", header),
        "{ada}",
        "no signature is over them",
    ),
    "two signatures": (
        lambda payload, header: (
            _put(_put(payload, sign(ed25519("eve"), payload), header), "", header)
            if payload.startswith(b"object")
            else insert_header(_put(payload, sign(_ada(), payload), header), as_header("x", header))
        ),
        "{ada}",
        "no signature is over the second",
    ),
    "ECDSA": (
        lambda payload, header: _put(payload, sign(signed_objects.ecdsa(), payload), header),
        "{ecdsa}",
        "sshsig does not know it",
    ),
    "a list that is malformed further on": (
        SIGNINGS["Ada"],
        "{ada}\nada",
        "it is another list than was meant",
    ),
}


@pytest.mark.parametrize(("signed", "text", "reason"), STRICTER.values(), ids=STRICTER)
def test_stricter_than_git(repo: Repo, signed: Signing, text: str, reason: str, tmp_path: Path) -> None:
    """git takes the commit, and we do not."""
    theirs, ours = _compare(repo, signed, _list(tmp_path / "signers", f"ada@example.org {text}"))

    assert theirs[0], reason
    assert ours == [False, False], reason


def test_no_arrangement_of_headers_is_good_that_git_refuses(
    repo: Repo, tmp_path: Path, announce: Callable[[str], None]
) -> None:
    """Signatures among headers that repeat, look like signatures, or go on where nothing began."""
    random = Random(1)
    signers, header = _list(tmp_path / "signers", "ada@example.org {ada}"), HEADERS[repo.object_format]
    verdicts = []
    for _ in range(150):
        commit_id = put(repo, "commit", _scrambled(random, put_entries(repo, []), header))
        verdicts.append(
            (
                _git_says(repo, "verify-commit", commit_id, signers),
                _we_say(repo, commit_id, signers, tags=False),
            )
        )

    counts = Counter(verdicts)
    assert counts[False, True] == 0
    assert counts[True, True] > 20
    announce(
        f"signed commits with scrambled headers, {repo.object_format}: {len(verdicts)}, "
        f"{counts[True, True]} good for git and for us, {counts[True, False]} for git alone, 0 for us alone"
    )


def _scrambled(random: Random, tree: str, header: str) -> bytes:
    """Return a commit that Ada signed, with some headers more before or after that."""
    person = f"{AUTHOR} {START} +0000"
    other = "gpgsig" if header == "gpgsig-sha256" else "gpgsig-sha256"
    lines = [f"tree {tree}", f"author {person}", f"committer {person}"]
    strange = [f" tree {tree}", "encoding x", "gpgsigs y", f"{other} x\n y", f"mergetag a\n {header} z"]
    strange += ["gpgsig", f"tree {tree}", " more", f"committer {person}", f"{header} x"]
    for line in random.sample(strange, random.randint(0, 3)):
        lines.insert(random.randint(1, len(lines)), line)
    payload = "\n".join([*lines, "", "message", ""]).encode()
    over = random.choice([payload, split_commit(payload, "sha1" if header == "gpgsig" else "sha256")[0]])
    lines.insert(random.randint(1, len(lines)), as_header(sign(_ada(), over), header).decode().rstrip("\n"))
    return "\n".join([*lines, "", "message", ""]).encode()


def test_laxer_than_git(repo: Repo, tmp_path: Path) -> None:
    """Of several lines with one key git looks at the names of the first alone; each line counts for us."""
    text = 'file@x namespaces="file" {ada}\ngit@x namespaces="git" {ada}'

    theirs, ours = _compare(repo, SIGNINGS["Ada"], _list(tmp_path / "signers", text))

    assert (theirs, ours) == ([False, False], [True, True])


@pytest.mark.parametrize(
    "make", [_ada, signed_objects.rsa, signed_objects.ecdsa], ids=["Ed25519", "RSA", "ECDSA"]
)
def test_what_git_signs_is_good(repo: Repo, make: Callable[[], Key], tmp_path: Path) -> None:
    """A commit and a tag, signed by git with ssh-keygen; ECDSA is present and not checked."""
    key = make().write(tmp_path / "key")
    settings = ["-c", "gpg.format=ssh", "-c", f"user.signingKey={key}"]
    git(*settings, "commit", "--allow-empty", "-S", "-m", "signed", cwd=repo.path)
    git(*settings, "tag", "-s", "-m", "signed", "v1", cwd=repo.path)
    commit_id = git("rev-parse", "HEAD", cwd=repo.path).strip()
    signers = write_signers(tmp_path / "signers", f"ada@example.org {make().public}")

    is_known = make is not signed_objects.ecdsa

    assert [_we_say(repo, commit_id, signers, tags=tags) for tags in (False, True)] == [is_known, is_known]


def test_certificates_are_present_and_not_checked(repo: Repo, tmp_path: Path) -> None:
    """git takes one of an authority in the list; sshsig knows none, so it is never good here."""
    ada, authority = _ada().write(tmp_path / "ada"), ed25519("authority").write(tmp_path / "authority")
    keygen = ["ssh-keygen", "-q", "-s", str(authority), "-I", "ada", "-n", "ada@example.org", f"{ada}.pub"]
    subprocess.run(keygen, check=True, capture_output=True)
    payload = commit_payload(put_entries(repo, []))
    (tmp_path / "payload").write_bytes(payload)
    subprocess.run(
        ["ssh-keygen", "-q", "-Y", "sign", "-n", "git", "-f", f"{ada}-cert.pub", tmp_path / "payload"],
        check=True,
        capture_output=True,
        env={"PATH": os.environ["PATH"], "HOME": str(tmp_path)},
    )
    header = as_header((tmp_path / "payload.sig").read_text(), HEADERS[repo.object_format])
    commit_id = put(repo, "commit", insert_header(payload, header))
    signers = write_signers(
        tmp_path / "signers", f"*@example.org cert-authority {ed25519('authority').public}"
    )

    assert _git_says(repo, "verify-commit", commit_id, signers)
    assert not _we_say(repo, commit_id, signers, tags=False)
    with GitRepository.open(repo.path) as repository:
        (found,) = commit_signatures(repository.objects, commit_id, read_signers(signers))
    assert found.verdict.reason == "keys of type 'ssh-ed25519-cert-v01@openssh.com' are not supported"
