"""Compare the requirements of a commit with the installed distributions. Needs the `audit` extra: packaging."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from importlib import import_module

from zenml_pin.audit.pin_report import RequirementReport
from zenml_pin.base.distributions import version_of
from zenml_pin.errors import MissingExtraError
from zenml_pin.git.objects.commit_files import CommitTree
from zenml_pin.pins.requirement_files import FILES, RequirementFiles


class Requirements:
    """Compares requirements; compares one set of files once, however many commits have it.

    Raises:
        MissingExtraError: The library `packaging` is not installed.
    """

    def __init__(self) -> None:
        try:
            self._parse = import_module("packaging.requirements").Requirement
        except ModuleNotFoundError as error:
            raise MissingExtraError("requirements were not compared", error.name or "", "audit") from error
        # Many files require the same few distributions.
        self._installed = lru_cache(maxsize=4096)(version_of)
        self._unmet: dict[tuple[str, ...], tuple[RequirementReport, ...]] = {}

    def unmet(self, tree: CommitTree) -> tuple[RequirementReport, ...]:
        """Return the requirements of a commit that the installed distributions do not meet, in file order."""
        entries = [tree.find(path) for path in FILES]
        key = tuple(entry.id if entry is not None else "" for entry in entries)
        unmet = self._unmet.get(key)
        if unmet is None:
            files = RequirementFiles(tree)
            unmet = tuple(self._compare(files))
            # The key lacks the ids of included files, so with them this answer may not be used again.
            if set(files.included) <= set(FILES):
                self._unmet[key] = unmet
        return unmet

    @staticmethod
    def describe(unmet: tuple[RequirementReport, ...]) -> str:
        """Describe unmet requirements in one line: the first three, and how many more there are."""
        parts = [
            f"'{report.requirement}' ({report.file}; installed: {report.installed or 'none'})"
            for report in unmet[:3]
        ]
        more = f" and {len(unmet) - 3} more" if len(unmet) > 3 else ""
        return f"the commit requires {', '.join(parts)}{more}"

    def _compare(self, files: RequirementFiles) -> Iterator[RequirementReport]:
        reported = set()
        for file, text in files.stated():
            try:
                requirement = self._parse(text)
                applies = requirement.marker is None or requirement.marker.evaluate({"extra": ""})
            except Exception:
                # A line that is not a requirement, such as an option of pip, cannot be compared.
                continue
            version = self._installed(requirement.name)
            is_met = version is not None and requirement.specifier.contains(version, prereleases=True)
            if applies and not is_met and requirement.url is None and str(requirement) not in reported:
                reported.add(str(requirement))
                yield RequirementReport(file, str(requirement), version)
