"""The fixture for pinned code: a commit "v1", a commit "v2" and a working tree that differs from both."""

from __future__ import annotations

from tests.support.importing.two_versions import build as build
