"""The clean check agrees with git after each step of random edits."""

from __future__ import annotations

import pytest
from hypothesis import settings

from tests.support.git.editing_machine import Editing

Editing.TestCase.settings = settings(max_examples=2, stateful_step_count=12, deadline=None)
TestEditing = pytest.mark.git(Editing.TestCase)
