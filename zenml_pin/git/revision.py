"""Revisions: what a person types to name a commit.

    revision = base *( "~" [ number ] | "^" [ number ] | "^{" [ "commit" ] "}" )
    base     = "@" | "HEAD" | ref | commit-id | short-id

A ref is looked up in git's order: as written, then below refs/, refs/tags/, refs/heads/, refs/remotes/. A full id is
tried before a ref of the same name, a ref before a short id.

Sources: gitrevisions(7). Dates, reflogs and message searches are not read.
"""

from __future__ import annotations

import re

from zenml_pin.errors import CommitNotFoundError, LimitError, RevisionError
from zenml_pin.git.objects.tag import MAX_TAGS, parse_tag
from zenml_pin.git.refs import NoRefs, Refs, find_short
from zenml_pin.source import is_commit_id, object_format_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from zenml_pin.git.any_repository import AnyRepository

_STEP = re.compile(r"~([0-9]{0,9})|\^([0-9]{1,9})|\^\{(commit|)\}|(\^)(?!\{)")
_SHORT_ID = re.compile(r"[0-9a-fA-F]{4,64}")


def resolve_revision(repository: AnyRepository, revision: str) -> str:
    """Return the full id of the commit that a revision names.

    Raises:
        RevisionError: It does not name a commit, or names more than one.
    """
    base = re.match(r"[^~^]+", revision)
    if base is None:
        raise RevisionError(revision, "is empty", "try HEAD, a branch, a tag, or the start of a commit id")
    commit_id = _peel(repository, revision, _base(repository, revision, base[0]))
    position = base.end()
    while position < len(revision):
        step = _STEP.match(revision, position)
        if step is None:
            raise RevisionError(revision, f"is not understood from {revision[position:]!r} on")
        commit_id = _follow(repository, revision, commit_id, step)
        position = step.end()
    return commit_id


def _base(repository: AnyRepository, revision: str, base: str) -> str:
    if is_commit_id(base) and object_format_of(base) == repository.objects.source.object_format:
        return base
    refs = repository.refs
    if base in ("@", "HEAD"):
        head = refs.head()
        if head is None:
            raise RevisionError(revision, f"does not name a commit: {_why_no_head(repository)}")
        return head
    return find_short(refs, base) or _expand(repository, revision, base)


def _why_no_head(repository: AnyRepository) -> str:
    if isinstance(repository.refs, NoRefs):
        return f"the refs of '{repository.root}' are not trusted"
    if isinstance(repository.refs, Refs) and repository.refs.branch() is None:
        return f"'{repository.root}' has no HEAD that can be read"
    return "the repository has none yet"


def _expand(repository: AnyRepository, revision: str, prefix: str) -> str:
    """Return the id of the only commit or tag whose id starts with a prefix."""
    unknown = "does not name a commit here"
    if not _SHORT_ID.fullmatch(prefix):
        raise RevisionError(revision, unknown, "try HEAD, a branch, a tag, or the start of a commit id")
    names = sorted(repository.ids_with_prefix(prefix.lower()))
    commits = [name for name in names if _kind(repository, name) in ("commit", "tag")]
    if len(commits) > 1:
        raise RevisionError(revision, f"is the start of {len(commits)} commit ids", "type more digits")
    if not commits:
        raise RevisionError(revision, unknown)
    return commits[0]


def _kind(repository: AnyRepository, name: str) -> str | None:
    try:
        return repository.objects.kind(name)
    except LimitError:
        # A large file's id may start with the same digits as the commit's.
        return None


def _peel(repository: AnyRepository, revision: str, name: str) -> str:
    """Follow tags to their commit."""
    objects = repository.objects
    for _ in range(MAX_TAGS):
        kind = objects.kind(name)
        if kind == "commit":
            return name
        if kind is None and is_commit_id(revision):
            raise CommitNotFoundError(revision, [repository.root], objects.source.remedy)
        if kind != "tag":
            fault = f"names a {kind}, not a commit" if kind else "does not name a commit here"
            raise RevisionError(revision, fault)
        data = objects.get(name, "tag", objects.limits.tree)
        name = parse_tag(name, data, objects.source.label).target
    raise RevisionError(revision, f"goes through more than {MAX_TAGS} tags")


def _follow(repository: AnyRepository, revision: str, commit_id: str, step: re.Match[str]) -> str:
    generations, parent, _, caret = step.groups()
    if generations is None and parent is None and caret is None:
        return commit_id
    if generations is not None:
        for _ in range(int(generations or 1)):
            commit_id = _parent(repository, revision, commit_id, 1)
        return commit_id
    number = int(parent or 1)
    return commit_id if number == 0 else _parent(repository, revision, commit_id, number)


def _parent(repository: AnyRepository, revision: str, commit_id: str, number: int) -> str:
    parents = repository.objects.get_commit(commit_id).parents
    if len(parents) < number:
        raise RevisionError(
            revision, f"goes to parent {number} of commit {commit_id}, which has {len(parents)}"
        )
    return parents[number - 1]
