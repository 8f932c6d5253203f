"""Today's ZenML (0.9x): a code repository that needs no git binary, and steps that run from a commit.

    zenml code-repository register mine --type=custom --source=zenml_pin.integrations.zenml.PinCodeRepository

ZenML then records the commit of each step's code, if the folders are committed and the commit is pushed. ZenML does
not load from that commit; `load_step` does, and ZenML stores the pinned name as the step's source.
"""

from __future__ import annotations

import logging
import os
import posixpath
from typing import Any

from zenml_pin import resolver
from zenml_pin.at import registry
from zenml_pin.errors import MissingExtraError, PinError, PinnedAttributeError, UnpinnedError
from zenml_pin.git.any_repository import comparable
from zenml_pin.git.objects.commit_files import CommitTree
from zenml_pin.git.objects.export import kept_files, write_entry
from zenml_pin.git.objects.history import is_ancestor
from zenml_pin.git.repository import GitRepository
from zenml_pin.git.status.kinds import ChangeKind
from zenml_pin.pins.keeping import keeping
from zenml_pin.pins.loading import import_pinned, refuse_uncommitted
from zenml_pin.pins.lookup import find_repository, get_repository, repository_to_check
from zenml_pin.source import Source

try:
    from pydantic import field_validator
    from zenml.code_repositories import BaseCodeRepository, LocalRepositoryContext
    from zenml.code_repositories.base_code_repository import BaseCodeRepositoryConfig
    from zenml.constants import ENV_ZENML_CODE_REPOSITORY_IGNORE_UNTRACKED_FILES, handle_bool_env_var
    from zenml.steps import BaseStep
except ModuleNotFoundError as error:
    # If one of them is installed and lacks another library, its own error is clearer.
    if error.name not in ("pydantic", "zenml"):
        raise
    raise MissingExtraError("ZenML's code repositories cannot be used", "zenml", "zenml") from error

TYPE_CHECKING = False
if TYPE_CHECKING:
    from zenml_pin.git.any_repository import AnyRepository

_REMOTES = "refs/remotes/"
_log = logging.getLogger("zenml_pin")


class PinCodeRepositoryConfig(BaseCodeRepositoryConfig):
    """The settings of a registered code repository.

    Attributes:
        path: The git repository; by default the one around ZenML's source root.
        folders: Folders that must be committed, relative to the repository's root; by default the whole repository.
            On a command line, a text with commas between the folders.
        require_pushed: Whether a remote-tracking branch must contain the commit, so that other machines can fetch it.
            A repository without such branches passes. Nothing is fetched to find out.
    """

    path: str | None = None
    folders: list[str] = [""]
    require_pushed: bool = True

    @field_validator("folders", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        return [part.strip() for part in value.split(",")] if isinstance(value, str) else value


class PinCodeRepository(BaseCodeRepository):
    """A git repository on this machine, used as a code repository of ZenML."""

    @property
    def config(self) -> PinCodeRepositoryConfig:
        """The settings."""
        return PinCodeRepositoryConfig(**self._config)

    def login(self) -> None:
        """Check that the repository exists.

        Raises:
            RuntimeError: It does not exist, or cannot be read.
        """
        if self.config.path is not None:
            self._get(self.config.path)

    def download_files(self, commit: str, directory: str, repo_sub_directory: str | None) -> None:
        """Write the files of a commit into a folder, each verified against its id.

        Args:
            commit: The commit's full id.
            directory: The folder to write to.
            repo_sub_directory: The folder of the repository to take files from; by default the whole repository.

        Raises:
            RuntimeError: The commit does not exist, a file is damaged, or a file exists in the directory already.
        """
        folder = posixpath.normpath((repo_sub_directory or "").strip("/"))
        folder = "" if folder == "." else folder
        try:
            tree = CommitTree(self._get(self.config.path or os.getcwd()).objects, commit)
            if folder:
                tree.get(folder)
            for entry in kept_files(tree, folder):
                below = entry.path[len(folder) :].lstrip("/")
                write_entry(tree, entry, os.path.join(directory, below))
        except (PinError, OSError) as error:
            raise RuntimeError(f"commit {commit} cannot be downloaded: {error}") from error

    def get_local_context(self, path: str) -> PinRepositoryContext | None:
        """Return the state of the repository around a path; None if it is another repository.

        Also None, with a warning in the log, if it cannot be read: ZenML goes on without a record of the code.
        """
        try:
            repository = find_repository(None, path)
            own = self.config.path
            if repository is None or repository.worktree is None:
                return None
            if own is not None and get_repository(own).root != repository.root:
                return None
        except PinError as error:
            _log.warning("the code in '%s' is not tracked: %s", path, error)
            return None
        return PinRepositoryContext(self, comparable(repository))

    def _get(self, path: str) -> AnyRepository:
        try:
            return get_repository(path)
        except PinError as error:
            raise RuntimeError(str(error)) from error


class PinRepositoryContext(LocalRepositoryContext):
    """The state of a repository's working tree. Each property reads it again."""

    def __init__(self, code_repository: PinCodeRepository, repository: GitRepository) -> None:
        super().__init__(code_repository)
        self._config = code_repository.config
        self._repository = repository

    @property
    def root(self) -> str:
        """The folder of the working tree."""
        return self._repository.root

    @property
    def is_dirty(self) -> bool:
        """Whether one of the folders has uncommitted files. ZenML has a variable that leaves untracked files out."""
        ignored = handle_bool_env_var(ENV_ZENML_CODE_REPOSITORY_IGNORE_UNTRACKED_FILES, default=False)
        return any(
            not (ignored and change.kind is ChangeKind.UNTRACKED)
            for folder in self._config.folders
            for change in resolver.status(folder, repo=self.root).changes
        )

    @property
    def has_local_changes(self) -> bool:
        """Whether the code here differs from what other machines can get by the commit's id."""
        return self.is_dirty or (self._config.require_pushed and not self._is_pushed())

    @property
    def current_commit(self) -> str:
        """The id of HEAD's commit.

        Raises:
            RuntimeError: There is no commit yet.
        """
        head = self._repository.refs.head()
        if head is None:
            raise RuntimeError(f"repository '{self.root}' has no commit yet")
        return head

    def _is_pushed(self) -> bool:
        """Tell whether a remote-tracking branch contains HEAD; true if there are no such branches."""
        refs = self._repository.refs
        tips = [target for name, target in refs.all().items() if name.startswith(_REMOTES)]
        head = refs.head()
        return head is not None and (not tips or is_ancestor(self._repository.objects, head, *tips))


def load_step(
    source: Source | str, *, repo: str | os.PathLike[str] | None = None, allow_dirty: bool = False
) -> Any:
    """Return a ZenML step, or a subclass of BaseStep, from the commit that its source names.

    ZenML records its pinned name, `zenml_pin.at.g<commit id>...`. Any process that can find the commit loads the step
    by that name.

    Args:
        source: The step's source, such as `steps.train.trainer@<commit id>`.
        repo: The repository to ask first; by default the one at or above the current folder.
        allow_dirty: Load the step although its folder has uncommitted changes now.

    Raises:
        UnpinnedError: The source is not pinned to a commit.
        PinnedAttributeError: The module has no step of that name.
        PinError: For the same reasons as `zenml_pin.load`.
    """
    source = source if isinstance(source, Source) else Source.parse(source)
    if source.commit_id is None:
        raise UnpinnedError(f"'{source}' is not pinned", "add '@' and the full id of a commit")
    repository = find_repository(repo)
    namespace = registry.get_namespace(source.pin, repository)
    with keeping(namespace):
        if not allow_dirty:
            refuse_uncommitted(repository_to_check(namespace, repository), namespace, source.module)
        step = getattr(import_pinned(namespace, source.module), source.name, None)
    if not isinstance(step, BaseStep) and not (isinstance(step, type) and issubclass(step, BaseStep)):
        raise PinnedAttributeError(
            f"'{source}' is not a ZenML step",
            "a step is a function with @step, or a BaseStep",
            name=source.name,
        )
    return step
