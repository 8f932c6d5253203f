"""Isolated loads on the command line: their arguments, and the output for one."""

from __future__ import annotations

from zenml_pin.base.text import printable, printable_lines

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse
    from typing import Any

    from zenml_pin.isolation.trial import Trial


def add_sandbox(parser: argparse.ArgumentParser, modes: tuple[str, ...] = ("auto", "require", "off")) -> None:
    """Add the arguments of the sandbox."""
    off = "; off: no walls, all rights of the user" if "off" in modes else ""
    parser.add_argument(
        "--sandbox",
        choices=modes,
        default="auto",
        help="auto: load behind the walls that this machine has (default); "
        f"require: refuse to load if one is missing{off}",
    )
    parser.add_argument(
        "--env-pass",
        metavar="NAME",
        action="append",
        default=[],
        help="give the loaded code this environment variable too; may be repeated",
    )


def show_trial(source: str, trial: Trial) -> None:
    """Print how an isolated load ended, the class, what the code did and what it printed."""
    print(source)
    print(printable(f"outcome   {trial.outcome}{f': {trial.message}' if trial.message else ''}"))
    print(printable(f"sandbox   {trial.walls.text if trial.walls is not None else 'no walls'}"))
    if trial.facts is not None:
        _show_facts(trial.facts)
    for event in trial.events:
        print(printable(f"event     {event.text}"))
    for line in printable_lines(trial.printed).splitlines():
        print(f"printed   {line}")


def _show_facts(facts: dict[str, Any]) -> None:
    kind = "function" if facts.get("kind") == "function" else "class"
    print(printable(f"{kind:<9} {facts.get('module')}.{facts.get('name')}{facts.get('signature')}"))
    if kind == "class":
        print(printable(f"bases     {', '.join(map(str, facts.get('bases') or ()))}"))
    for line in printable_lines(str(facts.get("documentation") or "")).splitlines():
        print(f"says      {line}")
    for member in facts.get("members") or ():
        if isinstance(member, dict):
            title = f"{member.get('kind')} {member.get('name')}"
            print(printable(f"has       {title}{_signature(member)}"))


def _signature(member: dict[str, Any]) -> str:
    signature = str(member.get("signature") or "")
    return f": {signature}" if signature and member.get("kind") == "attribute" else signature
