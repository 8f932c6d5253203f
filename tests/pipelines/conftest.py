"""The fixtures for pipelines: a project, an empty folder, and a process that forgets what it has loaded."""

from __future__ import annotations

from tests.bundles.conftest import empty as empty, forget as forget
