"""Paths of modules in memory: each leads back to its commit's file, and never to another commit's."""

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
def test_virtual_path_of_another_commit_does_not_lead_here(commit_id: str, other: str, path: str) -> None:
    """Not even if one id starts with the other."""
    assert commit_path(commit_id, virtual_path(other, path)) == (path if other == commit_id else None)
    assert commit_path(commit_id, virtual_path(commit_id + other[:24], path)) is None
    assert commit_path(commit_id, f"{VIRTUAL_ROOT}/{path}") is None


@given(IDS, PATHS)
def test_name_of_code_is_not_a_real_file(commit_id: str, path: str) -> None:
    """Coverage skips names that begin with "<", and linecache uses the loader for names that do not end with ">"."""
    name = code_name(commit_id, path)

    assert is_code_name(name)
    assert not name.endswith(">")
    assert not is_code_name(virtual_path(commit_id, path))
    assert not is_code_name(None)
