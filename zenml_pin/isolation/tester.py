"""A tester: Python code of the user that judges a class, in the process of the trial, after the class is loaded.

    function    it gets the class: an exception, or a result that is false and not None, means bad
    program     as by `python`: exit code 0 means good, 125 "cannot be judged", 1 to 124, 126 and 127 bad

Exit codes mean what they mean to `git bisect run`. A tester is Python only: a program in another language sees its own
denials alone, so that a denial could be taken for "bad".
"""

from __future__ import annotations

from zenml_pin.base import process_environment
from zenml_pin.isolation.attempt import outcome_of
from zenml_pin.isolation.outcomes import LOADED, LONGEST_MESSAGE, OUT_OF_MEMORY

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

GOOD, BAD, SKIPPED = "good", "bad", "skipped"
_SKIP, _MOST_BAD = 125, 127
# Exceptions by which a test says that it did not test: of unittest and of pytest.
_SKIPS = ("SkipTest", "Skipped")


def run_tester(tester: dict[str, Any], cls: type, source: str) -> dict[str, str]:
    """Let a tester judge a class; return the answer and why.

    Args:
        tester: "text" is Python code and "file" its name; "function" is a name in it, or "arguments" are those of the
            program; a program with "module" instead of "text" is an installed module, and a function with "import"
            instead of "text" is imported. "skip_on" are names of exceptions that say nothing about the class.
        cls: The class.
        source: The source, which a program finds in the environment.
    """
    answers: list[dict[str, str]] = []
    run = _run_function if "function" in tester else _run_program
    skips: list[BaseException] = []

    def judge() -> None:
        try:
            answers.append(_judge_result(run(tester, cls, source)))
        except SystemExit as error:
            answers.append(_judge_exit(error.code))
        except BaseException as error:
            names = {cls.__name__ for cls in type(error).__mro__}
            if names & {*_SKIPS, *tester.get("skip_on", ())}:
                skips.append(error)
            raise

    outcome, message = outcome_of(judge)
    if outcome == OUT_OF_MEMORY:
        return {"answer": OUT_OF_MEMORY, "message": ""}
    if outcome != LOADED:
        return {"answer": SKIPPED if skips else BAD, "message": message[:LONGEST_MESSAGE]}
    return answers[0]


def _run_function(tester: dict[str, Any], cls: type, source: str) -> object:
    if "import" in tester:
        from importlib import import_module

        return getattr(import_module(tester["import"]), tester["function"])(cls)
    names = _run_text(tester, "zenml_pin_tester")
    return names[tester["function"]](cls)


def _run_program(tester: dict[str, Any], cls: type, source: str) -> object:
    import runpy
    import sys

    process_environment.set_source(source)
    sys.argv = [str(tester.get("module") or tester["file"]), *tester["arguments"]]
    if "module" in tester:
        runpy.run_module(tester["module"], run_name="__main__", alter_sys=True)
    else:
        _run_text(tester, "__main__")
    return None


def _run_text(tester: dict[str, Any], name: str) -> dict[str, Any]:
    import linecache
    import sys
    from types import ModuleType

    text, file = tester["text"], tester["file"]
    module = ModuleType(name)
    module.__file__ = file
    sys.modules[name] = module
    # For the text of a failed assertion; the file itself is not readable here.
    linecache.cache[file] = len(text), None, text.splitlines(keepends=True), file
    exec(compile(text, file, "exec"), vars(module))
    return vars(module)


def _judge_result(result: object) -> dict[str, str]:
    # Most functions that only assert return None.
    if result is not None and not result:
        return {"answer": BAD, "message": f"the test function returned {str(result)[:LONGEST_MESSAGE]}"}
    return {"answer": GOOD, "message": ""}


def _judge_exit(code: object) -> dict[str, str]:
    if code is None or code == 0:
        return {"answer": GOOD, "message": ""}
    if not isinstance(code, int):
        return {"answer": BAD, "message": str(code)[:LONGEST_MESSAGE]}
    is_bad = 0 < code <= _MOST_BAD and code != _SKIP
    return {"answer": BAD if is_bad else SKIPPED, "message": f"exit code {code}"}
