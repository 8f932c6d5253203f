"""Sources: the grammar, the texts that it refuses, and that parsing and printing are inverse."""

from __future__ import annotations

import pickle
from keyword import iskeyword
from unicodedata import normalize

import pytest
from hypothesis import example, given, strategies as st

from tests.support.invalid_sources import COMMIT, INVALID_SOURCES
from zenml_pin.errors import PinError, SourceSyntaxError
from zenml_pin.source import MAX_LENGTH, Source, is_commit_id, pinned_root

COMMIT_256 = "e9448e0abbc6f03252578ca877bc80c9" * 2

VALID = {
    "unpinned": ("m.C", Source("m", "C")),
    "nested": ("trainers.mine.step.C", Source("trainers.mine.step", "C")),
    "commit": (f"m.C@{COMMIT}", Source("m", "C", COMMIT)),
    "sha256": (f"m.C@{COMMIT_256}", Source("m", "C", COMMIT_256)),
    "release": ("zenml_pin.steps.C@zenml_0.1.0", Source("zenml_pin.steps", "C", release="0.1.0")),
    "release with a suffix": ("m.C@zenml_0.1.4rc1+local", Source("m", "C", release="0.1.4rc1+local")),
    "accented": ("métier.Classe", Source("métier", "Classe")),
    "soft keyword": ("match.case", Source("match", "case")),
}

names = st.from_regex(r"[a-zA-Z_é][a-zA-Z0-9_é]{0,8}", fullmatch=True).filter(
    lambda name: not iskeyword(name) and normalize("NFKC", name) == name
)
commit_ids = st.from_regex(r"[0-9a-f]{40}|[0-9a-f]{64}", fullmatch=True)
releases = st.from_regex(r"[0-9]\.[0-9]{1,2}(rc[0-9])?", fullmatch=True)
sources = st.builds(
    lambda module, name, pin: Source(".".join(module), name, **pin),
    st.lists(names, min_size=1, max_size=5),
    names,
    st.one_of(
        st.just({}),
        st.fixed_dictionaries({"commit_id": commit_ids}),
        st.fixed_dictionaries({"release": releases}),
    ),
)


@pytest.mark.parametrize(("text", "source"), VALID.values(), ids=VALID)
def test_valid_text_parses_and_prints_back(text: str, source: Source) -> None:
    """`Source.parse(str(source)) == source`, and the other way round."""
    assert Source.parse(text) == source
    assert str(source) == text


@pytest.mark.parametrize(("text", "fault"), INVALID_SOURCES.values(), ids=INVALID_SOURCES)
def test_invalid_text_is_refused_with_a_caret_under_the_fault(text: str, fault: str) -> None:
    """The error names the wrong part, and its last line points at it."""
    with pytest.raises(SourceSyntaxError) as caught:
        Source.parse(text)

    error = caught.value
    assert text[error.start : error.end] == fault
    _, shown, carets = str(error).split("\n")
    assert carets.strip() == "^" * max(1, len(carets.strip()))
    assert len(carets) <= len(shown) + 1


def test_the_caret_is_under_the_pin() -> None:
    """The position of the mistake is visible."""
    with pytest.raises(SourceSyntaxError) as caught:
        Source.parse("step.MyTrainer@HEAD")

    assert str(caught.value) == (
        "expected a 40-digit commit id, or a release such as zenml_0.1.4, after '@'\n"
        "  step.MyTrainer@HEAD\n"
        "                 ^^^^"
    )
    assert "can move" in caught.value.hint


def test_a_text_that_is_too_long_is_refused_unread() -> None:
    """A source text has at most 600 characters."""
    longest = "m." + "C" * (MAX_LENGTH - 2)
    assert Source.parse(longest).name == "C" * (MAX_LENGTH - 2)

    with pytest.raises(SourceSyntaxError, match="at most 600 characters, this has 601"):
        Source.parse(longest + "C")


@given(sources)
def test_parse_and_print_are_inverse(source: Source) -> None:
    """For any source: printing and parsing gives the same one."""
    assert Source.parse(str(source)) == source
    assert pickle.loads(pickle.dumps(source)) == source


@given(st.text() | st.text("m.C@zenl_0123456789abcdef\n ", max_size=60))
@example("\ud800.C")
@example("m.C@\x00")
def test_any_text_parses_or_fails_with_a_span_inside_it(text: str) -> None:
    """No text causes anything else, and the message always has three lines."""
    error = _fault(text)
    if error is None:
        assert str(Source.parse(text)) == text
        return

    assert 0 <= error.start <= min(error.end, len(error.text))
    lines = str(error).split("\n")
    assert len(lines) == 3
    assert set(lines[2]) == {" ", "^"}
    str(error).encode("utf-8")


def _fault(text: str) -> SourceSyntaxError | None:
    try:
        Source.parse(text)
    except SourceSyntaxError as error:
        return error
    return None


BUILT_WRONG: dict[str, dict[str, str]] = {
    "two pins": {"module": "m", "name": "C", "commit_id": COMMIT, "release": "0.1"},
    "dotted class": {"module": "m", "name": "C.D", "commit_id": "x"},
    "pin in the module": {"module": f"m.C@{COMMIT}", "name": "D"},
    "pin in the class": {"module": "m", "name": f"C@{COMMIT}"},
    "short id": {"module": "m", "name": "C", "commit_id": "e9448e0"},
    "release as a commit": {"module": "m", "name": "C", "commit_id": "zenml_0.1"},
    "empty module": {"module": "", "name": "C"},
    "dotted name": {"module": "m", "name": "n.C"},
    "empty commit": {"module": "m", "name": "C", "commit_id": ""},
}


@pytest.mark.parametrize("fields", BUILT_WRONG.values(), ids=BUILT_WRONG)
def test_the_constructor_refuses_what_the_grammar_does(fields: dict[str, str]) -> None:
    """Every `Source` can be printed and read back."""
    with pytest.raises(SourceSyntaxError):
        Source(**fields)


def test_dotted_is_the_importable_name() -> None:
    """A pinned class lives in its commit's package, an unpinned one under its own name."""
    assert Source("m.step", "C", COMMIT).dotted == f"zenml_pin.at.g{COMMIT}.m.step.C"
    assert Source("m.step", "C").dotted == "m.step.C"
    assert Source("m.step", "C", release="0.1.0").dotted == "m.step.C"
    assert pinned_root(COMMIT) == f"zenml_pin.at.g{COMMIT}"


def test_at_moves_the_pin_and_drops_a_release() -> None:
    """`at` returns the same class at another commit."""
    assert Source("m", "C", release="0.1.0").at(COMMIT) == Source("m", "C", COMMIT)
    assert Source("m", "C", COMMIT).at(None) == Source("m", "C")


def test_is_pinned_when_a_commit_or_release_is_named() -> None:
    """A release is a pin too: of this package."""
    assert Source("m", "C", COMMIT).is_pinned
    assert Source("m", "C", release="0.1.0").is_pinned
    assert not Source("m", "C").is_pinned


@pytest.mark.parametrize(
    "text", ["", COMMIT[:-1], COMMIT + "0", COMMIT.upper(), COMMIT + "\n", "x" * 40, "１" * 40]
)
def test_only_full_lower_case_ids_are_commit_ids(text: str) -> None:
    """40 or 64 lower-case hexadecimal digits, with nothing around them."""
    assert not is_commit_id(text)
    assert is_commit_id(COMMIT)
    assert is_commit_id(COMMIT_256)


def test_source_errors_are_value_errors() -> None:
    """Callers that catch ValueError, or every error of ours, catch this one."""
    assert issubclass(SourceSyntaxError, ValueError)
    assert issubclass(SourceSyntaxError, PinError)
