"""`zenml-pin verify SOURCE` and `load --require-signed`: the output and the exit codes."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

import pytest

from tests.support.repositories import Repo, commit, put, set_head, set_ref, tag
from tests.support.run_command import run
from tests.support.signed_objects import (
    PGP,
    commit_payload,
    ed25519,
    put_commit,
    put_tag,
    sign,
    tag_payload,
    write_signers,
)
from zenml_pin.git.repository import GitRepository

NAME = "trainers.step.MyTrainer"


@pytest.fixture
def first(repo: Repo, monkeypatch: pytest.MonkeyPatch) -> str:
    """The one commit; the current folder is the repository."""
    monkeypatch.chdir(repo.path)
    return commit(repo, {"trainers": {"step.py": "class MyTrainer:\n    pass\n"}})


@pytest.fixture
def signers(tmp_path: Path) -> str:
    """A file that allows Ada."""
    return write_signers(tmp_path / "signers", f"ada@example.org {ed25519('ada').public}")


def _payload(repo: Repo, first: str) -> bytes:
    with GitRepository.open(repo.path) as repository:
        return commit_payload(repository.objects.get_commit(first).tree)


def test_bundle_that_does_not_exist(first: str, capsys: pytest.CaptureFixture[str]) -> None:
    """It is told as a file, not as a source."""
    code, _, err = run(capsys, "verify", "nosuch.bundle")

    assert code == 2
    assert err == "error: no bundle is named 'nosuch.bundle'\nhint: 'zenml-pin bundle' writes one\n"


def test_a_sound_pin_is_verified(repo: Repo, first: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Any revision may be typed; the number of hashed objects is in the output."""
    tag(repo, "v1")

    code, out, err = run(capsys, "verify", f"{NAME}@v1")

    assert (code, err) == (0, "")
    assert out.splitlines() == [
        f"{NAME}@{first}",
        "author     Ada Lovelace <ada@example.org>",
        "date       2021-01-11 12:00:00 +0000 (committed)",
        "hashed     1 commit, 2 trees, 1 blob; 0 not sound",
        "signature  none, neither of the commit nor of a tag on it",
        "verified",
    ]


def test_a_damaged_object_is_a_finding(repo: Repo, first: str, capsys: pytest.CaptureFixture[str]) -> None:
    """With its path and id; the exit code is 1."""
    blob_id = put(repo, "blob", b"class MyTrainer:\n    pass\n")
    os.chmod(repo.loose(blob_id), 0o644)
    Path(repo.loose(blob_id)).write_bytes(Path(repo.loose(put(repo, "blob", b"evil"))).read_bytes())

    code, out, _ = run(capsys, "verify", f"{NAME}@{first}")

    assert (code, out.splitlines()[-1]) == (1, "not verified")
    assert f"finding    trainers/step.py: object '{blob_id}' in" in out


@pytest.mark.signatures
def test_it_says_who_signed(repo: Repo, first: str, signers: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Commit and tags; signatures that cannot be checked are listed as present."""
    ada = ed25519("ada")
    payload = _payload(repo, first)
    commit_id = put_commit(repo, payload, sign(ada, payload))
    put_tag(repo, tag_payload(commit_id), PGP)

    code, out, _ = run(capsys, "verify", f"{NAME}@{commit_id}", "--allowed-signers", signers)

    assert code == 0
    assert out.splitlines()[4:] == [
        f"signature  commit: good, by ada@example.org ({ada.fingerprint})",
        "signature  tag 'v1': unchecked, it is an OpenPGP signature, present and not checked",
        "verified",
    ]


@pytest.mark.signatures
def test_commit_without_an_allowed_signer_is_a_finding(
    repo: Repo, first: str, signers: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Unsigned, or signed by a stranger; only with a list of signers."""
    eve = ed25519("eve")
    payload = _payload(repo, first)
    by_eve = put_commit(repo, payload, sign(eve, payload))

    unsigned = run(capsys, "verify", f"{NAME}@{first}", "--allowed-signers", signers)
    strange = run(capsys, "verify", f"{NAME}@{by_eve}", "--allowed-signers", signers)

    assert unsigned[0] == strange[0] == 1
    assert "finding    neither the commit nor a tag on it is signed" in unsigned[1]
    assert "finding    no allowed signer signed it: commit: untrusted signature: its key is not" in strange[1]
    assert run(capsys, "verify", f"{NAME}@{by_eve}")[0] == 0


@pytest.mark.signatures
def test_the_answer_as_json(repo: Repo, first: str, signers: str, capsys: pytest.CaptureFixture[str]) -> None:
    """The same facts, for programs; the exit code is the same."""
    code, out, _ = run(capsys, "verify", f"{NAME}@{first}", "--allowed-signers", signers, "--format", "json")

    answer = json.loads(out)
    assert (code, answer["verified"], answer["commit"], answer["signatures"]) == (1, False, first, [])


UNREADABLE = {
    "malformed list": ("ada\n", "signers:1: expected principals, then a key"),
    "no list": (None, "there is no such file"),
}


@pytest.mark.signatures
@pytest.mark.parametrize(("text", "fact"), UNREADABLE.values(), ids=UNREADABLE)
@pytest.mark.parametrize("command", [["verify", "--allowed-signers"], ["load", "--require-signed"]])
def test_a_list_that_cannot_be_read_is_an_error(
    first: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    command: list[str],
    text: str | None,
    fact: str,
) -> None:
    """The exit code is 2: neither signed nor unsigned."""
    if text is not None:
        (tmp_path / "signers").write_text(text)

    code, out, err = run(capsys, *command, str(tmp_path / "signers"), f"{NAME}@{first}")

    assert (code, out) == (2, "")
    assert fact in err


def test_without_the_extra_there_is_no_answer(
    first: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """One line says so, another one what to install; the exit code is 2."""
    monkeypatch.setitem(sys.modules, "sshsig", None)

    code, out, err = run(capsys, "verify", f"{NAME}@{first}", "--allowed-signers", str(tmp_path))

    assert (code, out) == (2, "")
    assert err.splitlines() == [
        "error: SSH signatures cannot be checked: 'sshsig' is not installed",
        "hint: install it with: pip install 'zenml_pin[signatures]'",
    ]


@pytest.mark.parametrize("source", [NAME, f"{NAME}@{'1' * 40}", "trainers.stop.MyTrainer@HEAD"])
def test_a_pin_that_names_nothing_is_a_finding(
    first: str, capsys: pytest.CaptureFixture[str], source: str
) -> None:
    """As for `load`."""
    code, out, err = run(capsys, "verify", source)

    assert (code, out) == (1, "")
    assert err.startswith("error: ")


@pytest.mark.parametrize("source", [f"{NAME}@", f"{NAME}@nowhere", "a.\x1b[31mB@HEAD"])
def test_text_that_is_not_a_source_is_a_usage_error(
    first: str, capsys: pytest.CaptureFixture[str], source: str
) -> None:
    """The exit code is 2."""
    code, _, err = run(capsys, "verify", source)

    assert code == 2
    assert "\x1b" not in err


@pytest.mark.signatures
def test_hostile_names_do_not_reach_the_terminal(
    repo: Repo, first: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Of an author, a tag, a ref, a namespace and a signer: each on its own line, with escapes."""
    ada, escape = ed25519("ada"), "\x1b[2J\r\nverified"
    payload = _payload(repo, first).replace(b"Ada Lovelace", b"Ada\x1b[2J\rLovelace")
    commit_id = put_commit(repo, payload, sign(ada, payload))
    set_head(repo, commit_id)
    of_tag = tag_payload(commit_id, name="v\x1b[2J\r1")
    put_tag(repo, of_tag, sign(ada, of_tag), ref="v\x1b[2J")
    put_tag(repo, of_tag, sign(ada, of_tag, namespace=escape), ref="bad")
    set_ref(repo, "refs/tags/\x1b[2Jx", "no id \x1b[2J")
    signers = write_signers(tmp_path / "signers", f"ada\x1b[2J\u202eada {ada.public}")

    code, out, err = run(capsys, "verify", f"{NAME}@{commit_id}", "--allowed-signers", signers)

    assert code == 1
    assert all(line.isprintable() for line in (out + err).splitlines())
    assert out.splitlines().count("verified") == 0
    assert r"good, by ada\x1b[2J\u202eada" in out
    text = run(capsys, "verify", f"{NAME}@{commit_id}", "--allowed-signers", signers, "--format", "json")[1]
    assert text.isascii()
    assert json.loads(text)["signatures"][0]["principals"] == "ada\x1b[2J\u202eada"


@pytest.mark.signatures
def test_load_refuses_an_unsigned_class(
    repo: Repo, first: str, signers: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """A finding, with a hint; a signed class is loaded."""
    payload = _payload(repo, first)
    signed = put_commit(repo, payload, sign(ed25519("ada"), payload))

    code, out, err = run(capsys, "load", f"{NAME}@{first}", "--require-signed", signers)

    assert (code, out) == (1, "")
    assert err.splitlines()[0] == (
        f"error: '{NAME}@{first}' is refused: neither the commit nor a tag on it is signed"
    )
    assert run(capsys, "load", f"{NAME}@{signed}", "--require-signed", signers)[0] == 0
