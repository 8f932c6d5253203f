"""Objects of pinned code: classes, enums, generators and the rest work as they do after a plain import.

Every text runs plainly and from two commits; the results must differ only in the version.
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable
from typing import Any

import pytest

from tests.support.importing.normal_values import without_pins_and_paths
from tests.support.importing.two_versions import World

Build = Callable[..., World]

BASE = {
    "kit": {
        "__init__.py": "LABEL = 'VERSION'\n",
        "deco.py": "import functools\n"
        "def tagged(function):\n"
        "    @functools.wraps(function)\n"
        "    def inner(*args, **options):\n        return 'VERSION', function(*args, **options)\n"
        "    return inner\n",
        "meta.py": "class Meta(type):\n"
        "    seen = []\n"
        "    def __new__(meta, name, bases, names):\n"
        "        cls = super().__new__(meta, name, bases, names)\n"
        "        cls.made_by = 'VERSION'\n        meta.seen.append(name)\n        return cls\n",
        "registry.py": "REGISTRY = {}\n"
        "class Registered:\n"
        "    def __init_subclass__(cls, **options):\n        super().__init_subclass__(**options)\n"
        "        REGISTRY[cls.__name__] = cls\n"
        "def register(cls):\n    REGISTRY['as ' + cls.__name__] = cls\n    return cls\n",
        "other.py": "class Other:\n    value = 'VERSION'\n",
    }
}

TEXTS = {
    "dataclass with string annotations": """
        from __future__ import annotations
        import dataclasses
        from dataclasses import dataclass, field
        from typing import ClassVar
        from kit.other import Other
        @dataclass(order=True)
        class Point:
            shared: ClassVar[int] = 3
            x: int
            other: Other | None = None
            many: list[Other] = field(default_factory=list)
        @dataclass
        class Inherited(Point):
            z: dataclasses.InitVar[int] = 1
            def __post_init__(self, z): self.double = z * 2
        R = (str(Point(1)), [f.name for f in dataclasses.fields(Inherited)], Inherited(1, z=4).double,
             dataclasses.asdict(Point(2)), dataclasses.replace(Point(1), x=5).x, Point(1) < Point(2), Other.value)
    """,
    "dataclass with slots": """
        from dataclasses import dataclass
        @dataclass(slots=True, frozen=True)
        class Point:
            x: int
            def twice(self): return __class__.__name__, self.x * 2
        R = Point(2).twice(), hasattr(Point(1), '__dict__'), hash(Point(1)) == hash(Point(1))
    """,
    "make_dataclass and namedtuples": """
        import collections, dataclasses, typing
        Made = dataclasses.make_dataclass('Made', ['x'], namespace={'kind': 'VERSION'})
        Pair = collections.namedtuple('Pair', 'a b')
        class Typed(typing.NamedTuple):
            a: int = 1
            b: 'Typed | None' = None
        R = Made(1).x, Made.kind, Pair(1, 2), Pair.__module__, Typed(), Typed.__module__
        S = typing.get_type_hints(Typed)['a'] is int
    """,
    "attrs with slots": """
        import attr, attrs
        from kit.other import Other
        @attr.s(slots=True, auto_attribs=True)
        class Old:
            other: 'Other' = attr.ib(factory=Other)
        @attrs.define
        class Base:
            x: int = 1
            def who(self): return 'base VERSION'
        @attrs.define
        class New(Base):
            y: int = attrs.field(default=2, validator=attrs.validators.instance_of(int))
            def who(self): return super().who(), __class__.__name__
        resolved = attrs.resolve_types(Old)
        R = Old().other.value, New().who(), attrs.asdict(New()), attrs.fields(resolved).other.type is Other, repr(New())
    """,
    "enums": """
        import enum
        class Colour(enum.Enum):
            RED = 'VERSION red'
            BLUE = 2
            @property
            def shout(self): return self.name + '!'
        class Flags(enum.Flag):
            A = enum.auto()
            B = enum.auto()
        Made = enum.Enum('Made', 'X Y', module=__name__)
        R = (Colour('VERSION red').shout, list(Colour.__members__), (Flags.A | Flags.B).value, Made.X.name,
             repr(Colour.RED), Made.__module__)
    """,
    "abstract classes": """
        import abc, collections.abc
        class Shape(abc.ABC):
            @abc.abstractmethod
            def area(self): ...
        class Square(Shape):
            def area(self): return 'VERSION'
        @Shape.register
        class Virtual: pass
        class Sized:
            def __len__(self): return 3
        try:
            Shape()
        except TypeError as error:
            message = 'abstract' in str(error)
        R = isinstance(Virtual(), Shape), Square().area(), message, isinstance(Sized(), collections.abc.Sized)
    """,
    "type hints": """
        from __future__ import annotations
        import typing
        if typing.TYPE_CHECKING:
            from nothing_at_all import Missing
        import kit.other
        from kit.other import Other as Short
        class Holder:
            a: Short
            b: 'kit.other.Other'
            c: typing.Optional['Holder']
            def m(self, x: kit.other.Other) -> list[Holder]: ...
        def f(x: Short, *, y: 'Holder' = None) -> typing.Iterator[Short]: ...
        hints = typing.get_type_hints(Holder)
        R = (hints['a'].value, hints['b'] is Short, hints['c'] == typing.Optional[Holder],
             typing.get_type_hints(Holder.m)['return'] == list[Holder], typing.get_type_hints(f)['y'] is Holder or
             typing.get_type_hints(f)['y'] == typing.Optional[Holder])
    """,
    "protocols and generics": """
        import typing
        T = typing.TypeVar('T')
        @typing.runtime_checkable
        class HasArea(typing.Protocol):
            def area(self) -> int: ...
        class Box(typing.Generic[T]):
            kind = 'VERSION'
            def area(self) -> int: return 1
        class Options(typing.TypedDict, total=False):
            a: int
        R = isinstance(Box(), HasArea), Box[int].kind, str(Box[int]), Options(a=1), Box[int]().area()
    """,
    "super, mixins and descriptors": """
        from kit.registry import Registered
        class Descriptor:
            def __set_name__(self, owner, name): self.owner, self.name = owner.__qualname__, name
            def __get__(self, instance, owner=None): return self.owner, self.name, 'VERSION'
        class A(Registered):
            d = Descriptor()
            def who(self): return ['A']
        class B(A):
            def who(self): return ['B', *super().who()]
        class C(A):
            def who(self): return ['C', *super(C, self).who()]
        class D(B, C):
            def who(self): return ['D VERSION', *super().who()]
        R = D().who(), A.d, [c.__name__ for c in D.__mro__]
    """,
    "singledispatch": """
        import functools
        from kit.other import Other
        @functools.singledispatch
        def show(value): return 'any'
        @show.register
        def _(value: int): return 'int'
        @show.register
        def _(value: 'Other'): return 'other VERSION'
        class Holder:
            @functools.singledispatchmethod
            def show(self, value): return 'any'
            @show.register
            def _(self, value: str): return 'str'
            @functools.cached_property
            def once(self): return object()
        held = Holder()
        R = show(1), show(Other()), show('x'), held.show('x'), held.once is held.once
    """,
    "class registries": """
        from kit import registry
        from kit.registry import REGISTRY, Registered, register
        class Model(Registered): value = 'VERSION'
        @register
        class Plain: value = 'VERSION'
        R = sorted(REGISTRY), REGISTRY['Model'].value, registry.REGISTRY is REGISTRY
    """,
    "metaclasses": """
        from kit.meta import Meta
        class Model(metaclass=Meta): pass
        class Below(Model): pass
        R = Model.made_by, Meta.seen, type(Below).__name__, type(Below).__module__
    """,
    "decorators": """
        from kit.deco import tagged
        import contextlib
        @tagged
        def double(x):
            'Twice.'
            return x * 2
        class Holder:
            @tagged
            def get(self): return 1
            @classmethod
            def make(cls): return cls.__name__
            @staticmethod
            def free(): return 'VERSION'
            @property
            def prop(self): return self.make()
        @contextlib.contextmanager
        def block():
            yield 'VERSION'
        with block() as inside: pass
        R = double(2), double.__doc__, double.__wrapped__(3), Holder().get(), Holder().prop, Holder.free(), inside
    """,
    "async code": """
        import asyncio
        from kit.deco import tagged
        async def number(n):
            await asyncio.sleep(0)
            from kit.other import Other
            return n, Other.value
        async def stream():
            for n in range(2):
                yield await number(n)
        class Block:
            async def __aenter__(self): return 'in'
            async def __aexit__(self, *args): return False
        async def main():
            async with Block() as entered:
                found = [x async for x in stream()]
            return entered, found, await asyncio.gather(number(1), number(2))
        R = asyncio.run(main())
    """,
    "generators": """
        def count():
            got = yield 'VERSION'
            while True:
                from kit import LABEL
                got = yield LABEL, got
        def chain():
            result = yield from inner()
            yield result
        def inner():
            yield 1
            return 'VERSION'
        g = count()
        R = next(g), g.send(5), g.send(6), list(chain()), [*(x for x in range(2))]
    """,
    "module __getattr__": """
        def __getattr__(name):
            if name == 'dynamic': return 'VERSION'
            raise AttributeError(name)
        def __dir__(): return ['dynamic', 'R']
        import sys
        me = sys.modules[__name__]
        R = me.dynamic, getattr(me, 'nothing', None), dir(me)
    """,
    "own entry of sys.modules": """
        import sys
        me = sys.modules[__name__]
        setattr(me, 'added', 'VERSION')
        class Trick(type(me)):
            @property
            def prop(self): return 'VERSION prop'
        me.__class__ = Trick
        R = added, me.prop, globals() is vars(me)
    """,
    "not main": """
        R = 'VERSION', __name__
        if __name__ == '__main__':
            raise SystemExit('ran as main')
    """,
    "exceptions": """
        from kit.deco import tagged
        class Fault(Exception):
            def __init__(self, text): super().__init__(text + ' VERSION')
        @tagged
        def fail(): raise Fault('no') from ValueError('cause')
        try:
            fail()
        except Fault as error:
            R = str(error), repr(error.__cause__), type(error).__module__
    """,
    "globals and closures": """
        counter = 0
        def bump():
            global counter
            counter += 1
            return counter
        def make():
            n = 0
            def inner():
                nonlocal n
                n += 1
                return n, 'VERSION'
            return inner
        f = make()
        R = bump(), bump(), counter, f(), f(), (lambda: __name__)()
    """,
    "copies and weak references": """
        import copy, weakref
        from kit.other import Other
        class Node:
            def __init__(self): self.next, self.other = self, Other()
        node = Node()
        twin = copy.deepcopy(node)
        flat = copy.copy(node)
        R = twin.next is twin, flat.other is node.other, type(twin) is Node, weakref.ref(node)() is node
    """,
    "logging": """
        import logging
        log = logging.getLogger(__name__)
        R = log.name, log.findCaller()[2]
    """,
    "doctest of its own": """
        import doctest, sys
        def f():
            '''
            >>> f()
            'VERSION'
            >>> from kit.other import Other
            >>> Other.__name__
            'Other'
            '''
            return 'VERSION'
        found = doctest.DocTestFinder().find(f, 'f', globs=globals())
        R = len(found[0].examples), found[0].lineno
    """,
}  # fmt: skip


def _module(text: str) -> str:
    import textwrap

    return textwrap.dedent(text)


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
def test_code_works_as_after_a_plain_import(build: Build, text: str) -> None:
    """The results differ only in the version, from either commit and in either order."""
    world = build({**BASE, "case.py": _module(text)})
    second = without_pins_and_paths(world.module("case", world.second).R)
    before = set(sys.modules)
    plain = without_pins_and_paths(importlib.import_module("case").R)
    first = without_pins_and_paths(world.module("case").R)

    assert set(sys.modules) - before >= {"case"}
    assert _versioned(plain, "worktree", "v1") == _versioned(first, "", "")
    assert _versioned(plain, "worktree", "v2") == _versioned(second, "", "")


def _versioned(value: Any, old: str, new: str) -> Any:
    if isinstance(value, str):
        return value.replace(old, new) if old else value
    if isinstance(value, (list, tuple)):
        return [_versioned(item, old, new) for item in value]
    if isinstance(value, dict):
        return {key: _versioned(item, old, new) for key, item in value.items()}
    return value


def test_reload_runs_the_commits_text_again(build: Build) -> None:
    """`importlib.reload` keeps the module object and its pin."""
    world = build({**BASE, "case.py": "from kit import LABEL\ncount = globals().get('count', 0) + 1\n"})
    module = world.module("case")

    assert importlib.reload(module) is module
    assert (module.count, module.LABEL) == (2, "v1")


def test_pinned_function_keeps_its_pin_under_other_globals(build: Build) -> None:
    """The pin is part of a function's import statements."""
    import types

    world = build({**BASE, "case.py": "def get():\n    from kit import LABEL\n    return LABEL\n"})
    function = world.module("case").get

    moved = types.FunctionType(function.__code__, {"__builtins__": __builtins__})

    assert moved() == "v1"


def test_builtins_that_are_patched_later_are_seen(build: Build, monkeypatch: pytest.MonkeyPatch) -> None:
    """Pinned code uses the process's builtins, with later changes."""
    import builtins

    world = build({"case.py": "import kit\ndef get():\n    return made_up_later()\n", **BASE})
    module = world.module("case")

    monkeypatch.setattr(builtins, "made_up_later", lambda: "patched", raising=False)

    assert module.get() == "patched"
