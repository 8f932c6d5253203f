"""What Python 3.11 to 3.15 brought, run natively from the working tree and from a pin: the answers are the same.

Each text defines get(), whose value holds "VERSION" wherever it took something from the repository, so that a leak
shows as the working tree's word.
"""

from __future__ import annotations

import importlib
import runpy
import sys
import warnings
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.importing.test_lazy_statements import STATEMENTS
from tests.support.importing.two_versions import World

Build = Callable[..., World]

HELPERS = {
    "helper.py": "value = 'VERSION'\nclass T:\n    v = 'VERSION'\nclass E(Exception): pass\n"
    "def f(x): return (x, value)\n",
    "bad.py": "raise ValueError('bad')\n",
    "pkg": {
        "__init__.py": "value = 'VERSION'\n",
        "sub.py": "value = 'VERSION'\nclass S: v = 'VERSION'\n",
        "noted.py": "import pkg\npkg.noted_by = 'VERSION'\n",
        "below": {"__init__.py": "", "deep.py": "value = 'VERSION'\n"},
    },
    "folder": {"deep.py": "value = 'VERSION'\n"},
}

# (since, text)
TEXTS: dict[str, tuple[tuple[int, int], str]] = {
    # 3.11
    "except*": (
        (3, 11),
        "import helper\ndef get():\n    try: raise ExceptionGroup('g', [helper.E(1), ValueError()])\n"
        "    except* helper.E as e: a = helper.value + str(len(e.exceptions))\n"
        "    except* ValueError: b = 1\n    return a, b",
    ),
    "nested except*": (
        (3, 11),
        "def get():\n    try: raise ExceptionGroup('g', [KeyError(1)])\n"
        "    except* KeyError:\n        import helper\n        x = helper.value\n    return x",
    ),
    "match class": (
        (3, 11),
        "import helper\ndef get():\n    match helper.T():\n        case helper.T(v=x): return x",
    ),
    "match in import": (
        (3, 11),
        "match 1:\n    case 1:\n        from helper import value\ndef get(): return value",
    ),
    "starred index": (
        (3, 11),
        "import helper\nclass A:\n    def __class_getitem__(c, k): return k\n"
        "def get(): return A[*helper.f(1)]",
    ),
    "async comprehension": (
        (3, 11),
        "import asyncio, helper\nasync def g():\n    yield helper.value\n"
        "async def m(): return [[x async for x in g()] for _ in '1']\ndef get(): return asyncio.run(m())",
    ),
    "task group": (
        (3, 11),
        "import asyncio\nasync def one():\n    import helper\n    return helper.value\nasync def m():\n"
        "    async with asyncio.TaskGroup() as g: t = g.create_task(one())\n    return t.result()\n"
        "def get(): return asyncio.run(m())",
    ),
    "add_note": (
        (3, 11),
        "import helper\ndef get():\n    e = helper.E()\n    e.add_note(helper.value)\n    return e.__notes__",
    ),
    "assert_type and Self": (
        (3, 11),
        "from typing import Self\nimport helper\nclass A(helper.T):\n    def s(self) -> Self: return self\n"
        "def get(): return A().s().v",
    ),
    # 3.12
    "type alias": (
        (3, 12),
        "import helper\ntype X = list[helper.T]\ndef get(): return X.__value__.__args__[0].v",
    ),
    "lazy type alias": (
        (3, 12),
        "type X = __import__('helper').T\nimport pkg.sub\ndef get(): return X.__value__.v",
    ),
    "type parameters": (
        (3, 12),
        "import helper\ndef f[T: helper.T](x: T) -> T: return x\n"
        "def get(): return f.__type_params__[0].__bound__.v",
    ),
    "generic class": (
        (3, 12),
        "import pkg.sub\nclass A[T: (int, pkg.sub.S)]:\n    x: T\n"
        "def get(): return A.__type_params__[0].__constraints__[1].v",
    ),
    "nested f-string": (
        (3, 12),
        'import helper\ndef get(): return f"{f"{helper.value!r:>{len("abc")}}"}"',
    ),
    "f-string with import": ((3, 12), "def get(): return f\"{__import__('helper').value}\""),
    "override": (
        (3, 12),
        "from typing import override\nimport helper\nclass A(helper.T):\n    @override\n"
        "    def f(self): return self.v\ndef get(): return A().f()",
    ),
    "comprehension inlined": (
        (3, 12),
        "from helper import value\nclass A:\n    y = [value for _ in '12']\ndef get(): return A.y",
    ),
    "buffer": (
        (3, 12),
        "import helper\nclass B:\n    def __buffer__(self, f): return memoryview(helper.value.encode())\n"
        "def get(): return bytes(B()).decode()",
    ),
    # 3.13
    "type defaults": (
        (3, 13),
        "import helper\ndef f[T = helper.T](): pass\ndef get(): return f.__type_params__[0].__default__.v",
    ),
    "locals of a function": (
        (3, 13),
        "import helper\ndef get():\n    x = 1\n    exec('x = 2')\n    return x, helper.value",
    ),
    "locals snapshot": (
        (3, 13),
        "def get():\n    ns = locals()\n    exec('import helper; y = helper.value', globals(), ns)\n"
        "    return ns['y']",
    ),
    "exec with keywords": (
        (3, 13),
        "def get():\n    ns = {}\n    exec('from helper import value', globals=ns)\n    return ns['value']",
    ),
    "eval with keywords": (
        (3, 13),
        "def get(): return eval('__import__(\"helper\").value', globals={}, locals={})",
    ),
    "docstring stripped": (
        (3, 13),
        "import helper\ndef f():\n    '''a\n       b'''\ndef get(): return f.__doc__, helper.value",
    ),
    "copy.replace": (
        (3, 13),
        "import copy, dataclasses, helper\n@dataclasses.dataclass\nclass D:\n    x: int\n"
        "    y: str = helper.value\n"
        "def get(): return copy.replace(D(1), x=2).y",
    ),
    # 3.14: PEP 649 and 749
    "deferred annotation": (
        (3, 14),
        "def f(x: T) -> value: pass\nfrom helper import T, value\n"
        "def get(): return f.__annotations__['x'].v, f.__annotations__['return']",
    ),
    "annotation with an import": (
        (3, 14),
        "def f(x: __import__('helper').value): pass\ndef get(): return f.__annotations__",
    ),
    "class annotation": (
        (3, 14),
        "class A:\n    x: helper.value\nimport helper\ndef get(): return A.__annotations__",
    ),
    "module annotation": (
        (3, 14),
        "import sys\nx: helper.value = 1\nimport helper\n"
        "m = sys.modules[__name__] if __name__ in sys.modules else None\n"
        "def get(): return __annotate__(1)",
    ),
    "forward reference": (
        (3, 14),
        "import annotationlib\ndef f(x: missing, y: helper.T): pass\nimport helper\n"
        "def get():\n    a = annotationlib.get_annotations(f, format=annotationlib.Format.FORWARDREF)\n"
        "    return type(a['x']).__name__, a['y'].v",
    ),
    "string format": (
        (3, 14),
        "import annotationlib, helper\ndef f(x: helper.T, y: list[missing], z: compile): pass\n"
        "def get(): return annotationlib.get_annotations(f, format=annotationlib.Format.STRING), helper.value",
    ),
    "string format of calls": (
        (3, 14),
        "import annotationlib, sys, helper\n"
        "def f(a: __import__('helper').T, b: sys.modules['helper'].T, c: list[eval('int')], d: exec, "
        "e: compile('1', '', 'eval'), f: getattr(sys, 'modules')['helper'], *g: __import__('helper').T): pass\n"
        "class A:\n    x: eval(eval('1'))\n    y: sys.modules\n"
        "def get():\n    get = annotationlib.get_annotations\n"
        "    return get(f, format=annotationlib.Format.STRING), get(A, format=annotationlib.Format.STRING), "
        "get(f)['a'].v, [get(f, format=annotationlib.Format.FORWARDREF)[name].v for name in 'abg']",
    ),
    "string format of type parameters": (
        (3, 14),
        "import annotationlib, sys, helper\ntype X = __import__('helper').T\ntype Y = list[exec]\n"
        "def f[B: __import__('helper').T, C: (eval('int'), str), D = sys.modules['helper'], *E = eval('X')](): pass\n"
        "def get():\n    b, c, d, e = f.__type_params__\n"
        "    all = X.evaluate_value, Y.evaluate_value, b.evaluate_bound, c.evaluate_constraints, "
        "d.evaluate_default, e.evaluate_default\n"
        "    show = annotationlib.call_evaluate_function\n"
        "    return [str(show(one, annotationlib.Format.STRING)) for one in all], X.__value__.v, b.__bound__.v",
    ),
    "future annotations of an import": (
        (3, 11),
        "from __future__ import annotations\nimport typing, helper\ndef f(x: __import__('helper').T): pass\n"
        "def get(): return typing.get_type_hints(f)['x'].v, f.__annotations__, __import__('helper').T.v",
    ),
    "annotate function": (
        (3, 14),
        "import helper\ndef f(x: helper.value): pass\ndef get(): return f.__annotate__(1)",
    ),
    "future annotations": (
        (3, 14),
        "from __future__ import annotations\nimport typing, helper\ndef f(x: helper.T, y: eval): pass\n"
        "def get(): return typing.get_type_hints(f)['x'].v, f.__annotations__",
    ),
    "conditional annotations": (
        (3, 14),
        "import helper\nif helper.value: x: helper.value\nelse: y: int\ndef get(): return __annotate__(1)",
    ),
    "get_type_hints": (
        (3, 14),
        "import typing\nclass A:\n    t: 'helper.T'\nimport helper\n"
        "def get(): return typing.get_type_hints(A)['t'].v",
    ),
    "dataclass": (
        (3, 14),
        "import dataclasses\n@dataclasses.dataclass\nclass A:\n    x: 'helper.T' = None\n"
        "    y: int = 1\nimport helper\n"
        "def get(): return [f.name for f in dataclasses.fields(A)], helper.value",
    ),
    "NamedTuple": (
        (3, 14),
        "import typing, helper\nclass A(typing.NamedTuple):\n    x: helper.T\n"
        "def get(): return A.__annotations__['x'].v",
    ),
    "TypedDict": (
        (3, 14),
        "import typing, helper\nclass A(typing.TypedDict):\n    x: helper.T\n"
        "def get(): return A.__annotations__['x'].v",
    ),
    "singledispatch": (
        (3, 14),
        "import functools, helper\n@functools.singledispatch\ndef f(x): return 0\n@f.register\n"
        "def _(x: helper.T): return x.v\n"
        "def get(): return f(helper.T())",
    ),
    # 3.14: PEP 750
    "t-string": (
        (3, 14),
        "import helper\ndef get():\n    t = t'a{helper.value!r:>5}b'\n    i = t.interpolations[0]\n"
        "    return t.strings, i.value, i.expression, i.conversion, i.format_spec",
    ),
    "t-string with an import": ((3, 14), "def get(): return t'{__import__(\"helper\").value}'.values"),
    "t-string with exec": (
        (3, 14),
        'ns = {}\ndef get(): return t\'{exec("from helper import value", ns)}{ns["value"]}\'.values',
    ),
    "t-string with a builtin": (
        (3, 14),
        "import helper\ndef get():\n    i = t'{compile}{ helper.value }'.interpolations\n"
        "    return [x.expression for x in i], i[1].value",
    ),
    "t-string debug": (
        (3, 14),
        "import helper\ndef get():\n    t = t'{helper.value=}'\n    return t.strings, t.values",
    ),
    "nested t-string": (
        (3, 14),
        "import helper\ndef get(): return t'{t\"{helper.value}\"}'.values[0].values",
    ),
    "raw t-string": (
        (3, 14),
        "import helper\ndef get(): return rt'\\d{helper.value}'.strings, rt'\\d{helper.value}'.values",
    ),
    "t-string in exec": (
        (3, 14),
        "ns = {}\nexec('import helper\\nx = t\"{helper.value}\"', ns)\ndef get(): return ns['x'].values",
    ),
    # 3.14: PEP 758, 765 and others
    "except without brackets": (
        (3, 14),
        "import helper\ndef get():\n    try: raise KeyError\n"
        "    except KeyError, helper.E: return helper.value",
    ),
    "except* without brackets": (
        (3, 14),
        "import helper\ndef get():\n    try: raise ExceptionGroup('g', [helper.E()])\n"
        "    except* KeyError, helper.E: x = helper.value\n    return x",
    ),
    "finally": ((3, 14), "import helper\ndef get():\n    try: return helper.value\n    finally: str()"),
    "return in finally": (
        (3, 14),
        "import helper\ndef get():\n    try: raise KeyError\n    finally: return helper.value",
    ),
    "compressed": (
        (3, 14),
        "from compression import zstd\nimport helper\n"
        "def get(): return zstd.decompress(zstd.compress(helper.value.encode())).decode()",
    ),
    "slice constant": (
        (3, 14),
        "from helper import value\ndef get(): return value[0:1], 'abc'[1:2], [1, 2, 3][::2]",
    ),
    "slice constant, rewritten": (
        (3, 14),
        "import helper\ndef get(): return helper.value[:1], 'abc'[1:2], (1, 2)[-1:]",
    ),
    "map strict": (
        (3, 14),
        "import helper\ndef get(): return list(map(lambda a, b: (a, b), helper.value, helper.value, strict=True))",
    ),
    "partial placeholder": (
        (3, 14),
        "import functools, helper\n"
        "def get(): return functools.partial(lambda a, b: (a, b), functools.Placeholder, helper.value)(1)",
    ),
    "union type": ((3, 14), "import typing, helper\ndef get(): return typing.get_args(helper.T | int)[0].v"),
    # 3.15: PEP 798 and others
    "unpacking in a list": ((3, 15), "import helper\ndef get(): return [*helper.f(x) for x in (1, 2)]"),
    "unpacking in a set": ((3, 15), "import helper\ndef get(): return sorted({*helper.value for _ in '1'})"),
    "unpacking in a generator": (
        (3, 15),
        "import helper\ndef get(): return list((*helper.f(x) for x in '1'))",
    ),
    "unpacking in a dict": (
        (3, 15),
        "import helper\ndef get(): return {**d for d in ({'a': helper.value},)}",
    ),
    "unpacking with an import": ((3, 15), "def get(): return [*[__import__('helper').value] for _ in '1']"),
    "frozendict": ((3, 15), "import helper\ndef get(): return frozendict(a=helper.value)['a']"),
    "sentinel": ((3, 15), "import helper\nM = sentinel('M')\ndef get(): return repr(M), helper.value"),
    "compile with a module": (
        (3, 15),
        "import helper\ndef get(): return eval(compile('helper.value', 'x', 'eval', module='m'))",
    ),
    "exec with a lazy import": (
        (3, 15),
        "ns = {'__name__': 'm'}\nexec('lazy from helper import T', ns)\ndef get(): return eval('T.v', ns)",
    ),
    "lazy annotation": (
        (3, 15),
        "lazy from helper import T\ndef f(x: T): pass\ndef get(): return f.__annotations__['x'].v",
    ),
    "lazy base class": ((3, 15), "lazy import helper\nclass A(helper.T): pass\ndef get(): return A.v"),
    "lazy in a type parameter": (
        (3, 15),
        "lazy import pkg.sub\ndef f[T: pkg.sub.S](x: T): pass\n"
        "def get(): return f.__type_params__[0].__bound__.v",
    ),
    "lazy in match": (
        (3, 15),
        "lazy import helper\ndef get():\n    match helper.T():\n        case helper.T(v=x): return x",
    ),
    "lazy decorator": ((3, 15), "lazy from helper import f\n@f\ndef g(): pass\ndef get(): return g[1]"),
    "lazy re-export": (
        (3, 15),
        "lazy from helper import value\n__all__ = ['value']\ndef get(): return globals()['value'] and value",
    ),
    "lazy and TYPE_CHECKING": (
        (3, 15),
        "TYPE_CHECKING = False\nlazy from no_such_library import X\n"
        "if TYPE_CHECKING: import other_missing\n"
        "import helper\ndef f(x: X): pass\ndef get(): return helper.value",
    ),
    "lazy, deleted": (
        (3, 15),
        "lazy import bad\nlazy import helper\ndel bad\ndef get(): return 'bad' in globals(), helper.value",
    ),
    "lazy, bound again": (
        (3, 15),
        "lazy import bad\nimport helper\nbad = helper.value\ndef get(): return bad",
    ),
    "lazy, in vars": (
        (3, 15),
        "lazy import helper, bad\nkinds = [type(vars_).__name__ for vars_ in (globals()['helper'], globals()['bad'])]\n"
        "def get(): return kinds, helper.value",
    ),
    "lazy, in threads": (
        (3, 15),
        "lazy import helper\nfrom concurrent.futures import ThreadPoolExecutor\n"
        "def get():\n    with ThreadPoolExecutor(4) as p: return list(p.map(lambda _: helper.value, range(8)))",
    ),
    "lazy, failing and caught": (
        (3, 15),
        "lazy import bad\nimport helper\ndef get():\n    try: bad\n"
        "    except ValueError as e: return str(e), helper.value",
    ),
    "lazy, twice failing": (
        (3, 15),
        "lazy import bad\nimport helper\nsaid = []\ndef get():\n    for _ in '12':\n        try: bad\n"
        "        except ValueError: said.append(1)\n    return said[:2], helper.value",
    ),
    "sys.lazy_modules": (
        (3, 15),
        "import sys\nlazy import helper, pkg.sub\n"
        "before = {n[-6:] for n in sys.lazy_modules if n.endswith(('helper', 'pkg.sub'))}\n"
        "def get(): return sorted(before), helper.value",
    ),
}
for _name, _text in STATEMENTS.items():
    TEXTS[f"PEP 810: {_name}"] = ((3, 15), _text)


@pytest.fixture(autouse=True)
def plain_names() -> Iterator[None]:
    """Take away what a test imports by its plain name."""
    before = set(sys.modules)
    yield
    for name in set(sys.modules) - before:
        if name.partition(".")[0] in ("helper", "pkg", "step", "bad", "folder", "package", "text"):
            del sys.modules[name]


def params(kind: str) -> list[Any]:
    """Return the texts that this Python can run in a kind of place."""
    return [
        pytest.param(text, id=name)
        for name, (since, text) in TEXTS.items()
        if sys.version_info >= since
        # A text has no package, and a script no name that others import.
        if kind == "module" or ("relative" not in name and "from ." not in text)
        # Such a class is not of the module that its name says.
        if kind != "text" or "get_type_hints(A)" not in text
        # Such an annotation means the name of its module, and the namespace of a text is its author's.
        if kind != "text" or name != "future annotations of an import"
    ]


def same(world: World, plain: object, first: object, second: object) -> None:
    """Compare what get() gave natively and from the two pins."""
    answers = [
        repr(answer).replace(f"zenml_pin.at.g{commit}.", "")
        for answer, commit in ((plain, ""), (first, world.first), (second, world.second))
    ]
    assert "worktree" in answers[0] or "'w'" in answers[0]
    assert "'w'" not in answers[1] + answers[2]
    assert "worktree" not in answers[1] + answers[2]
    if "'w'" not in answers[0]:
        told = [
            answer.replace(word, "@") for answer, word in zip(answers, ("worktree", "v1", "v2"), strict=True)
        ]
        assert told[0] == told[1] == told[2]


@pytest.mark.filterwarnings("ignore::SyntaxWarning")
@pytest.mark.parametrize("text", params("module"))
def test_module(build: Build, text: str) -> None:
    """Imported by its name."""
    world = build(
        HELPERS | {"step": {"__init__.py": "", "made.py": text + "\n", "other.py": "value = 'VERSION'\n"}}
    )

    first, second = (world.module("step.made", commit).get() for commit in (world.first, world.second))
    plain = importlib.import_module("step.made").get()

    same(world, plain, first, second)


@pytest.mark.quick(every=2)
@pytest.mark.filterwarnings("ignore::SyntaxWarning")
@pytest.mark.parametrize("text", params("package"))
def test_package(build: Build, text: str) -> None:
    """In a package's `__init__`, next to a module that names the routed builtins."""
    world = build(
        HELPERS
        | {"package": {"__init__.py": f"import importlib\n{text}\n" if "__future__" not in text else text}}
    )

    first, second = (world.module("package", commit).get() for commit in (world.first, world.second))
    plain = importlib.import_module("package").get()

    same(world, plain, first, second)


@pytest.mark.quick(every=2)
@pytest.mark.filterwarnings("ignore::SyntaxWarning")
@pytest.mark.parametrize("text", params("text"))
def test_text_given_to_exec(build: Build, text: str) -> None:
    """The pinned module runs the text itself."""
    runs = (
        f"TEXT = {text!r}\nns = {{'__name__': __name__}}\nexec(TEXT, ns)\n"
        + "def get(): return ns['get']()\n"
    )
    world = build(HELPERS | {"text.py": runs})

    first, second = (world.module("text", commit).get() for commit in (world.first, world.second))
    plain = importlib.import_module("text").get()

    same(world, plain, first, second)


@pytest.mark.quick(every=2)
@pytest.mark.filterwarnings("ignore::SyntaxWarning")
@pytest.mark.parametrize("text", params("script"))
def test_script(build: Build, text: str) -> None:
    """As `python -m` runs it, which is runpy."""
    world = build(HELPERS | {"step": {"__init__.py": "", "made.py": text + "\nresult = get()\n"}})

    def run(name: str) -> object:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return runpy.run_module(name, run_name="__main__", alter_sys=True)["result"]

    world.module("step")
    world.module("step", world.second)
    first, second = (run(f"zenml_pin.at.g{commit}.step.made") for commit in (world.first, world.second))

    same(world, run("step.made"), first, second)
