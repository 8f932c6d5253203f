"""Requirements of a commit, compared with what is installed here. Needs the `audit` extra: packaging."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from importlib import import_module

from zenml_pin.audit.report import RequirementReport
from zenml_pin.base.distributions import version_of
from zenml_pin.errors import MissingExtraError
from zenml_pin.git.objects.commit_files import CommitTree
from zenml_pin.pins.requirement_files import FILES, RequirementFiles


class Requirements:
    """Compares requirements; those of one set of files once, however many commits have them.

    Raises:
        MissingExtraError: What it needs is not installed.
    """

    def __init__(self) -> None:
        try:
            self._parse = import_module("packaging.requirements").Requirement
        except ModuleNotFoundError as error:
            raise MissingExtraError("requirements were not compared", error.name or "", "audit") from error
        # Many files ask for the same few distributions.
        self._installed = lru_cache(maxsize=4096)(version_of)
        self._held: dict[tuple[str, ...], tuple[RequirementReport, ...]] = {}
        self._including: set[tuple[str, ...]] = set()

    def unmet(self, tree: CommitTree) -> tuple[RequirementReport, ...]:
        """Return the requirements of a commit that what is installed does not fit, in the order of its files."""
        entries = [tree.find(path) for path in FILES]
        key = tuple(entry.id if entry is not None else "" for entry in entries)
        if key not in self._held or key in self._including:
            files = RequirementFiles(tree)
            self._held[key] = tuple(self._compare(files))
            # What these files include is not in the key.
            if not set(files.included) <= set(FILES):
                self._including.add(key)
        return self._held[key]

    @staticmethod
    def describe(unmet: tuple[RequirementReport, ...]) -> str:
        """Say in one line what does not fit: the first few, and how many more."""
        parts = [
            f"'{held.requirement}' ({held.file}), installed is {held.installed or 'none'}"
            for held in unmet[:3]
        ]
        more = f" and {len(unmet) - 3} more" if len(unmet) > 3 else ""
        return f"the commit asks for {', '.join(parts)}{more}"

    def _compare(self, files: RequirementFiles) -> Iterator[RequirementReport]:
        seen = set()
        for file, text in files.stated():
            try:
                wanted = self._parse(text)
                applies = wanted.marker is None or wanted.marker.evaluate({"extra": ""})
            except Exception:
                # What is no requirement by its grammar, pip's options among it, asks for nothing that can be compared.
                continue
            version = self._installed(wanted.name)
            fits = version is not None and wanted.specifier.contains(version, prereleases=True)
            if applies and not fits and wanted.url is None and str(wanted) not in seen:
                seen.add(str(wanted))
                yield RequirementReport(file, str(wanted), version)
