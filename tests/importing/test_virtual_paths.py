"""Paths of modules in memory: they lead back to the commit's file, and to no other commit's."""

from __future__ import annotations

import os

from hypothesis import given, strategies as st

from zenml_pin.importing.virtual_paths import VIRTUAL_ROOT, code_name, commit_path, is_code_name, virtual_path

IDS = st.text("0123456789abcdef", min_size=40, max_size=40)
PATHS = st.lists(st.text("ab.é ", min_size=1, max_size=4), max_size=4).map("/".join)


@given(IDS, PATHS)
def test_virtual_path_leads_back(commit_id: str, path: str) -> None:
    """Both ways are inverse; "" is the root."""
    virtual = virtual_path(commit_id, path)

    assert commit_path(commit_id, virtual) == path
    assert os.path.isabs(virtual)
    assert not os.path.lexists(virtual)


@given(IDS, IDS, PATHS)
def test_virtual_path_of_another_commit_is_none_of_this(commit_id: str, other: str, path: str) -> None:
    """Not even where one id is the beginning of the other."""
    assert commit_path(commit_id, virtual_path(other, path)) == (path if other == commit_id else None)
    assert commit_path(commit_id, virtual_path(commit_id + other[:24], path)) is None
    assert commit_path(commit_id, f"{VIRTUAL_ROOT}/{path}") is None


@given(IDS, PATHS)
def test_name_of_code_is_known_and_is_no_real_file(commit_id: str, path: str) -> None:
    """Coverage skips what begins with "<", and linecache asks the loader for what does not end with ">"."""
    name = code_name(commit_id, path)

    assert is_code_name(name)
    assert not name.endswith(">")
    assert not is_code_name(virtual_path(commit_id, path))
    assert not is_code_name(None)
