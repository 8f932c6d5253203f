"""Runs pytest where all imports are lazy (PEP 810), but those of pytest itself, which cannot be imported lazily.

    python -X lazy_imports=all pytest_all_lazy.py ARGUMENTS

Without xdist: its workers would not get the option.
"""

from __future__ import annotations

import sys

# What imports pytest, and what pytest imports, in circles that work only in one order.
EAGER = frozenset(
    [
        "_hypothesis_globals",
        "_hypothesis_pytestplugin",
        "_pytest",
        "coverage",
        "hypothesis",
        "iniconfig",
        "packaging",
        "pluggy",
        "pygments",
        "pytest",
    ]
)
# By the reason why they fail where all imports are lazy, from a pin and from a checkout.
NOT_LAZY = {
    "read what a text binds by its key in a namespace, where it is not imported yet": [
        "test_bindings.py::test_statement_binds_what_a_plain_import_binds[compile]",
        *[
            "test_by_path.py::"
            f"test_library_that_runs_a_plugin_by_its_path_never_gets_the_working_trees_modules[{files}]"
            for files in ("laid", "materialized")
        ],
        "test_imports_stay_pinned.py::test_import_that_runs_later_stays_in_the_pin[exec]",
        "test_leaks.py::test_text_that_imports_takes_the_commits_file",
        *[
            f"test_new_python.py::{test}[{text}]"
            for test in ("test_module", "test_package", "test_script", "test_text_given_to_exec")
            for text in ("exec with keywords", "t-string with exec")
        ],
        "test_pickles.py::test_runpy_runs_a_module_of_the_commit",
    ],
    "look for a module in `sys.modules` that is not imported yet": [
        "rewriting/test_modules_view.py::test_change_of_a_plain_name_stays_in_the_pin",
        *[
            f"rewriting/test_modules_view.py::test_first_party_name_gives_the_commits_module[{way}]"
            for way in (
                *("subscript", "get", "default", "variable", "argument", "in a function"),
                *("under another name", "in a text", "over two lines"),
            )
        ],
    ],
    "expect that a module's body imports, or fails to": [
        "rewriting/test_likenesses.py::test_name_that_this_python_does_not_have_is_refused_as_in_a_checkout",
        "test_state.py::test_failing_body_leaves_no_residue_and_runs_again",
        "test_state.py::test_missing_library_names_its_requirement",
        "test_suggestions.py::test_names_of_a_pinned_module_are_suggested",
        "test_zenml_names.py::test_an_unknown_name_is_in_the_error",
    ],
    "have a package whose own name hides its module: Python then takes the module": [
        "test_bindings.py::test_statement_binds_what_a_plain_import_binds[shadowed attribute]"
    ],
    "look for an attribute of a package that Python then imports": [
        "test_state.py::test_unload_drops_modules_and_frees_them"
    ],
    "take `__lazy_import__` from builtins, so that Python refuses each import": [
        "test_leaks.py::test_similar_code_works_as_in_a_plain_module[namespace left as it was]"
    ],
}


def is_lazy(importer: str | None, name: str, names: object) -> bool:
    """Tell whether an import may be lazy; for `sys.set_lazy_imports_filter`."""
    return (importer or "").partition(".")[0] not in EAGER


def main(arguments: list[str]) -> int:
    """Run pytest and return its exit code."""
    assert sys.get_lazy_imports() == "all", "run Python with -X lazy_imports=all"  # type: ignore[attr-defined]
    sys.set_lazy_imports_filter(is_lazy)  # type: ignore[attr-defined]
    import pytest

    without = [f"--deselect=tests/importing/{test}" for tests in NOT_LAZY.values() for test in tests]
    return int(pytest.main(["-n", "0", *without, *arguments]))


# A worker process that is spawned runs this file again, under another name.
if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
