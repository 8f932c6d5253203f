"""Values of settings of git's user interface: hints, colours, columns.

    colour = [ "reset" ] [ foreground [ background ] ] attributes       in any order, all optional
    foreground, background = name | "bright" name | "normal" | "default" | -1 to 255 | "#" 3 or 6 hexadecimal digits
    attribute = [ "no" | "no-" ] ( "bold" | "dim" | ... )

If one of them has another value, `git status` ends with an error, even where it prints no colours and no hints.

Sources: git-config(1), "Values", "advice.*", "color.*", "column.*"; git's advice.c, color.c and column.c.
"""

from __future__ import annotations

_HINTS = (
    *("addembeddedrepo", "addemptypathspec", "addignoredfile", "ambiguousfetchrefspec", "amworkdir"),
    *("checkoutambiguousremotebranchname", "commitbeforemerge", "defaultbranchname", "detachedhead"),
    *("diverging", "fetchremoteheadwarn", "fetchshowforcedupdates", "forcedeletebranch"),
    *("graftfiledeprecated", "ignoredhook", "implicitidentity", "mergeconflict", "nestedtag"),
    *("objectnamewarning", "pushalreadyexists", "pushfetchfirst", "pushneedsforce", "pushnonffcurrent"),
    *("pushnonffmatching", "pushnonfastforward", "pushrefneedsupdate", "pushunqualifiedrefname"),
    *("pushupdaterejected", "rebasetodoerror", "refsyntax", "resetnorefresh", "resolveconflict", "rmhints"),
    *("sequencerinuse", "setupstreamfailure", "skippedcherrypicks", "sparseindexexpanded"),
    *("statusaheadbehindwarning", "statushints", "statusuoption", "submodulealternateerrorstrategydie"),
    *("submodulemergeconflict", "submodulesnotupdated", "suggestdetachinghead", "updatesparsepath"),
    *("waitingforeditor", "worktreeaddorphan"),
)
# Booleans, and the other words that each of them allows in any case.
BOOLEANS: dict[tuple[str, ...], tuple[str, ...]] = {
    **dict.fromkeys((("advice", name) for name in _HINTS), ()),
    **dict.fromkeys(
        (("color", name) for name in ("advice", "diff", "status", "ui")), ("never", "always", "auto")
    ),
    ("color", "pager"): (),
}
_DIFF_COLORS = (
    *("commit", "context", "contextbold", "contextdimmed", "frag", "func", "meta", "plain", "whitespace"),
    *("new", "newbold", "newdimmed", "newmoved", "newmovedalternative"),
    *("newmovedalternativedimmed", "newmoveddimmed"),
    *("old", "oldbold", "olddimmed", "oldmoved", "oldmovedalternative"),
    *("oldmovedalternativedimmed", "oldmoveddimmed"),
)
_STATUS_COLORS = (
    *("added", "branch", "changed", "header", "localbranch", "nobranch", "remotebranch", "unmerged"),
    *("untracked", "updated"),
)
# git still reads the old names `diff.color.*` and `status.color.*`.
COLORS: frozenset[tuple[str, ...]] = frozenset(
    {
        ("color", "advice", "hint"),
        *((*section, name) for section in (("color", "diff"), ("diff", "color")) for name in _DIFF_COLORS),
        *(
            (*section, name)
            for section in (("color", "status"), ("status", "color"))
            for name in _STATUS_COLORS
        ),
    }
)
# Lists of words.
COLUMNS: frozenset[tuple[str, ...]] = frozenset({("column", "status"), ("column", "ui")})
COLUMN_WORDS = ("always", "never", "auto", "plain", "column", "row", "dense", "nodense")

_COLOR = (
    r"normal|default|(bright)?(black|red|green|yellow|blue|magenta|cyan|white)"
    r"|#([0-9a-f]{3}|[0-9a-f]{6})|-0*1|\+?0*(25[0-5]|2[0-4][0-9]|1?[0-9]?[0-9])"
)
_ATTRIBUTE = r"(no-?)?(bold|dim|ul|blink|reverse|italic|strike)"


def is_color(text: str) -> bool:
    """Return whether git reads a colour in a text."""
    import re

    words = [
        word
        for word in text.replace("\t", " ").replace("\r", " ").replace("\n", " ").split(" ")
        if word and word.lower() != "reset"
    ]
    colors = [word for word in words if re.fullmatch(_COLOR, word, re.IGNORECASE | re.ASCII)]
    return len(colors) <= 2 and all(
        word in colors or re.fullmatch(_ATTRIBUTE, word) is not None for word in words
    )


def is_column_layout(text: str) -> bool:
    """Return whether git reads a layout of columns in a text."""
    return all(word in COLUMN_WORDS for word in text.replace(",", " ").split(" ") if word)
