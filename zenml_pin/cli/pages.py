"""Pages: the manual that is installed with the package, a Markdown file for each topic.

A page begins with a title and one short paragraph, which the list of topics shows.

>>> summary(read("how-to"))
'The usual tasks step by step, and a list of all commands.'
"""

from __future__ import annotations

import re

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

# In the order in which the list shows them.
TOPICS = (
    "how-to",
    "pipelines",
    "bundles-and-servers",
    "audit",
    "bisecting",
    "python-api",
    "other-tools",
    "where-git-does-more",
    "security",
    "sandbox",
    "performance",
    "compared",
    "troubleshooting",
    "old-code",
    "old-documents",
    "changes",
)

# They tell the tests how a block is run.
_COMMENT = re.compile(r"^<!-- [^\n]* -->\n", re.MULTILINE)
_LINK = re.compile(r"(!?)\[([^\]]*)\]\(([^()\s]*)\)")


def read(topic: str) -> str:
    """Return the Markdown of a topic's page, without its comments."""
    from importlib.resources import files

    page = files("zenml_pin").joinpath("docs", f"{topic}.md")
    return _COMMENT.sub("", page.read_text(encoding="utf-8"))


def summary(text: str) -> str:
    """Return a page's first paragraph as one line."""
    return " ".join(text.split("\n\n")[1].split())


def for_terminal(text: str) -> str:
    """Return a page whose links to other pages name the command that shows them; other links keep their text only."""
    return _LINK.sub(lambda link: _shown(*link.groups()), text)


def topic_of(name: str) -> str:
    """Return a topic as a person may write it: "How to", "how_to" and "how-to.md" are all "how-to"."""
    return re.sub(r"[\s_]+", "-", name.strip().lower()).removesuffix(".md")


def list_topics() -> Iterator[str]:
    """Yield a line for each topic: its name and its subject."""
    width = max(map(len, TOPICS))
    for topic in TOPICS:
        yield f"{topic:<{width}}  {summary(read(topic))}"


def _shown(image: str, label: str, target: str) -> str:
    topic = target.partition("#")[0].removesuffix(".md")
    if image:
        return f"({label})"
    return f"{label} (`zenml-pin help {topic}`)" if topic in TOPICS else label
