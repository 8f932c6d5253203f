"""Where we say "not committed" and git says "clean": every such scenario, with the reason."""

from __future__ import annotations

from tests.git.oracle import Judgement

STRICTER: dict[str, str] = {
    "assume_unchanged_and_edited": "the bit asks git not to look",
    "skip_worktree_and_edited": "the bit asks git not to look",
}


def excuse(judgement: Judgement, variant: str, edit: str) -> bool:
    """Tell whether what only we report is expected."""
    return not judgement.stricter or edit in STRICTER or variant in STRICTER
