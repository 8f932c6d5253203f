"""`bisect` finds the first commit at which a class or a pipeline is bad, and what changed there.

bisect("trainers.step.MyTrainer", good="v1.2", test="checks.trainer:is_good")
bisect("trainers.step.MyTrainer", good="v1.2", command=["python", "check.py"])
bisect("My Pipeline", good="v1.2", metric="accuracy", minimum=0.92)

The working tree stays as it is, and git is not needed.
"""

from __future__ import annotations

from typing import Any

import attrs

from zenml_pin.audit.fragments import fragment_of
from zenml_pin.errors import PinError, UnsupportedError
from zenml_pin.git.revision import resolve_revision
from zenml_pin.isolation.limits import TrialLimits
from zenml_pin.isolation.warm_parent import Warmth
from zenml_pin.pins.lookup import get_repository
from zenml_pin.pipelines.bisecting.bisection import Bisection, Ends, search
from zenml_pin.pipelines.bisecting.choosing import JudgeChoice, choose_judge
from zenml_pin.pipelines.bisecting.judges import ClassJudge, DocumentJudge, code_or_none
from zenml_pin.pipelines.bisecting.libraries import libraries_of, library_path
from zenml_pin.pipelines.bisecting.log import BisectLog, LogWriter, read_log
from zenml_pin.pipelines.bisecting.trials import Tested, Trials
from zenml_pin.source import Source

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from zenml_pin.audit.comparison.difference import Difference
    from zenml_pin.backends.environments.settings import EnvSettings
    from zenml_pin.base.html import Markup
    from zenml_pin.git.any_repository import AnyRepository
    from zenml_pin.git.objects.commit import Commit
    from zenml_pin.pins.lookup import Repo
    from zenml_pin.pipelines.bisecting.judges import Judge

SCHEMA_VERSION = 1


@attrs.frozen
class BisectReport:
    """The result of `bisect`.

    Attributes:
        what: The class or the pipeline.
        test: What decided, as plain data.
        bisection: The search: its ends, its verdicts, its answer.
        commits: Every commit that is named, by its id.
        differences: What changed at the first bad commit, compared with its parent, one for each class; empty if
            there is no answer, or no parent.
    """

    what: str
    test: dict[str, Any]
    bisection: Bisection
    commits: dict[str, Commit] = attrs.field(repr=False)
    differences: tuple[Difference, ...] = attrs.field(repr=False, default=())

    @property
    def first_bad(self) -> Commit | None:
        """The first bad commit; None if commits that cannot be judged hide it."""
        commit_id = self.bisection.first_bad
        return None if commit_id is None else self.commits[commit_id]

    @property
    def candidates(self) -> tuple[Commit, ...]:
        """The first bad commit, or all commits that may be it."""
        return tuple(self.commits[commit_id] for commit_id in self.bisection.candidates)

    def to_dict(self) -> dict[str, Any]:
        """Return it as plain data."""
        bisection = self.bisection
        return {
            "schema_version": SCHEMA_VERSION,
            "what": self.what,
            "test": self.test,
            "bad": bisection.bad,
            "goods": list(bisection.goods),
            "first_parent": bisection.first_parent,
            "outcome": "found" if bisection.first_bad is not None else "left",
            "first_bad": None if self.first_bad is None else _commit(self.first_bad),
            "candidates": [_commit(commit) for commit in self.candidates],
            "certain": bisection.is_certain,
            "commits": bisection.searched,
            "trials": bisection.trials,
            "tested": [
                {
                    "commit_id": one.commit_id,
                    "code": one.code,
                    "trial": one.is_trial,
                    **one.verdict.to_dict(),
                }
                for one in bisection.tested
            ],
            "differences": [difference.to_dict() for difference in self.differences],
        }

    def _repr_html_(self) -> Markup:
        return fragment_of(self)


def bisect(
    what: Source | str,
    *,
    good: str | Iterable[str],
    bad: str = "HEAD",
    test: str | None = None,
    command: Sequence[str] = (),
    metric: str | None = None,
    minimum: float | None = None,
    maximum: float | None = None,
    skip_on: Iterable[str] = (),
    first_parent: bool = False,
    repeat: int = 1,
    jobs: int = 1,
    sandbox: str = "off",
    env_pass: Iterable[str] = (),
    limits: TrialLimits | None = None,
    env: EnvSettings | None = None,
    log: str | None = None,
    replay: str | None = None,
    repo: Repo = None,
    tell: Callable[[Tested, int], None] | None = None,
) -> BisectReport:
    """Find the first commit at which a class or a pipeline is bad.

    The whole history between the ends is searched as `git bisect` does. Each distinct code, imports included, is tried
    at most once, in a process of its own. Without a test, a class is bad if it does not load, a pipeline if it fails.

    Args:
        what: A class, or the name or file of a pipeline. A pin of the class does not count.
        good: One or more revisions at which it is good.
        bad: A revision at which it is bad.
        test: A function as "module:name" or "file.py:name"; it gets the class. What it raises, or an answer that is
            false and not None, means bad.
        command: A command; exit code 0 means good, 125 that it cannot be judged, 1 to 127 bad.
        metric: The metric of a pipeline that decides.
        minimum: It is bad below this.
        maximum: It is bad above this.
        skip_on: Names of exceptions that mean that a commit cannot be judged.
        first_parent: Whether a merge counts as a commit of its first parent alone.
        repeat: How many trials of one code: the median of a metric decides, or most answers.
        jobs: How many trials run at the same time.
        sandbox: "auto" runs trials behind the walls that this machine has, "require" refuses to if one is missing; what
            is denied something cannot be judged. "off" uses no walls.
        env_pass: Names of environment variables that trials behind walls get.
        limits: Time and memory of a trial; what needs more cannot be judged.
        env: Trials get the libraries that their commits lock, in this way; None for those of this process.
        log: A file for the verdicts.
        replay: Such a file; commits in it are not tried again.
        repo: The repository; by default the one at or above the current folder.
        tell: Is called with each commit that was judged, and with the number of candidates.

    Raises:
        RevisionError: A revision is not known, or an end is not what it is said to be.
        UnknownNameError: No class or pipeline has that name, or no run has the metric.
        UnsupportedError: The test does not exist, or the arguments do not fit each other.
    """
    repository = get_repository(repo)
    choice = JudgeChoice(
        test=test,
        command=tuple(command),
        metric=metric,
        minimum=minimum,
        maximum=maximum,
        skip_on=tuple(skip_on),
        sandbox=sandbox,
        env_pass=tuple(env_pass),
        limits=limits or TrialLimits(),
        env=env,
    )
    if repeat < 1 or jobs < 1:
        raise UnsupportedError("repeat and jobs are 1 or more")
    ends = _ends(repository, bad, [good] if isinstance(good, str) else list(good))
    what = str(what.at(None)) if isinstance(what, Source) else what
    chosen = choose_judge(what, choice, repository, (ends.bad, *ends.goods))
    logged = BisectLog({}, {}) if replay is None else read_log(replay)
    bounds = chosen.bounds if isinstance(chosen, DocumentJudge) else None
    with Trials(chosen, jobs, repeat, bounds, logged.verdicts) as trials:
        _prepare(chosen, trials, repository, ends.bad)
        head = {"what": what, "bad": ends.bad, "goods": list(ends.goods)}
        writer = LogWriter(log, {**head, "first_parent": first_parent, "test": chosen.to_dict()})
        bisection = search(repository.objects, ends, trials, writer, first_parent=first_parent, tell=tell)
    return _report(what, chosen, bisection, repository)


def _ends(repository: AnyRepository, bad: str, goods: Sequence[str]) -> Ends:
    if not goods:
        raise UnsupportedError("a good revision is missing", "name one at which it was good: --good v1.2")
    names = {resolve_revision(repository, revision): revision for revision in (*reversed(goods), bad)}
    ids = [resolve_revision(repository, revision) for revision in goods]
    return Ends(resolve_revision(repository, bad), tuple(dict.fromkeys(ids)), names)


def _prepare(test: Judge, trials: Trials, repository: AnyRepository, bad: str) -> None:
    """Let the processes of trials import libraries and the test; check that the test exists."""
    if isinstance(test, ClassJudge) and test.sandbox != "off":
        return
    names: dict[str, None] = {}
    for source in test.sources_at(bad):
        names.update(dict.fromkeys(libraries_of(source, repository)))
    warmth = Warmth(list(names), library_path(repository.worktree))
    if isinstance(test, ClassJudge) and test.tester is not None and "import" in test.tester:
        warmth = attrs.evolve(warmth, tests=[test.tester["import"]], tests_path=list(test.path))
    trials.warm(warmth)
    if isinstance(test, ClassJudge):
        trials.require_function(test)


def _report(what: str, test: Judge, bisection: Bisection, repository: AnyRepository) -> BisectReport:
    named = [one.commit_id for one in bisection.tested]
    commits = {
        commit_id: repository.objects.get_commit(commit_id)
        for commit_id in dict.fromkeys((*named, *bisection.candidates, bisection.bad, *bisection.goods))
    }
    differences = () if bisection.first_bad is None else _differences(test, commits[bisection.first_bad])
    return BisectReport(what, test.to_dict(), bisection, commits, differences)


def _differences(test: Judge, commit: Commit) -> tuple[Difference, ...]:
    """Return what changed for each class; for a merge compared with the first parent that has other code."""
    from zenml_pin.audit.comparison.comparing import diff

    code, _ = code_or_none(test, commit.id)
    others = [parent for parent in commit.parents if code_or_none(test, parent)[0] != code]
    if not others:
        return ()
    differences = []
    for old, new in zip(test.sources_at(others[0]), test.sources_at(commit.id), strict=True):
        try:
            difference = diff(old, new, repo=_Holder(test.repository))
        except PinError:
            continue
        if not difference.same:
            differences.append(difference)
    return tuple(differences)


@attrs.frozen
class _Holder:
    """An object that has an open repository."""

    place: AnyRepository


def _commit(commit: Commit) -> dict[str, Any]:
    return {
        "commit_id": commit.id,
        "author": commit.author,
        "time": commit.time,
        "zone": commit.zone,
        "message": commit.message,
        "parents": list(commit.parents),
    }
