"""Functions as sources: they do what classes do; what counts as a function, and why other objects do not."""

from __future__ import annotations

import importlib
import inspect
import os
import pickle
import sys
import warnings
from typing import Any

import pytest
from hypothesis import given, settings, strategies as st

import zenml_pin
from tests.support.repositories import Repo, commit, init, write
from zenml_pin.pins.code_id import code_id
from zenml_pin.pins.definitions import Definitions
from zenml_pin.pins.functions import find_wrapped

STEP = """\
import functools

def keep(function):
    @functools.wraps(function)
    def wrapper(*args, **options):
        return function(*args, **options)
    return wrapper

def lose(function):
    def wrapper(*args, **options):
        return function(*args, **options)
    return wrapper

class Thing:
    value = {value}
    def method(self):
        return self.value

def thing():
    return {value}

async def waited():
    return {value}

if True:
    def conditional():
        return {value}

@keep
def kept():
    return {value}

@keep
@functools.lru_cache(maxsize=None)
def kept_twice():
    return {value}

@lose
def lost():
    return {value}

def generator():
    yield {value}

async def async_generator():
    yield {value}

@keep
def kept_generator():
    yield {value}

nameless = lambda: {value}
alias = thing
method = Thing.method
bound = Thing().method
builtin = len
partial = functools.partial(thing)
instance = Thing()
number = {value}

class Looping:
    @property
    def __wrapped__(self):
        return self
    def __call__(self):
        return {value}

circle = Looping()
"""
COUNTED = ["thing", "waited", "conditional", "kept", "kept_twice"]
# What is loaded, the type of the error and a fact in its message.
REFUSED = {
    "lost": "'lose.<locals>.wrapper', which is not at the top level",
    "generator": "is a generator",
    "async_generator": "is a generator",
    "kept_generator": "is a generator",
    "nameless": "is a lambda",
    "alias": "is function 'thing' under another name",
    "method": "'Thing.method', which is not at the top level",
    "bound": "is a bound method",
    "builtin": "is a builtin",
    "partial": "is a partial",
    "instance": "is a Thing",
    "number": "is a int",
    "circle": "is a Looping",
    "lru_cache": "no class or function 'lru_cache'",
}
# The texts of these say so too.
SHOWN = {
    "generator": "it is a generator",
    "async_generator": "it is a generator",
    "nameless": "it is a lambda",
    "alias": "it is another name of 'thing'",
    "number": "it is another value",
    "wrapper": "it is inside another function",
}


@pytest.fixture
def first(repo: Repo) -> str:
    """The commit of value 1; HEAD and the working tree have value 2."""
    first = commit(repo, {"trainers": {"__init__.py": "", "step.py": STEP.format(value=1)}})
    commit(repo, {"trainers": {"__init__.py": "", "step.py": STEP.format(value=2)}})
    return first


def imported(repo: Repo, name: str, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Return a module of the working tree, imported as a script does."""
    monkeypatch.syspath_prepend(repo.path)
    for loaded in [key for key in sys.modules if key.partition(".")[0] == name.partition(".")[0]]:
        monkeypatch.delitem(sys.modules, loaded)
    return importlib.import_module(name)


def value_of(loaded: Any) -> object:
    """Return the value that tells the commit of a class or function."""
    if isinstance(loaded, type):
        return loaded.value  # type: ignore[attr-defined]
    called = loaded()
    if inspect.iscoroutine(called):
        with pytest.raises(StopIteration) as ended:
            called.send(None)
        return ended.value.value
    return called


class TestContract:
    """What holds for a class and for each function that counts."""

    @pytest.fixture(params=["Thing", *COUNTED])
    def name(self, request: pytest.FixtureRequest) -> str:
        """A dotted name."""
        return f"trainers.step.{request.param}"

    def test_load_gives_the_code_of_the_commit(self, repo: Repo, first: str, name: str) -> None:
        """P1: as it was at the commit, whatever the working tree has; two commits live side by side."""
        old, new = (zenml_pin.load(f"{name}@{rev}", repo=repo.path) for rev in (first, "HEAD"))

        assert (value_of(old), value_of(new)) == (1, 2)

    def test_pin_of_a_name_and_of_the_object_are_the_same(
        self, repo: Repo, first: str, name: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """The file of the object decides."""
        module = imported(repo, "trainers.step", monkeypatch)
        source = zenml_pin.pin(name, repo=repo.path, strict=True)

        assert source.commit_id not in (None, first)
        assert zenml_pin.pin(getattr(module, source.name), strict=True) == source
        assert zenml_pin.status(getattr(module, source.name)).clean

    def test_loaded_object_has_the_pin_that_it_came_from(self, repo: Repo, first: str, name: str) -> None:
        """P7: pinning it again does not move the pin."""
        source = zenml_pin.Source.parse(f"{name}@{first}")

        assert zenml_pin.pin(zenml_pin.load(source, repo=repo.path)) == source

    def test_pin_to_a_revision(self, repo: Repo, first: str, name: str) -> None:
        """`commit=` takes any revision."""
        assert zenml_pin.pin(name, commit="HEAD~1", repo=repo.path).commit_id == first

    def test_pickle_finds_it_in_the_pin(self, repo: Repo, first: str, name: str) -> None:
        """By its dotted name."""
        loaded = zenml_pin.load(f"{name}@{first}", repo=repo.path)

        assert pickle.loads(pickle.dumps(loaded)) is loaded

    def test_tree_load(self, repo: Repo, first: str, name: str) -> None:
        """In a block of a checkout too."""
        with zenml_pin.checkout(first, repo=repo.path) as tree:
            assert value_of(tree.load(name)) == 1

    def test_uncommitted_changes_refuse_it(self, repo: Repo, first: str, name: str) -> None:
        """The folder is the unit of cleanliness: unpinned with a warning, and its pins are not loaded."""
        write(repo, {"trainers": {"step.py": STEP.format(value=3)}})

        with pytest.warns(zenml_pin.UnpinnedWarning, match=r"step\.py"):
            assert not zenml_pin.pin(name, repo=repo.path).is_pinned
        with pytest.raises(zenml_pin.UncommittedChangesError):
            zenml_pin.load(f"{name}@{first}", repo=repo.path)

    def test_unpinned_load_is_the_working_tree(self, repo: Repo, first: str, name: str) -> None:
        """As its file is now."""
        write(repo, {"trainers": {"step.py": STEP.format(value=3)}})

        with warnings.catch_warnings():
            # Another test's module of that name may be loaded: then this is a copy, with a warning.
            warnings.simplefilter("ignore", zenml_pin.UnpinnedWarning)
            assert value_of(zenml_pin.load(name, repo=repo.path)) == 3

    def test_bundle_has_what_it_needs(self, repo: Repo, first: str, name: str) -> None:
        """It loads from the bundle alone."""
        bundle = zenml_pin.Bundle.create(f"{name}@{first}", repo=repo.path)

        assert value_of(zenml_pin.load(f"{name}@{first}", repo=bundle)) == 1

    def test_verify(self, repo: Repo, first: str, name: str) -> None:
        """All objects hash back to the commit."""
        from zenml_pin.verification import verify

        assert verify(f"{name}@{first}", repo=repo.path).faults == ()


@pytest.mark.parametrize(("name", "fact"), REFUSED.items(), ids=REFUSED)
def test_load_refuses_other_objects_and_says_what_they_are(
    repo: Repo, first: str, name: str, fact: str
) -> None:
    """A source names a class or a function of that name, and nothing else."""
    with pytest.raises((zenml_pin.NotAClassError, zenml_pin.PinnedAttributeError)) as caught:
        zenml_pin.load(f"trainers.step.{name}@{first}", repo=repo.path)

    assert fact in caught.value.message
    assert first in caught.value.message


@pytest.mark.parametrize(("name", "fact"), SHOWN.items(), ids=SHOWN)
def test_pin_refuses_what_the_text_shows(repo: Repo, first: str, name: str, fact: str) -> None:
    """Nothing is run for that."""
    with pytest.raises(zenml_pin.PinnedAttributeError) as caught:
        zenml_pin.pin(f"trainers.step.{name}", commit=first, repo=repo.path)

    assert f"does not define class or function '{name}' at its top level: {fact}" in caught.value.message
    assert caught.value.hint.startswith("it defines Looping, Thing, ")


def test_pin_refuses_other_objects() -> None:
    """What no source can name has an error that says why."""

    def nested() -> None: ...

    for value, kind, fact in (
        (nested, zenml_pin.UnsupportedError, "is nested"),
        (Repo.join, zenml_pin.UnsupportedError, "function 'Repo.join' is nested"),
        (lambda: 1, zenml_pin.NotAClassError, "is a lambda"),
        (len, zenml_pin.NotAClassError, "builtin_function_or_method object is neither"),
        (3, zenml_pin.NotAClassError, "int object is neither a class nor a function"),
    ):
        with pytest.raises(kind, match=fact):
            zenml_pin.pin(value)  # type: ignore[arg-type]


def test_imported_function_is_named_where_it_is_defined(repo: Repo) -> None:
    """The module that imports it does not define it; as an object it has its own module's name."""
    head = commit(repo, {"steps": {"a.py": "def f(): pass\n", "b.py": "from steps.a import f\n"}})

    with pytest.raises(zenml_pin.NotAClassError, match=r"is a function of module 'steps\.a'"):
        zenml_pin.load(f"steps.b.f@{head}", repo=repo.path)
    module = zenml_pin.import_module("steps.b", head, repo=repo.path)
    assert str(zenml_pin.pin(module.f)) == f"steps.a.f@{head}"


def test_module_of_a_decorator_counts_as_imported(repo: Repo) -> None:
    """P5: a decorator that is not committed keeps the function from being pinned, and its edit is another code id."""
    files = {
        "steps": {"a.py": "from lib.deco import keep\n@keep\ndef f(): return 1\n"},
        "lib": {"deco.py": "def keep(function):\n    return function\n"},
    }
    first = commit(repo, files)
    edited = {"lib": {"deco.py": "def keep(function):\n    function.edited = True\n    return function\n"}}
    write(repo, edited)

    with pytest.warns(zenml_pin.UnpinnedWarning, match=r"lib/deco\.py"):
        assert not zenml_pin.pin("steps.a.f", repo=repo.path).is_pinned
    with pytest.raises(zenml_pin.UncommittedChangesError):
        zenml_pin.pin("steps.a.f", repo=repo.path, strict=True)
    old, new = (zenml_pin.Source("steps.a", "f", rev) for rev in (first, commit(repo, files | edited)))
    assert [hasattr(zenml_pin.load(one, repo=repo.path), "edited") for one in (old, new)] == [False, True]
    assert code_id(old) != code_id(new)


def test_name_that_another_function_took(repo: Repo, monkeypatch: pytest.MonkeyPatch) -> None:
    """A source is loaded by its name, and that leads to the other function."""
    text = "def f(): return 1\nolder = f\ndef f(): return 2\n"
    commit(repo, {"steps": {"a.py": text}})
    module = imported(repo, "steps.a", monkeypatch)

    with pytest.warns(zenml_pin.UnpinnedWarning, match="does not have this class or function under its name"):
        zenml_pin.pin(module.older)
    assert zenml_pin.pin(module.f, strict=True).is_pinned


def test_function_of_this_process_stays_unpinned(monkeypatch: pytest.MonkeyPatch) -> None:
    """As a class of a notebook does."""
    import __main__

    space = {"__name__": "__main__"}
    exec("def of_a_cell(): return 5", space)
    monkeypatch.setattr(__main__, "of_a_cell", space["of_a_cell"], raising=False)
    monkeypatch.delattr(__main__, "__file__", raising=False)

    with pytest.warns(zenml_pin.UnpinnedWarning, match="not defined in a file"):
        assert str(zenml_pin.pin(space["of_a_cell"])) == "__main__.of_a_cell"
    assert zenml_pin.load("__main__.of_a_cell")() == 5


# Statements of random modules: what each binds is sometimes a function that counts.
_NAMES = st.sampled_from(["f", "g", "h"])
_SHAPES = (
    "def {a}(): return 1",
    "async def {a}(): return 1",
    "def {a}(x=1):\n    def inner():\n        yield 1\n    return inner",
    "def {a}(): yield 1",
    "def {a}():\n    for x in (): yield from x",
    "def {a}():\n    return lambda: (yield)",
    "def {a}():\n    def inner(x=(yield)): pass",
    "async def {a}(): yield 1",
    "if 1:\n    def {a}(): pass",
    "try:\n    import nothing_of_that_name\nexcept ImportError:\n    def {a}(): pass",
    "{a} = lambda: 1",
    "{a} = 3",
    "class {a}: pass",
    "class C:\n    def {a}(self): pass",
    "import functools\n@functools.cache\ndef {a}(): pass",
    "import functools\n@functools.wraps(len)\ndef {a}(): pass",
    "@staticmethod\ndef {a}(): pass",
    "def outer():\n    def {a}(): pass",
    "from json import dumps as {a}",
    "if __name__ == '__main__':\n    def {a}(): pass",
    "{a} = globals().get('{b}')",
    "{a} = len",
)
_MODULES = st.lists(st.tuples(st.sampled_from(_SHAPES), _NAMES, _NAMES), min_size=1, max_size=5)
_ALIAS = st.one_of(st.none(), st.tuples(_NAMES, _NAMES))


def counts(module: Any, name: str) -> bool:
    """Say with `inspect` alone whether a module has a function of a name that counts."""
    value = getattr(module, name, None)
    inner = inspect.unwrap(value) if callable(value) else None
    return (
        inspect.isfunction(inner)
        and inner.__module__ == module.__name__
        and inner.__qualname__ == name
        and not any(map(inspect.isgeneratorfunction, (value, inner)))
        and not any(map(inspect.isasyncgenfunction, (value, inner)))
    )


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Repo:
    """A repository for many commits."""
    return init(tmp_path_factory.mktemp("functions"))


@pytest.mark.slow
@given(_MODULES, _ALIAS)
@settings(max_examples=60)
def test_text_load_and_inspect_agree_on_random_modules(
    shared: Repo, statements: list[tuple[str, str, str]], alias: tuple[str, str] | None
) -> None:
    """What `inspect` says at run time is what `load` gives; and a text never hides what `load` gives."""
    lines = [shape.format(a=a, b=b) for shape, a, b in statements]
    lines += [f"{alias[0]} = globals().get({alias[1]!r}, 1)"] if alias is not None else []
    text = "\n".join([*lines, ""])
    head = commit(shared, {"m": {"a.py": text}})
    definitions = Definitions.of(text.encode())
    module = zenml_pin.import_module("m.a", head, repo=shared.path)

    for name in "fgh":
        try:
            loaded = zenml_pin.load(f"m.a.{name}@{head}", repo=shared.path)
        except (zenml_pin.NotAClassError, zenml_pin.PinnedAttributeError):
            loaded = None
        value = getattr(module, name, None)
        assert (loaded is not None) == (isinstance(value, type) or counts(module, name)), text
        assert loaded is None or definitions.may_give(name), text
        bound_once = sum(part.count(f"def {name}(") for part in lines) == 1 and text.count(f" {name}") == 1
        if bound_once and name in definitions.functions and f"{name} =" not in text:
            assert counts(module, name), text
        assert loaded is None or isinstance(loaded, type) or find_wrapped(loaded) is not None
    zenml_pin.unload(head)


@pytest.mark.slow
def test_definitions_of_real_modules_agree_with_inspect() -> None:
    """What a text of the standard library shows as a function, without decorators, is one when it runs."""
    for module in (inspect, os, pickle, importlib):
        definitions = Definitions.of(inspect.getsource(module).encode())
        for name, value in vars(module).items():
            if counts(module, name) and not hasattr(value, "__wrapped__"):
                assert definitions.may_give(name), (module, name)
