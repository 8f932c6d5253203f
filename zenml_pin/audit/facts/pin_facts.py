"""Facts of a pin: what its commit alone decides, whatever HEAD, the index and the working tree have.

Reads objects; runs nothing.
"""

from __future__ import annotations

from zenml_pin.audit.facts.folders import Units
from zenml_pin.audit.facts.modules import Modules
from zenml_pin.base.values import Value
from zenml_pin.errors import PinnedImportError, PinnedModuleNotFoundError, SourceSyntaxError
from zenml_pin.git.objects.commit_files import CommitTree
from zenml_pin.git.repository import GitRepository
from zenml_pin.importing.laid_files import MATERIALIZE_HINT
from zenml_pin.importing.locate import Located, follow
from zenml_pin.pins.choosing_roots import roots_of
from zenml_pin.pins.pinning import describe_defined, describe_missing
from zenml_pin.pins.unit import unit_of
from zenml_pin.pins.unparsed import HINT
from zenml_pin.source import Source

# A rule's id, a message and a hint.
Problem = tuple[str, str, str]


class PinFacts(Value):
    """The facts.

    Attributes:
        problems: Its problems.
        path: The module's file; None if the commit has none.
        unit: Its unit.
        unit_id: The id of the unit's tree or blob.
        code_id: The code id; None if it is unknown.
        has_class: Whether the file defines the class; None if the commit has no such module.
        is_there: Whether the class is there, or may be: then it can have been edited or removed since.
        is_lasting: Whether nothing else than the commit's objects, and room in memory, has decided.
    """

    problems: tuple[Problem, ...]
    path: str | None = None
    unit: str = ""
    unit_id: str = ""
    code_id: str | None = None
    has_class: bool | None = None
    is_there: bool = False
    is_lasting: bool = False


class PinReader:
    """Finds the facts of pins.

    Args:
        repository: The repository.
        units: Facts about its units.

    Attributes:
        modules: Facts about its modules.
    """

    def __init__(self, repository: GitRepository, units: Units) -> None:
        self._repository = repository
        self.units = units
        self.modules = Modules(units.texts)

    def read(self, source: Source, tree: CommitTree, problems: list[Problem]) -> PinFacts:
        """Return the facts about a source at its commit.

        Args:
            source: The source.
            tree: The commit's files.
            problems: Receives the problems; an error leaves there those that were found before it.

        Raises:
            PinError: An object is missing or damaged, or the commit does not say what its source roots are.
        """
        roots = roots_of(source, tree)
        try:
            packages = follow(tree, roots, source.module)
        except PinnedImportError as error:
            return PinFacts((("ZP012", error.message, error.hint),))
        if len(packages) <= source.module.count("."):
            return PinFacts((self._no_module(source, tree),))
        module = packages[-1]
        if module.kind == "namespace":
            fact = f"'{module.path}' at commit {tree.commit_id} is a folder without __init__.py"
            return PinFacts((("ZP005", f"{fact}, and defines nothing", ""),), has_class=False)
        unit = tree.get(unit_of(module.path, roots))
        code_id = self.units.code_id(tree, roots, unit.path)
        problem = self._class_problem(source, tree, roots, module)
        problems += [problem] if problem is not None else []
        is_lasting = self._add_unit_problems(tree, roots, module.path, unit.path, problems)
        return PinFacts(
            tuple(problems),
            module.path,
            unit.path,
            unit.id,
            code_id,
            has_class=problem is None or problem[0] == "ZP022",
            # A class that the commit does not have was neither edited nor removed since.
            is_there=problem is None or problem[0] != "ZP005",
            is_lasting=is_lasting and code_id is not None and source.roots_id is None,
        )

    def _no_module(self, source: Source, tree: CommitTree) -> Problem:
        # Only a module that does not exist needs the importer: its error says what else is there.
        from zenml_pin.importing.namespace import Namespace
        from zenml_pin.importing.worktree_guard import Guard
        from zenml_pin.pins.loading import path_of_source

        namespace = Namespace(tree, self._repository, Guard(None, lambda folder: False))
        try:
            path_of_source(namespace, source)
        except SourceSyntaxError as error:
            return not_a_source(str(source), error)
        except PinnedModuleNotFoundError as error:
            return "ZP004", error.message, error.hint
        return "ZP004", f"commit {tree.commit_id} has no module '{source.module}'", ""

    def _class_problem(
        self, source: Source, tree: CommitTree, roots: tuple[str, ...], module: Located
    ) -> Problem | None:
        file = f"'{module.path}' at commit {tree.commit_id}"
        if not module.is_loadable:
            return "ZP012", f"{file} cannot be imported from memory: it is {module.kind}", ""
        fault = self.modules.fault(tree, module.path)
        if fault:
            return "ZP012", f"{file} cannot be imported from memory: {fault}", ""
        if self.modules.defines(tree, roots, module.path, source.name):
            return None
        if self.modules.may_make(tree, roots, module.path, source.name):
            return (
                "ZP022",
                f"{file} may define class or function '{source.name}' when it runs: its text does not show it",
                "load it to know; a class or def statement would show it",
            )
        fault = describe_missing(file, source.name, tree.read(module.path))
        return "ZP005", fault, describe_defined(self.modules.definitions(tree, module.path))

    def _add_unit_problems(
        self, tree: CommitTree, roots: tuple[str, ...], path: str, unit: str, problems: list[Problem]
    ) -> bool:
        """Add the problems of a unit; tell whether nothing that is installed here has decided."""
        found: list[Problem] = [
            (
                "ZP006",
                f"{upward.path}:{upward.line}: '{upward.text}' leaves the folder '{unit}'",
                "the pin follows it: what it imports has to be committed too",
            )
            for upward in self.units.upward(tree, roots, unit)[:1]
        ]
        refusal, depends_on_installed = self.units.refusal(tree, roots, unit, path)
        if refusal is not None:
            rule, hint = ("ZP012", "") if refusal.reason else ("ZP004", "pin to a commit that has it")
            found.append((rule, f"{refusal.describe()} (commit {tree.commit_id})", hint))
        found += [
            ("ZP024", f"'{other}' at commit {tree.commit_id}: {reason}", HINT)
            for other, reason in self.units.unparsed(tree, roots, unit).items()
            # Of the module itself ZP012 says so.
            if other != path
        ]
        unlaid = self.units.unlaid(tree, roots, unit)
        if unlaid is not None:
            beside = f"files beside '{path}' at commit {tree.commit_id} cannot be laid in memory: {unlaid}"
            found.append(("ZP026", beside, MATERIALIZE_HINT))
        detour, may_be_installed = self.units.detour(tree, roots, unit)
        if detour is not None:
            found.append(("ZP029", f"{detour.message} (commit {tree.commit_id})", detour.hint))
        problems += found
        return not (depends_on_installed or may_be_installed)


def not_a_source(text: str, error: SourceSyntaxError) -> Problem:
    """Return the problem of a text that is not a source."""
    return "ZP007", f"'{text[:100]}' is not a pinned source: {error.message}", error.hint
