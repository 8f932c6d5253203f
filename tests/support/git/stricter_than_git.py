"""Every scenario in which we say "not committed" and git says "clean", with the reason."""

from __future__ import annotations

from tests.support.git.compare_with_git import Judgement

STRICTER: dict[str, str] = {
    "assume_unchanged_and_edited": "the bit asks git not to look",
    "skip_worktree_and_edited": "the bit asks git not to look",
    "same_size_edit_with_the_old_mtime": "git trusts the modification time",
    "filter_that_changes_nothing": "no filter is run",
    "filter_that_leaves_a_trace": "no filter is run",
    "ident_keyword": "keywords are not converted",
    "encoding": "encodings are not converted",
    "filter_in_the_file_of_a_link": "git reached through the link would run the filter",
    "submodule_not_initialised_with_a_file": "git does not look there, Python would",
    "submodule_whose_git_link_leads_nowhere": "git does not look there, Python would",
    "submodule_without_its_git_directory_that_settings_ignore": "the setting asks git not to look",
    "submodule_path_inside": "git prints nothing about a path in a submodule",
    "path_through_a_tracked_link": "git prints nothing about a path beyond a link",
    "head_names_a_tree": "HEAD must name a commit",
    "tree_of_the_folder_replaced": "a pin names true content, not a replacement",
    "nested_repository_that_is_ignored": "Python could import its modules",
}


def excuse(judgement: Judgement, variant: str, edit: str) -> bool:
    """Tell whether we expect the paths that only we report."""
    return not judgement.stricter or edit in STRICTER or variant in STRICTER
