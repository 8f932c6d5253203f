"""Revisions: the texts with which a person names a commit, as git reads them."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, strategies as st

from tests.support.repositories import (
    Repo,
    branch,
    commit,
    git,
    init,
    pack,
    put,
    put_commit,
    put_tree,
    set_ref,
    tag,
)
from zenml_pin.errors import CommitNotFoundError, PinError, RevisionError
from zenml_pin.git.repository import GitRepository
from zenml_pin.git.revision import resolve_revision


def _resolve(repo: Repo, revision: str) -> str:
    with GitRepository.open(repo.path) as repository:
        return resolve_revision(repository, revision)


@pytest.fixture
def history(repo: Repo) -> dict[str, str]:
    """Two lines of history and their merge, with branches and tags.

    one - two - three ----- merge   main
       \\            side - /        feature/side
    """
    ids = {"one": commit(repo, {"a": "1"})}
    ids["two"] = commit(repo, {"a": "2"})
    ids["three"] = commit(repo, {"a": "3"})
    ids["side"] = commit(repo, {"b": "1"}, parent=ids["one"])
    branch(repo, "feature/side")
    ids["merge"] = commit(repo, {"a": "3", "b": "1"}, parent=[ids["three"], ids["side"]])
    tag(repo, "v1", ids["two"])
    ids["tag"] = tag(repo, "v2", ids["three"], annotated=True)
    tag(repo, "v2-again", ids["tag"], annotated=True)
    set_ref(repo, "refs/remotes/origin/main", ids["two"])
    set_ref(repo, "refs/remotes/origin/HEAD", "ref: refs/remotes/origin/main")
    set_ref(repo, "ORIG_HEAD", ids["two"])
    return ids


# The revision, and the commit of `history` that it names; git agrees with each.
REVISIONS = {
    "HEAD": "merge",
    "@": "merge",
    "main": "merge",
    "heads/main": "merge",
    "refs/heads/main": "merge",
    "feature/side": "side",
    "v1": "two",
    "tags/v1": "two",
    "v2": "three",
    "v2-again": "three",
    "v2^{}": "three",
    "v2^{commit}": "three",
    "v2~1": "two",
    "origin": "two",
    "origin/main": "two",
    "origin/HEAD": "two",
    "remotes/origin/main": "two",
    "ORIG_HEAD": "two",
    "HEAD~": "three",
    "HEAD~0": "merge",
    "HEAD~1": "three",
    "HEAD~3": "one",
    "HEAD^": "three",
    "HEAD^0": "merge",
    "HEAD^1": "three",
    "HEAD^2": "side",
    "HEAD^2~1": "one",
    "HEAD^^": "two",
    "HEAD~2^": "one",
    "@~1^{commit}~1": "two",
}


@pytest.mark.quick(every=2)
@pytest.mark.parametrize("packed", [False, True], ids=["loose", "packed"])
@pytest.mark.parametrize("revision", REVISIONS)
def test_a_revision_names_a_commit(repo: Repo, history: dict[str, str], revision: str, packed: bool) -> None:
    """Names, steps back, and tags peeled."""
    if packed:
        pack(repo)

    assert _resolve(repo, revision) == history[REVISIONS[revision]]


@pytest.mark.git
def test_git_reads_every_revision_alike(repo: Repo, history: dict[str, str]) -> None:
    """The table above, checked with `git rev-parse`."""
    revisions = [f"{revision}^{{commit}}" for revision in REVISIONS]

    assert git("rev-parse", *revisions, cwd=repo.path).split() == [
        history[name] for name in REVISIONS.values()
    ]


@pytest.mark.parametrize("length", [4, 7, 8, 39, 40])
@pytest.mark.parametrize("packed", [False, True], ids=["loose", "packed"])
def test_a_short_id_is_expanded(repo: Repo, history: dict[str, str], length: int, packed: bool) -> None:
    """From four digits on, also an odd number of digits, in lower or upper case, as in git."""
    if packed:
        pack(repo)
    one = history["one"]

    assert _resolve(repo, one[:length]) == one
    assert _resolve(repo, one[:length].upper()) == one
    assert _resolve(repo, history["tag"][:length]) == history["three"]


def test_a_short_id_in_a_sha256_repository(tmp_path: Path) -> None:
    """A full id has 64 digits there."""
    repo = init(tmp_path / "repo", object_format="sha256")
    head = commit(repo, {"a": "1"})

    for length in (4, 40, 63, 64):
        assert _resolve(repo, head[:length]) == head


def _same_start(repo: Repo, tree: str, digits: int) -> list[str]:
    """Return the ids of two commits that start with the same digits."""
    ids_by_start: dict[str, str] = {}
    for number in range(100_000):
        name = put_commit(repo, tree, message=f"{number}\n")
        if name[:digits] in ids_by_start:
            return [ids_by_start[name[:digits]], name]
        ids_by_start[name[:digits]] = name
    raise AssertionError("no two ids start alike")


def test_an_ambiguous_short_id_is_refused_with_the_count(repo: Repo) -> None:
    """Each is unique with five digits more."""
    one, two = _same_start(repo, put_tree(repo, {}), 4)

    with pytest.raises(RevisionError, match="is the start of 2 commit ids"):
        _resolve(repo, one[:4])
    assert _resolve(repo, one[:12]) == one
    assert _resolve(repo, two[:12]) == two


def test_files_that_start_alike_do_not_make_a_short_id_ambiguous(repo: Repo) -> None:
    """Only commits and tags count, as in git where it needs a commit."""
    head = commit(repo, {"a": "1"})
    number = 0
    while not put(repo, "blob", b"%d" % number).startswith(head[:1]) or number < 50:
        number += 1

    assert _resolve(repo, head[:4]) == head


def test_a_ref_goes_before_a_short_id_and_a_full_id_before_a_ref(repo: Repo) -> None:
    """A tag may look like an id."""
    first = commit(repo, {"a": "1"})
    second = commit(repo, {"a": "2"})
    tag(repo, second[:8], first)
    tag(repo, second, first)

    assert _resolve(repo, second[:8]) == first
    assert _resolve(repo, second) == second


def test_a_tag_goes_before_a_branch(repo: Repo) -> None:
    """The order is git's."""
    first = commit(repo, {"a": "1"})
    second = commit(repo, {"a": "2"})
    tag(repo, "both", first)
    branch(repo, "both", second)

    assert _resolve(repo, "both") == first


# The revision, and the error's message.
REFUSED = {
    "empty": ("", "is empty"),
    "only a step": ("~1", "is empty"),
    "unknown": ("nothing", "does not name a commit here"),
    "unknown short id": ("e9448e0", "does not name a commit here"),
    "three digits": ("e94", "does not name a commit here"),
    "before the first": ("HEAD~9", "goes to parent 1"),
    "third parent": ("HEAD^3", "goes to parent 3 of commit .* which has 2"),
    "tree": ("HEAD^{tree}", "is not understood"),
    "search": ("HEAD^{/text}", "is not understood"),
    "trailing": ("HEAD~1x", "is not understood"),
    "endless digits": ("HEAD~" + "9" * 5000, "goes to parent 1"),
    "reflog": ("HEAD@{1}", "does not name a commit here"),
    "range": ("one..two", "does not name a commit here"),
    "path": ("HEAD:a", "does not name a commit here"),
    "up and out": ("../../config", "does not name a commit here"),
    "file": ("config", "does not name a commit here"),
    "nul": ("HEAD\0", "does not name a commit here"),
    "newline": ("main\n", "does not name a commit here"),
    "option": ("--all", "does not name a commit here"),
    "star": ("*", "does not name a commit here"),
    "many steps": ("HEAD~999999999", "goes to parent 1"),
}


@pytest.mark.parametrize(("revision", "message"), REFUSED.values(), ids=REFUSED)
def test_a_text_that_does_not_name_a_commit_is_refused(
    repo: Repo, history: dict[str, str], revision: str, message: str
) -> None:
    """The error has the revision as it was typed."""
    with pytest.raises(RevisionError, match=message) as caught:
        _resolve(repo, revision)
    assert caught.value.revision == revision
    assert isinstance(caught.value, LookupError)


def test_an_error_says_that_an_id_is_a_tree_or_blob(repo: Repo) -> None:
    """The message does not call it unknown."""
    commit(repo, {"a": "1"})
    blob = put(repo, "blob", b"1")
    tree = put_tree(repo, {})
    tag(repo, "blob", blob)

    for revision, word in ((blob, "blob"), (tree, "tree"), ("blob", "blob")):
        with pytest.raises(RevisionError, match=f"names a {word}, not a commit"):
            _resolve(repo, revision)


def test_an_unborn_repository_has_no_head(repo: Repo) -> None:
    """The error says so."""
    with pytest.raises(RevisionError, match="the repository has none yet"):
        _resolve(repo, "HEAD")


def test_a_chain_of_tags_ends(repo: Repo) -> None:
    """A tag of a tag of a tag, without end."""
    target = commit(repo, {"a": "1"})
    for number in range(25):
        target = tag(repo, f"t{number}", target, annotated=True)

    with pytest.raises(RevisionError, match="more than 20 tags"):
        _resolve(repo, "t24")
    assert _resolve(repo, "t10")


def test_fetch_head_is_its_first_id(repo: Repo) -> None:
    """As in git, up to the white space."""
    head = commit(repo, {"a": "1"})
    Path(repo.gitdir, "FETCH_HEAD").write_text(f"{head}\t\tbranch 'main' of example.org\n")

    assert _resolve(repo, "FETCH_HEAD") == head


@pytest.mark.slow
def test_any_text_is_a_commit_or_an_error_of_ours(repo: Repo) -> None:
    """Whatever a person types; the repository has only one commit."""
    head = commit(repo, {"a": "1"})
    with GitRepository.open(repo.path) as repository:

        @given(
            st.text(max_size=30)
            | st.text("HEAD@~^{}0123456789abcdef/.:\0", max_size=12)
            | st.text("~^{}0123comit", max_size=8).map(lambda tail: "HEAD" + tail)
        )
        def check(text: str) -> None:
            try:
                assert resolve_revision(repository, text) == head
            except PinError as error:
                assert error.message.isprintable()  # noqa: PT017

        check()


def test_full_id_of_an_absent_object_is_a_missing_commit(repo: Repo, history: dict[str, str]) -> None:
    """It is not a mistyped revision: the hint says how to fetch it."""
    with pytest.raises(CommitNotFoundError) as caught:
        _resolve(repo, "e9448e0abbc6f03252578ca877bc80c94f137edd")

    assert caught.value.searched == (repo.path,)
