"""Texts that break the grammar of sources."""

from __future__ import annotations

COMMIT = "e9448e0abbc6f03252578ca877bc80c94f137edd"

# The text, and the part of it that is wrong.
INVALID_SOURCES = {
    "empty": ("", ""),
    "no module": ("C", "C"),
    "leading dot": (".m.C", "."),
    "trailing dot": ("m.C.", ""),
    "two dots": ("m..C", "."),
    "path": ("m/step.C", "m/step"),
    "space": ("m. C", " C"),
    "trailing newline": ("m.C\n", "C\n"),
    "keyword": ("m.class", "class"),
    "digit first": ("m.2C", "2C"),
    "not in normal form": ("m.ℌello", "ℌello"),
    "empty pin": ("m.C@", ""),
    "branch": ("m.C@main", "main"),
    "HEAD": ("m.C@HEAD", "HEAD"),
    "short id": ("m.C@e9448e0", "e9448e0"),
    "upper case": (f"m.C@{COMMIT.upper()}", COMMIT.upper()),
    "one digit less": (f"m.C@{COMMIT[:-1]}", COMMIT[:-1]),
    "one digit more": (f"m.C@{COMMIT}0", f"{COMMIT}0"),
    "newline after the id": (f"m.C@{COMMIT}\n", f"{COMMIT}\n"),
    "full-width digits": ("m.C@" + "１" * 40, "１" * 40),
    "two pins": (f"m.C@{COMMIT}@{COMMIT}", "@"),
    "empty release": ("m.C@zenml_", "zenml_"),
    "release with a space": ("m.C@zenml_0.1 ", "zenml_0.1 "),
    "pin alone": (f"@{COMMIT}", "@"),
    "no class": (f"m.@{COMMIT}", "@"),
}
