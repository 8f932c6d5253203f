"""EnvBackend: runs calls with the libraries that the pinned commit locks, in processes of that environment's Python.

    with EnvBackend() as backend:
        MyTrainer = backend.load("trainers.step.MyTrainer@e9448e0a...")    # imported there, not here
        model = backend.submit(MyTrainer(epochs=3).run_fn, splits).result()

Each pinned class runs in the environment of its own commit, made once from the nearest lock. What belongs to no commit,
such as a built-in step, runs where most pinned steps of the run do.
"""

from __future__ import annotations

import hashlib
import pickle
from collections import Counter
from collections.abc import Callable, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from types import TracebackType
from typing import Any

from zenml_pin.at import registry
from zenml_pin.backends.base import BaseBackend, not_open
from zenml_pin.backends.environments.settings import EnvSettings
from zenml_pin.backends.processes import known_here
from zenml_pin.base.locks import ForkLock
from zenml_pin.base.version import PACKAGE
from zenml_pin.bundles.pickled_names import modules_in
from zenml_pin.errors import BackendError, ShippedError
from zenml_pin.pins.choosing_roots import with_roots
from zenml_pin.pins.loading import path_of_source, refuse_uncommitted
from zenml_pin.pins.lookup import find_repository, read_source, repository_to_check
from zenml_pin.source import Source, split_pinned
from zenml_pin.steps.component import Component, definition_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from zenml_pin.backends.environments.crossing import InstalledLibraries
    from zenml_pin.backends.environments.stored import Held
    from zenml_pin.backends.environments.worker import EnvWorker
    from zenml_pin.pins.lookup import Repo

# A pin and a module of it.
Home = tuple[str, str]


class EnvBackend(BaseBackend):
    """Runs calls with the libraries that the pinned commits lock.

    Args:
        workers: How many processes each environment has at most.
        build: Build packages that have no wheel. That runs code of the package.
        trust: Follow index URLs, VCS and URL requirements and options in the lock.
        python: The version of Python to use, such as "3.11"; else one that fits the commit.
        lock: The path of the lock in the commit; else the nearest one to each class.
        extras, groups: Extras of the project, and dependency groups, that are needed as well.
    """

    def __init__(
        self,
        workers: int = 1,
        build: bool = False,
        trust: bool = False,
        python: str | None = None,
        lock: str | None = None,
        extras: Iterable[str] = (),
        groups: Iterable[str] = (),
    ) -> None:
        self._workers = workers
        self._settings = EnvSettings(build, trust, python, lock, tuple(extras), tuple(groups))
        self._blocks = 0
        self._stand_ins: dict[str, Any] = {}
        self._default: str | None = None
        self._pools: dict[str, _Pool] = {}
        self._keys: dict[Home, str] = {}
        self._lock = ForkLock()
        # Who wrote a value, by its hash.
        self._writers: dict[bytes, InstalledLibraries] = {}

    def load(self, source: Source | str, *, repo: Repo = None, allow_dirty: bool = False) -> Any:
        """Return a stand-in for a pinned class or function: it is imported in its environment and not here.

        An object of it can be built here, is built there when it is submitted, and so are its methods, such as
        `backend.submit(MyTrainer(epochs=3).run_fn, splits)`.

        Args:
            source: The source, with its commit, or its text.
            repo: The repository to ask first; else the one at or above the current folder.
            allow_dirty: Load it although its folder has uncommitted changes now.

        Raises:
            BackendError: The backend is not open, the source has no commit, or the libraries cannot be installed.
            UncommittedChangesError: The class's folder has uncommitted changes.
            PinError: The commit, the module or the class does not exist, or its module failed while it ran.
        """
        from zenml_pin.backends.environments.stand_ins import describe, make_stand_in

        source = self._checked(read_source(source, repo), repo, allow_dirty)
        text = str(source)
        if text not in self._stand_ins:
            facts = self._submit((source.pin, source.module), describe, (text,)).result()
            self._stand_ins[text] = make_stand_in(source, facts)
        return self._stand_ins[text]

    def _checked(self, source: Source, repo: Repo, allow_dirty: bool) -> Source:
        """Return a source whose module exists, and whose folder is clean, as `load` demands."""
        if not self._is_open:
            raise not_open()
        if source.commit_id is None:
            raise BackendError(
                f"'{source}' names no commit, so nothing says which libraries it needs",
                "pin it, or load it here",
            )
        repository = find_repository(repo)
        source = with_roots(source, repository, None)
        namespace = registry.get_namespace(source.pin, repository)
        path_of_source(namespace, source)
        if not allow_dirty:
            refuse_uncommitted(repository_to_check(namespace, repository), namespace, source.module)
        return source

    def submit(self, fn: Callable[..., Any], *args: Any) -> Future[Any]:
        """Start the call in the environment of its commit; make the environment where it is missing.

        Raises:
            BackendError: The backend is not open, no commit says which libraries are needed, or they cannot be
                installed.
            DocumentError: The lock is broken, or asks for something that is refused.
        """
        if not self._is_open:
            raise not_open()
        payload = _dumps((fn, args))
        return self._send(self._pools[self._key_for(payload, args)], payload, args)

    def _submit(self, home: Home, fn: Callable[..., Any], args: tuple[Any, ...]) -> Future[Any]:
        return self._send(self._pools[self._key_of(home)], _dumps((fn, args)), args)

    def _send(self, pool: _Pool, payload: bytes, args: tuple[Any, ...]) -> Future[Any]:
        message = pickle.dumps((known_here(), payload), protocol=5)
        return pool.submit(lambda worker: self._call(pool, worker, message, args))

    def prepare(self, components: Iterable[Any]) -> None:
        """Make the environments of some components before any of them runs.

        Raises:
            BackendError: A component is of no commit and not of this package, so nothing says which libraries it needs.
        """
        keys: Counter[str] = Counter()
        for component in components:
            home = _home_of(component)
            if home is not None:
                keys[self._key_of(home)] += 1
                continue
            code = definition_of(component)
            if code.__module__.partition(".")[0] != PACKAGE:
                name = f"{code.__module__}.{code.__qualname__}"
                raise BackendError(
                    f"'{name}' is not pinned, so no commit says which libraries it needs",
                    "commit it, or run without --env",
                )
        if keys:
            self._default = keys.most_common(1)[0][0]

    def facts(self) -> dict[str, Any]:
        """Return what a record says: the environments; as "python" and "packages" those of most steps."""
        if self._default is None:
            return {}
        main = self._pools[self._default].held.environment
        names = ("key", "python", "lock", "commit", "is_locked", "packages")
        used = [pool.held.environment for pool in self._pools.values()]
        listed = [
            {name: getattr(item, name) for name in names} | {"notes": list(item.notes)} for item in used
        ]
        return {"python": main.python, "packages": main.packages, "environments": listed}

    def libraries_of(self, component: Any) -> str:
        """Return a text that says which libraries a component gets, for the keys of the cache."""
        home = _home_of(component)
        return (self._key_of(home) if home is not None else self._default) or ""

    def __enter__(self) -> EnvBackend:
        """Open the backend. Environments are made, and processes started, when a call needs them.

        A block inside a block uses the same environments; the outermost one ends them.
        """
        self._blocks += 1
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End the processes. After Ctrl-C calls end in the middle. The environments stay for other runs."""
        self._blocks -= 1
        if self._blocks:
            return
        pools, self._pools = list(self._pools.values()), {}
        self._keys.clear()
        self._stand_ins.clear()
        self._default = None
        for pool in pools:
            pool.close(at_once=kind is not None and not issubclass(kind, Exception))

    @property
    def _is_open(self) -> bool:
        return self._blocks > 0

    def _key_for(self, payload: bytes, args: tuple[Any, ...]) -> str:
        homes = [home for value in args if (home := _home_of(value)) is not None]
        homes += sorted(modules_in(payload))
        if homes:
            return self._key_of(homes[0])
        if self._default is None:
            raise BackendError(
                "the call names no pinned class, so no commit says which libraries it needs",
                "submit objects that were loaded from a pin",
            )
        return self._default

    def _key_of(self, home: Home) -> str:
        if home not in self._keys:
            from zenml_pin.backends.environments.preparing import environment_for

            held_environment = environment_for(*home, self._settings)
            key = held_environment.environment.key
            # Another thread may have made it meanwhile.
            with self._lock:
                if key in self._pools:
                    held_environment.release()
                else:
                    self._pools[key] = _Pool(held_environment, self._workers)
                self._keys[home] = key
        return self._keys[home]

    def _call(self, pool: _Pool, worker: EnvWorker, message: bytes, args: tuple[Any, ...]) -> Any:
        from zenml_pin.backends.environments.crossing import InstalledLibraries

        there = InstalledLibraries.of_environment(pool.held.environment)
        try:
            result = worker.call(message)
        except ShippedError as error:
            raise self._with_versions(error, args, there) from error.__cause__
        if isinstance(result, bytes):
            self._writers[hashlib.sha256(result).digest()] = there
        return result

    def _with_versions(
        self, error: ShippedError, args: tuple[Any, ...], reader: InstalledLibraries
    ) -> ShippedError:
        """Return an error of opening an argument with the versions of the libraries on both sides."""
        from zenml_pin.backends.environments.crossing import InstalledLibraries, versions_on_both_sides

        values = [item for value in args for item in (value.values() if isinstance(value, dict) else [value])]
        told = []
        for data in (value for value in values if isinstance(value, bytes)):
            writer = self._writers.get(hashlib.sha256(data).digest()) or InstalledLibraries.here()
            if writer != reader:
                told.append(versions_on_both_sides([data], writer, reader))
        if not told:
            return error
        return ShippedError(f"{error.message}; {'; '.join(dict.fromkeys(told))}", error.hint)


def _dumps(value: Any) -> bytes:
    from zenml_pin.backends.environments.stand_ins import dumps

    return dumps(value)


class _Pool:
    """The processes of one environment.

    Attributes:
        held: The environment, held until the pool is closed.
    """

    def __init__(self, held: Held, workers: int) -> None:
        self.held = held
        self._threads = ThreadPoolExecutor(workers)
        self._lock = ForkLock()
        self._has_ended = False
        self._idle: list[EnvWorker] = []
        self._busy: list[EnvWorker] = []

    def submit(self, work: Callable[[EnvWorker], Any]) -> Future[Any]:
        return self._threads.submit(self._run, work)

    def close(self, at_once: bool) -> None:
        if at_once:
            with self._lock:
                # A call that has waited for one of these workers, or whose worker starts just now, does not run either.
                self._has_ended = True
                for worker in self._busy:
                    worker.stop()
        self._threads.shutdown(cancel_futures=True)
        for worker in self._idle:
            worker.stop()
        self.held.release()

    def _run(self, work: Callable[[EnvWorker], Any]) -> Any:
        worker = self._take()
        try:
            return work(worker)
        finally:
            with self._lock:
                self._busy.remove(worker)
                if worker.is_alive:
                    self._idle.append(worker)

    def _take(self) -> EnvWorker:
        from zenml_pin.backends.environments.worker import EnvWorker

        with self._lock:
            self._refuse_after_the_end()
            worker = self._idle.pop() if self._idle else None
        # Outside the lock: it takes a moment.
        worker = worker or EnvWorker(self.held.environment)
        with self._lock:
            if self._has_ended:
                worker.stop()
            self._refuse_after_the_end()
            self._busy.append(worker)
        return worker

    def _refuse_after_the_end(self) -> None:
        if self._has_ended:
            raise BackendError("the backend was closed before the call began", "submit it again")


def _home_of(value: Any) -> Home | None:
    """Return the pin and module of a class, a function, an instance or a source; None for what is of no commit."""
    if isinstance(value, (str, Source)):
        return _home_of_source(value)
    if isinstance(value, Component):
        # That of a step which is a function.
        value = definition_of(value)
    module = getattr(value, "__module__", None) if callable(value) else None
    split = split_pinned(module or type(value).__module__)
    return split if split is not None and split[1] else None


def _home_of_source(value: str | Source) -> Home | None:
    try:
        source = Source.parse(str(value))
    except ValueError:
        return None
    return (source.pin, source.module) if source.commit_id is not None else None
