"""The suites that run from inside a pin, and what is excluded from them, with the reason.

An excluded test runs too: as soon as it has the same outcome as in a plain run, its exclusion must be removed.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from tests.support.thorough import usually


@dataclass(frozen=True)
class Suite:
    """A package's tests.

    Attributes:
        requirement: What to download.
        packages: Its top-level packages.
        tests: The folder of its tests in the sdist.
        root: The folder that makes its packages importable, "" or "src".
        source_roots: The setting in the commit's setup.cfg, if its tests import files beside them.
        needs: What else to install.
        environment: Variables for its tests; FOLDER stands for the unpacked sdist.
        excluded: Tests by the reason why they fail under another module name.
        excluded_in_memory: Tests that pass only with `materialize=`.
        used_by_pytest: Whether pytest itself imports it by its plain name.
        left_out: Tests that are run by hand alone, by the reason why they tell little about imports.
    """

    requirement: str
    packages: tuple[str, ...]
    tests: str
    root: str = ""
    source_roots: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()
    environment: dict[str, str] = field(default_factory=dict)
    excluded: dict[str, str] = field(default_factory=dict)
    excluded_in_memory: dict[str, str] = field(default_factory=dict)
    used_by_pytest: bool = False
    left_out: dict[str, str] = field(default_factory=dict)

    def exclusions(self, materialized: bool) -> set[str]:
        """Return the excluded tests as `test_module.Class::test`; a name that ends in "::" is followed by its tests."""
        texts = [*self.excluded.values(), *([] if materialized else self.excluded_in_memory.values())]
        names, holder = set(), ""
        for word in " ".join(texts).split():
            if word.endswith("::"):
                holder = word
            else:
                names.add(holder + word)
        return names

    def deselections(self) -> list[str]:
        """Return the options of pytest for the tests that are left out, unless all cases are to be tried."""
        texts = usually(self.left_out, {}).values()
        return [f"--deselect={name}" for name in " ".join(texts).split()]


FILE_NAME = "compares the file name of code with __file__, and they differ (N9)"
PLAIN_NAME = "compares a text with the plain dotted name"

SUITES = {
    "toolz": Suite(
        "toolz==1.2.0",
        ("toolz", "tlz"),
        "toolz/tests",
        # Its version is that of the installed distribution.
        needs=("toolz==1.2.0",),
        excluded={
            PLAIN_NAME: "test_curried:: test_module_name test_functoolz:: test_curry_module",
            "tlz takes itself from sys.modules by its plain name (N12)": "test_tlz:: test_tlz",
        },
    ),
    "more-itertools": Suite(
        "more-itertools==11.2.1",
        ("more_itertools",),
        "tests",
        excluded={
            "mock.patch of a plain name in a string (N12)": "test_recipes.AllEqualTests:: test_groupby_calls"
        },
        left_out={
            "computes for long": "test_recipes.py::PrimeFunctionTests "
            "test_recipes.py::PolynomialFromRootsTests::test_large "
            "test_recipes.py::RunningMedianTests::test_vs_statistics_median test_more.py::ExtractTests "
            "test_more.py::TestRandomOrderedRange::test_lcg_mitigation test_more.py::TestConcurrentTee "
            "test_more.py::DiscreteFourierTransformTests test_more.py::IsliceExtendedTests::test_all "
            "test_more.py::TestSerialize::test_concurrent_calls",
        },
    ),
    "jsonschema": Suite(
        "jsonschema==4.26.0",
        ("jsonschema",),
        "jsonschema/tests",
        needs=("jsonschema[format]==4.26.0", "jsonpath-ng"),
        environment={"JSON_SCHEMA_TEST_SUITE": "FOLDER/json"},
        excluded={
            FILE_NAME: "test_deprecations.TestDeprecations:: test_ErrorTree_setitem "
            "test_FormatChecker_cls_checks test_RefResolutionError test_RefResolver "
            "test_RefResolver_in_scope test_Validator_is_valid_two_arguments "
            "test_Validator_iter_errors_two_arguments test_Validator_resolver test_Validator_subclassing "
            "test_draftN_format_checker test_import_ErrorTree test_import_FormatError test_import_Validator "
            "test_validators_ErrorTree test_validators_meta_schemas test_validators_validators test_version "
            "test_validators.TestValidatorFor:: test_warns_if_meta_schema_specified_was_not_found",
            "runs 'python -m jsonschema' in a process of its own, a plain name": "test_deprecations.TestDeprecations:: "
            "test_cli test_cli.TestCLIIntegration:: test_no_arguments_shows_usage_notes test_version",
        },
        left_out={
            "the tables of drafts 3 and 2020-12 once more, for others": "test_jsonschema_test_suite.py::TestDraft4 "
            "test_jsonschema_test_suite.py::TestDraft6 test_jsonschema_test_suite.py::TestDraft7 "
            "test_jsonschema_test_suite.py::TestDraft201909",
        },
    ),
    "jinja2": Suite(
        "jinja2==3.1.6",
        ("jinja2",),
        "tests",
        "src",
        ("src", "tests"),
        ("markupsafe", "trio"),
        excluded={
            FILE_NAME: "test_debug.TestDebug:: test_regular_syntax_error",
            PLAIN_NAME: "test_debug.TestDebug:: test_syntax_error test_utils.TestHelpers:: test_object_type_repr",
            "a template compiled to a file imports jinja2 by its plain name (N12)": "test_loader.TestModuleLoader:: "
            "test_choice_loader test_deflated_zip_compile test_filesystem_compile test_path_as_pathlib "
            "test_prefix_loader test_stored_zip_compile test_supports_pathlib_in_list_of_paths "
            "test_weak_references",
            "imports from a zip file that is committed": "test_loader:: test_package_zip_list "
            "test_package_zip_omit_curdir test_package_zip_source",
        },
        excluded_in_memory={
            FILE_NAME: "test_debug.TestDebug:: test_runtime_error",
        },
    ),
    "pluggy": Suite(
        "pluggy==1.7.0",
        ("pluggy",),
        "testing",
        "src",
        excluded={
            FILE_NAME: "test_details:: test_not_all_arguments_warning_points_at_the_caller "
            "test_multicall:: test_hookwrapper_too_many_yield test_wrapper_too_many_yield "
            "test_warnings:: test_teardown_raised_warning",
            PLAIN_NAME: "test_details:: test_dunder_getattr_missing_raises test_hookcaller:: test_hook_conflict",
        },
        used_by_pytest=True,
    ),
}
