"""help: show a page of the manual, or how a command is used."""

from __future__ import annotations

import argparse
import sys

from zenml_pin.cli import pages
from zenml_pin.cli.output import add_color, has_colors, is_terminal, write_text
from zenml_pin.errors import UnknownNameError


def add_parser(verbs: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add its arguments."""
    verb = verbs.add_parser(
        "help",
        help="show a page of the manual, or the options of a command",
        description="List the pages of the manual, show one, or show how a command is used: its options first, then "
        "the page of the same name if there is one. On a terminal a page is shown by the pager that PAGER names, and "
        "in colours with the extra 'cli'.",
    )
    verb.add_argument(
        "topic", metavar="TOPIC|COMMAND", nargs="?", help="a page or a command; none: list the pages"
    )
    add_color(verb)
    # The parsers of all commands: this one is added to them, and the mapping shows those that are added later.
    verb.set_defaults(run=run, failure=2, output=None, commands=verbs.choices)


def run(arguments: argparse.Namespace) -> int:
    """Print the list of topics, a page, or the help of a command."""
    if arguments.topic is None:
        write_text(arguments, _listed(arguments.commands))
        return 0
    topic = pages.topic_of(arguments.topic)
    command = arguments.commands.get(topic)
    if command is None and topic not in pages.TOPICS:
        raise _unknown(arguments.topic, [*pages.TOPICS, *arguments.commands])
    usage = "" if command is None else _usage(command, arguments)
    if topic not in pages.TOPICS:
        write_text(arguments, usage)
        return 0
    page = pages.read(topic)
    if has_colors(arguments):
        from zenml_pin.cli import highlight

        page = highlight.markdown(pages.for_terminal(page))
    text = f"{usage}\n{page}" if usage else page
    if is_terminal(arguments):
        _page(text)
    else:
        write_text(arguments, text)
    return 0


def _usage(command: argparse.ArgumentParser, arguments: argparse.Namespace) -> str:
    # From Python 3.14 on, argparse has colours of its own; it knows NO_COLOR, but not our option.
    if arguments.color == "never":
        command.color = False  # type: ignore[attr-defined, unused-ignore]
    return command.format_help()


def _page(text: str) -> None:
    """Show a text by the user's pager, which must let colours through."""
    import pydoc

    from zenml_pin.base.environment import let_pager_show_colors

    let_pager_show_colors()
    sys.stdout.flush()
    pydoc.pager(text)


def _listed(commands: dict[str, argparse.ArgumentParser]) -> str:
    lines = ["'zenml-pin help TOPIC' shows one of these pages:", ""]
    lines += (f"  {line}" for line in pages.list_topics())
    lines += ["", "'zenml-pin help COMMAND' shows how one of these commands is used:", ""]
    lines += _wrapped(commands)
    return "".join(f"{line}\n" for line in lines)


def _wrapped(names: dict[str, argparse.ArgumentParser]) -> list[str]:
    import textwrap

    return textwrap.wrap(" ".join(names), 76, initial_indent="  ", subsequent_indent="  ")


def _unknown(name: str, known: list[str]) -> UnknownNameError:
    from difflib import get_close_matches

    near = get_close_matches(pages.topic_of(name), known, 3)
    misses = f"near misses: {', '.join(near)}; " if near else ""
    return UnknownNameError("topic", name, known, f"{misses}'zenml-pin help' lists all")
