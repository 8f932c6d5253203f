"""Remote repositories: repositories on a server, read over http(s), ssh or git's own protocol.

No request is sent before the first read. The server's claims about branches and tags are trusted; their objects, like
all others, are verified. The list of refs is not stored: each lookup requests it again.
"""

from __future__ import annotations

from zenml_pin.base.lazy_attribute import lazy
from zenml_pin.base.limits import DEFAULT_LIMITS, Limits
from zenml_pin.base.values import Value
from zenml_pin.git.objects.commit import Commit
from zenml_pin.git.objects.object_store import Objects
from zenml_pin.git.remote.object_source import RemoteSource
from zenml_pin.git.remote.url import redacted

TYPE_CHECKING = False
if TYPE_CHECKING:
    from zenml_pin.git.remote.server import Server


_PEELED = "^{}"


class Url(Value):
    """The address of a repository on a server, with the limits of its answers."""

    url: str
    limits: Limits = DEFAULT_LIMITS

    @property
    def key(self) -> str:
        """A text that only this URL has. It may contain a password, as the URL does."""
        return f"url {self.url}"

    def __repr__(self) -> str:
        return f"Url('{redacted(self.url)}')"


class RemoteRefs:
    """The refs of a server, as they were at the first lookup."""

    def __init__(self, server: Server) -> None:
        self._server = server

    @lazy
    def _all(self) -> dict[str, str]:
        """The id of each ref; under a tag's name followed by "^{}", the id of the tagged object."""
        return self._server.refs()

    def find(self, name: str) -> str | None:
        """Return the id of a ref, which may be a tag object's; None if there is no ref of that name."""
        return self._all.get(name)

    def head(self) -> str | None:
        """Return the id of HEAD's commit, None before the first commit."""
        return self.find("HEAD")

    def names(self, prefix: str, commit_id: str | None = None) -> list[str]:
        """Return the sorted full names of the refs that start with a prefix; with a commit, only refs on it."""
        return [
            name
            for name, target in sorted(self._all.items())
            if name.startswith(prefix)
            and not name.endswith(_PEELED)
            and (commit_id is None or self._all.get(name + _PEELED, target) == commit_id)
        ]

    def ids(self) -> set[str]:
        """Return the ids of all refs and of the objects that their tags name."""
        return set(self._all.values())


class RemoteRepository:
    """A repository on a server.

    Args:
        url: Its URL.
        limits: Sizes and time.

    Attributes:
        root: The URL without its secrets.
        worktree: None.
        source: Its raw objects, stored in the user's cache folder.
        objects: Its verified objects.
        address: The URL as it was given.
    """

    worktree = None

    def __init__(self, url: str, limits: Limits = DEFAULT_LIMITS) -> None:
        self.source = RemoteSource(url, limits)
        self.objects = Objects(self.source, limits)
        self.root = self.source.label
        self.address = url

    @property
    def refs(self) -> RemoteRefs:
        """The refs as they are now."""
        return RemoteRefs(self.source.server)

    def head_commit(self) -> Commit | None:
        """Return HEAD's commit, None before the first commit."""
        head = self.refs.head()
        return None if head is None else self.objects.get_commit(head)

    def ids_with_prefix(self, prefix: str) -> set[str]:
        """Return the ids of branches and tags that start with a prefix: a server does not list others."""
        return {name for name in self.refs.ids() if name.startswith(prefix)}

    def relative(self, path: str) -> str | None:
        """Return None: a server's repository has no working tree here."""
        return None

    def fetch_whole(self, commit_id: str) -> None:
        """Fetch all objects of a commit at once."""
        self.source.fetch_whole(commit_id)

    def close(self) -> None:
        """Close the connection; a later read opens it again."""
        self.source.close()
