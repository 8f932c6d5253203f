"""verify and require_signed: pins checked to the last byte, and the policy that refuses what nobody signed."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.repositories import (
    START,
    Files,
    Repo,
    commit,
    configure,
    find_head,
    get_head,
    kind_of,
    listing,
    make_bare,
    pack,
    put,
    snapshot,
    tag,
)
from tests.support.signed_objects import (
    commit_payload,
    ed25519,
    put_commit,
    put_tag,
    sign,
    tag_payload,
    write_signers,
)
from zenml_pin import load, unload
from zenml_pin.base.limits import Limits
from zenml_pin.errors import (
    CommitNotFoundError,
    LimitError,
    MissingExtraError,
    ObjectCorruptError,
    PinnedAttributeError,
    PinnedModuleNotFoundError,
    SignatureError,
    SignersError,
    UncommittedChangesError,
    UnpinnedError,
)
from zenml_pin.git.signers import read_signers
from zenml_pin.source import Source
from zenml_pin.verification import Verification, verify

NAME = "trainers.step.MyTrainer"
FILES: Files = {
    "trainers": {
        "__init__.py": "",
        "step.py": "import shared.base\n\n\nclass MyTrainer:\n    epochs = shared.base.X\n",
        "data.csv": "1,2\n",
        "deep": {"notes.txt": "notes\n"},
    },
    "shared": {"__init__.py": "", "base.py": "X = 1\n", "unused.py": "Y = 2\n"},
    "other": {"large.bin": b"\0" * 3 * 2**20},
    "setup.cfg": "[metadata]\nname = mine\n",
}
# Every path that the class's bytes depend on.
WAY = [
    "",
    "setup.cfg",
    "shared",
    "shared/__init__.py",
    "shared/base.py",
    "trainers",
    "trainers/__init__.py",
    "trainers/data.csv",
    "trainers/deep",
    "trainers/deep/notes.txt",
    "trainers/step.py",
]


@pytest.fixture
def pinned(repo: Repo) -> str:
    """A source that is pinned to the repository's first commit, which no other test's repository serves any more."""
    commit_id = commit(repo, FILES)
    unload(commit_id)
    return f"{NAME}@{commit_id}"


def _tree_of(repo: Repo, commit_id: str) -> str:
    from zenml_pin.git.repository import GitRepository

    with GitRepository.open(repo.path) as repository:
        return repository.objects.get_commit(commit_id).tree


def _sign_head(repo: Repo, who: str, time: int = START) -> str:
    """Return a source that is pinned to HEAD's tree in a commit that somebody signed; no ref holds it."""
    payload = commit_payload(_tree_of(repo, get_head(repo)), time=time)
    return f"{NAME}@{put_commit(repo, payload, sign(ed25519(who), payload))}"


def _damage(repo: Repo, object_id: str) -> None:
    """Replace a loose object by a sound one of the same kind with another content."""
    other = put(
        repo, kind_of(repo, object_id), b"" if kind_of(repo, object_id) == "tree" else b"evil = True\n"
    )
    os.chmod(repo.loose(object_id), 0o644)
    Path(repo.loose(object_id)).write_bytes(Path(repo.loose(other)).read_bytes())


def test_every_object_on_the_way_is_hashed(repo: Repo, pinned: str) -> None:
    """Commit, trees, the unit's files, the imported modules and their parents; not what the class cannot reach."""
    found = verify(pinned, repo=repo.path)

    assert [item.kind for item in found.objects].count("commit") == 1
    assert sorted(item.path for item in found.objects if item.kind != "commit") == sorted(
        # The two empty files are one object.
        path
        for path in WAY
        if path != "shared/__init__.py"
    )
    assert (found.is_intact, found.findings, found.is_verified) == (True, (), True)
    assert (found.unit, found.commit.id) == ("trainers", get_head(repo))


@pytest.mark.parametrize(
    "path", [path for path in WAY if path.endswith((".py", ".csv", ".txt")) and "init" not in path]
)
def test_a_damaged_file_is_a_finding(repo: Repo, pinned: str, path: str) -> None:
    """It names the path and the object; the others are checked all the same."""
    _, blob_id = listing(repo, get_head(repo))[path]
    _damage(repo, blob_id)

    found = verify(pinned, repo=repo.path)

    assert not found.is_verified
    assert any(blob_id in finding for finding in found.findings)
    assert "trainers/data.csv" in {path, *(item.path for item in found.objects)}


@pytest.mark.parametrize("packed", [False, True])
def test_a_damaged_folder_below_the_unit_is_a_finding(repo: Repo, pinned: str, packed: bool) -> None:
    """Also when the rest is packed."""
    tree_id = next(item.id for item in verify(pinned, repo=repo.path).objects if item.path == "trainers/deep")
    if packed:
        pack(repo, [name for _, name in set(listing(repo, get_head(repo)).values())])
    _damage(repo, tree_id)

    found = verify(pinned, repo=repo.path)

    assert found.faults[0].subject == "trainers/deep"
    assert tree_id in found.findings[0]


def test_the_named_repository_is_looked_at(repo: Repo, pinned: str, tmp_path: Path) -> None:
    """Not another one that has served the commit to this process, and is sound."""
    copy = make_bare(repo, tmp_path / "copy")
    assert verify(pinned, repo=copy.path).place == copy.path
    _damage(repo, listing(repo, get_head(repo))["trainers/step.py"][1])

    assert not verify(pinned, repo=repo.path).is_verified
    assert verify(pinned, repo=copy.path).is_verified


def test_what_was_read_before_is_hashed_again(repo: Repo, pinned: str) -> None:
    """Nothing that this process remembers stands in for the bytes on disk."""
    load(pinned, repo=repo.path)
    tree_id = next(item.id for item in verify(pinned, repo=repo.path).objects if item.path == "trainers/deep")
    _damage(repo, tree_id)

    assert not verify(pinned, repo=repo.path).is_intact


def test_a_damaged_commit_is_an_error(repo: Repo, pinned: str) -> None:
    """There is nothing to go on from."""
    os.chmod(repo.loose(get_head(repo)), 0o644)
    Path(repo.loose(get_head(repo))).write_bytes(b"")

    with pytest.raises(ObjectCorruptError, match=get_head(repo)):
        verify(pinned, repo=repo.path)


def test_a_file_above_the_limit_is_a_finding(repo: Repo) -> None:
    """It was not read; the caller's limits decide."""
    source = f"{NAME}@{commit(repo, {'trainers': {'step.py': 'class MyTrainer: 0', 'large.bin': b'0' * 3 * 2**20}})}"

    found = verify(source, repo=repo.path)

    assert [fault.subject for fault in found.faults] == ["trainers/large.bin"]
    assert "3145728 bytes" in found.findings[0]
    assert verify(source, repo=repo.path, limits=Limits(source=4 * 2**20)).is_verified


def test_a_submodule_is_a_finding(repo: Repo) -> None:
    """Its files are in another repository, so nothing here says what they are."""
    from tests.support.repositories import Submodule

    source = (
        f"{NAME}@{commit(repo, {'trainers': {'step.py': 'class MyTrainer: 0', 'sub': Submodule('1' * 40)}})}"
    )

    assert [fault.subject for fault in verify(source, repo=repo.path).faults] == ["trainers/sub"]


def test_folders_nested_too_deep_are_a_finding(repo: Repo) -> None:
    """Not a recursion error."""
    deep: dict[str, object] = {"leaf.txt": ""}
    for _ in range(120):
        deep = {"d": deep}
    source = f"{NAME}@{commit(repo, {'trainers': {'step.py': 'class MyTrainer: 0', **deep}}, checkout=False)}"  # type: ignore[dict-item]

    assert "levels of folders" in verify(source, repo=repo.path).findings[0]


@pytest.mark.slow
def test_trees_that_unfold_without_end_are_checked_once(repo: Repo) -> None:
    """A folder that holds one tree twice, forty levels deep, has 2 ** 40 paths and 41 trees."""
    from tests.support.repositories import FILE, FOLDER, put_entries, set_head

    tree_id = put_entries(repo, [(FILE, "leaf.txt", put(repo, "blob", b""))])
    for _ in range(40):
        tree_id = put_entries(repo, [(FOLDER, "a", tree_id), (FOLDER, "b", tree_id)])
    step = put(repo, "blob", b"class MyTrainer: 0\n")
    root = put_entries(
        repo, [(FOLDER, "trainers", put_entries(repo, [(FILE, "step.py", step), (FOLDER, "x", tree_id)]))]
    )
    commit_id = put(repo, "commit", commit_payload(root))
    set_head(repo, commit_id)

    found = verify(f"{NAME}@{commit_id}", repo=repo.path)

    assert "paths" in found.findings[0]
    assert [item.kind for item in found.objects].count("tree") == 43


REFUSED: dict[str, tuple[str, type[Exception]]] = {
    "unpinned": (NAME, UnpinnedError),
    "release": (f"{NAME}@zenml_0.1.0", UnpinnedError),
    "unknown commit": (f"{NAME}@{'1' * 40}", CommitNotFoundError),
    "no such module": ("trainers.stop.MyTrainer@{head}", PinnedModuleNotFoundError),
    "no such class": ("trainers.step.Other@{head}", PinnedAttributeError),
}


@pytest.mark.parametrize(("source", "kind"), REFUSED.values(), ids=REFUSED)
def test_what_names_nothing_cannot_be_verified(
    repo: Repo, pinned: str, source: str, kind: type[Exception]
) -> None:
    """The errors are those of `load`."""
    with pytest.raises(kind):
        verify(source.format(head=get_head(repo)), repo=repo.path)


def test_verify_changes_and_runs_nothing(repo: Repo, tmp_path: Path) -> None:
    """Neither the commit's code nor what the configuration names; worktree, `.git` and modules stay."""
    code = f"open({str(tmp_path / 'ran')!r}, 'w').close()\n\n\nclass MyTrainer:\n    pass\n"
    source = f"{NAME}@{commit(repo, {'trainers': {'step.py': code}})}"
    configure(repo, "core", "fsmonitor", f"touch {tmp_path / 'ran'}")
    configure(repo, "gpg", "program", f"touch {tmp_path / 'ran'}")
    before, modules = snapshot(repo.path), {name for name in sys.modules if name.startswith("zenml_pin.at.")}

    assert verify(source, repo=repo.path).is_verified

    assert snapshot(repo.path) == before
    assert {name for name in sys.modules if name.startswith("zenml_pin.at.")} == modules
    assert not (tmp_path / "ran").exists()


def test_an_unsigned_pin_is_verified_where_nobody_asked_who(repo: Repo, pinned: str) -> None:
    """Signatures are a question of their own."""
    tag(repo, "v1", annotated=True)

    found = verify(pinned, repo=repo.path)

    assert (found.signatures, found.is_signed, found.is_verified) == ((), False, True)


def test_without_the_extra_one_line_names_it(
    repo: Repo, pinned: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Signers given, nothing can be answered; not given, objects are checked all the same."""
    monkeypatch.setitem(sys.modules, "sshsig", None)
    signers = write_signers(tmp_path / "signers")

    for call in (
        lambda: verify(pinned, repo=repo.path, signers=signers),
        lambda: load(pinned, repo=repo.path, require_signed=signers),
    ):
        with pytest.raises(MissingExtraError, match="'sshsig' is not installed") as caught:
            call()
        assert caught.value.hint == "install it with: pip install 'zenml_pin[signatures]'"
    assert verify(pinned, repo=repo.path).is_verified
    with pytest.raises(ImportError):
        verify(pinned, repo=repo.path, signers=signers)


# With signers


@pytest.fixture
def signers(tmp_path: Path) -> str:
    """A file that allows Ada."""
    return write_signers(tmp_path / "signers", f"ada@example.org {ed25519('ada').public}")


@pytest.mark.signatures
def test_a_signed_commit_is_verified(repo: Repo, pinned: str, signers: str) -> None:
    """It says by whom; the list may be read beforehand."""
    source = _sign_head(repo, "ada")

    for allowed in (signers, Path(signers), read_signers(signers)):
        found = verify(source, repo=repo.path, signers=allowed)

        assert (found.is_verified, found.is_signed, found.signers) == (True, True, signers)
        assert [signature.verdict.principals for signature in found.signatures] == ["ada@example.org"]


@pytest.mark.signatures
def test_a_signed_tag_verifies_the_commit(repo: Repo, pinned: str, signers: str) -> None:
    """The commit itself is unsigned."""
    payload = tag_payload(get_head(repo))
    put_tag(repo, payload, sign(ed25519("ada"), payload))

    found = verify(pinned, repo=repo.path, signers=signers)

    assert found.is_verified
    assert [signature.kind for signature in found.signatures] == ["tag"]


@pytest.mark.signatures
def test_with_signers_unsigned_is_a_finding(repo: Repo, pinned: str, signers: str) -> None:
    """Nobody's word is not good enough."""
    found = verify(pinned, repo=repo.path, signers=signers)

    assert found.findings == ("neither the commit nor a tag on it is signed",)


@pytest.mark.signatures
def test_a_stranger_beside_an_allowed_signer_is_no_finding(repo: Repo, pinned: str, signers: str) -> None:
    """A bad signature is one, whoever else signed."""
    source = _sign_head(repo, "ada")
    commit_id = source.partition("@")[2]
    payload = tag_payload(commit_id)
    put_tag(repo, payload, sign(ed25519("eve"), payload))
    assert verify(source, repo=repo.path, signers=signers).is_verified

    put_tag(repo, payload, sign(ed25519("eve"), b"else"), ref="bad")

    assert verify(source, repo=repo.path, signers=signers).findings == (
        "tag 'bad', signed as 'v1': bad signature: it does not fit the signed text",
    )


@pytest.mark.signatures
def test_a_damaged_tag_is_a_finding(repo: Repo, pinned: str, signers: str) -> None:
    """It may be one on this commit; the policy of `load` asks only for one good signature."""
    source = _sign_head(repo, "ada")
    tag_id = tag(repo, "v1", annotated=True)
    _damage(repo, tag_id)

    assert tag_id in verify(source, repo=repo.path, signers=signers).findings[0]
    assert load(source, repo=repo.path, require_signed=signers).__name__ == "MyTrainer"


@pytest.mark.signatures
def test_the_answer_is_json(repo: Repo, pinned: str, signers: str) -> None:
    """All of it."""
    found = verify(_sign_head(repo, "eve"), repo=repo.path, signers=signers)

    answer = json.loads(json.dumps(found.to_dict()))

    assert (answer["verified"], answer["signed"], answer["allowed_signers"]) == (False, False, signers)
    assert answer["signatures"] == [
        {
            "kind": "commit",
            "id": found.commit.id,
            "ref": "",
            "name": "",
            "format": "ssh",
            "state": "untrusted",
            "principals": "",
            "key": ed25519("eve").fingerprint,
            "reason": "its key is not an allowed signer's",
        }
    ]
    assert {item["kind"] for item in answer["objects"]} == {"commit", "tree", "blob"}
    assert isinstance(found, Verification)


# require_signed


@pytest.mark.signatures
def test_load_takes_what_an_allowed_signer_signed(repo: Repo, pinned: str, signers: str) -> None:
    """The commit, or a tag on it; and a list that was read beforehand."""
    payload = tag_payload(get_head(repo))
    put_tag(repo, payload, sign(ed25519("ada"), payload))

    for source in (_sign_head(repo, "ada"), pinned):
        for allowed in (signers, read_signers(signers)):
            assert load(source, repo=repo.path, require_signed=allowed).__name__ == "MyTrainer"


@pytest.mark.signatures
@pytest.mark.parametrize("who", ["nobody", "eve", "expired"])
def test_load_refuses_before_any_code_runs(repo: Repo, tmp_path: Path, who: str) -> None:
    """Unsigned, by a stranger, or by a key that had expired: the module is not imported."""
    code = f"open({str(tmp_path / 'ran')!r}, 'w').close()\n\n\nclass MyTrainer:\n    pass\n"
    source = f"{NAME}@{commit(repo, {'trainers': {'step.py': code}})}"
    if who != "nobody":
        source = _sign_head(repo, "eve" if who == "eve" else "ada", time=START + 86400 * 365)
    signers = write_signers(
        tmp_path / "signers", f'ada@example.org valid-before="20210112Z" {ed25519("ada").public}'
    )

    with pytest.raises(
        SignatureError, match=r"is refused: (neither the commit|no allowed signer signed)"
    ) as caught:
        load(source, repo=repo.path, require_signed=signers)

    assert caught.value.source == source
    assert signers in caught.value.hint
    assert not (tmp_path / "ran").exists()
    load(source, repo=repo.path)
    assert (tmp_path / "ran").exists()


@pytest.mark.signatures
@pytest.mark.parametrize("source", [NAME, "zenml_pin.steps.BaseTrainerStep@zenml_0.1.0"])
def test_what_names_no_commit_is_refused(repo: Repo, pinned: str, signers: str, source: str) -> None:
    """There is nothing that could be signed."""
    with pytest.raises(SignatureError, match="does not name a commit, so nothing is signed"):
        load(source, repo=repo.path, require_signed=signers)


@pytest.mark.signatures
def test_signed_code_is_refused_for_the_other_reasons_too(repo: Repo, pinned: str, signers: str) -> None:
    """The policy only adds."""
    from tests.support.repositories import write

    source = _sign_head(repo, "ada")
    write(repo, {"trainers": {"new.py": ""}})

    with pytest.raises(UncommittedChangesError):
        load(source, repo=repo.path, require_signed=signers)
    assert load(source, repo=repo.path, require_signed=signers, allow_dirty=True)


@pytest.mark.signatures
def test_a_list_that_cannot_be_read_refuses(repo: Repo, pinned: str, tmp_path: Path) -> None:
    """Absent is not empty, and no list is not everybody."""
    os.mkfifo(tmp_path / "fifo")

    for path in (tmp_path / "nowhere", tmp_path / "fifo", ""):
        with pytest.raises(SignersError):
            load(_sign_head(repo, "ada"), repo=repo.path, require_signed=path)


@pytest.mark.signatures
def test_the_signers_list_of_the_repository_is_not_asked(repo: Repo, pinned: str, tmp_path: Path) -> None:
    """Whoever can write to `.git` cannot allow themselves."""
    own = write_signers(tmp_path / "own", f"eve@example.org {ed25519('eve').public}")
    configure(repo, "gpg.ssh", "allowedSignersFile", own)

    with pytest.raises(SignatureError):
        load(_sign_head(repo, "eve"), repo=repo.path, require_signed=write_signers(tmp_path / "signers"))


@pytest.mark.signatures
def test_limits_are_the_callers(repo: Repo, pinned: str, signers: str) -> None:
    """A commit that is larger than they allow is not read for its signature either."""
    source = _sign_head(repo, "ada")

    with pytest.raises(LimitError):
        load(source, repo=repo.path, require_signed=signers, limits=Limits(tree=10))


def test_a_source_is_verified_as_its_text_is(repo: Repo, pinned: str) -> None:
    """Either may be given."""
    assert verify(Source.parse(pinned), repo=repo.path) == verify(pinned, repo=repo.path)
    assert find_head(repo) == get_head(repo)


@pytest.mark.slow
def test_a_load_without_the_policy_imports_nothing_for_it(repo: Repo, pinned: str) -> None:
    """Neither sshsig and cryptography, nor what would read signatures."""
    script = (
        f"import sys, zenml_pin; zenml_pin.load({pinned!r}, repo={repo.path!r});"
        "print(sorted(sys.modules.keys() & {'sshsig', 'cryptography', 'attr', 'zenml_pin.verification',"
        " 'zenml_pin.verification.integrity', 'zenml_pin.git.signers', 'zenml_pin.verification.signatures',"
        " 'zenml_pin.verification.signed_payload'}))"
    )

    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)

    assert done.stdout == "[]\n"
