"""The pinned modules that a pickle names, read without unpickling it."""

from __future__ import annotations

import pickle

from hypothesis import given, strategies as st

from zenml_pin.bundles.pickled_names import modules_in

IDS = st.text("0123456789abcdef", min_size=40, max_size=40)
MODULES = st.lists(st.sampled_from(["trainers", "step", "_", "n" * 300]), min_size=1, max_size=4).map(
    ".".join
)
PROTOCOLS = st.integers(0, pickle.HIGHEST_PROTOCOL)


@given(st.dictionaries(IDS, MODULES, min_size=1, max_size=3), PROTOCOLS, PROTOCOLS)
def test_every_name_is_found_at_any_depth(modules: dict[str, str], inner: int, outer: int) -> None:
    """In a pickle, and in a pickle that another one contains as bytes."""
    names = [f"zenml_pin.at.g{commit_id}.{module}" for commit_id, module in modules.items()]
    flat = pickle.dumps([*names, 140, 0x58], outer)
    nested = pickle.dumps({"inputs": pickle.dumps(names, inner)}, max(outer, 3))

    assert set(modules.items()) <= modules_in(flat)
    assert set(modules.items()) <= modules_in(nested)


@given(IDS, st.integers(1, pickle.HIGHEST_PROTOCOL))
def test_name_with_letters_of_any_script_is_found(commit_id: str, protocol: int) -> None:
    """From the first binary protocol on; today's pickles are binary."""
    assert modules_in(pickle.dumps(f"zenml_pin.at.g{commit_id}.étape.पद", protocol)) == {
        (commit_id, "étape.पद")
    }


@given(st.binary() | st.binary().map(lambda tail: b"\x8c\x40zenml_pin.at.g" + tail))
def test_any_bytes_name_only_what_is_in_them(data: bytes) -> None:
    """There is no exception, and every name is in the bytes."""
    for commit_id, module in modules_in(data):
        assert f"zenml_pin.at.g{commit_id}.{module}".encode() in data


def test_name_without_a_module_or_a_full_id_does_not_count() -> None:
    """The namespace itself, a commit's package, and a short id."""
    texts = [
        "zenml_pin.at",
        f"zenml_pin.at.g{'a' * 40}",
        "zenml_pin.at.gabc.step",
        f"zenml_pin.at.g{'a' * 40}.1x",
    ]

    assert modules_in(pickle.dumps(texts)) == set()
