"""How notebooks and pages show a file that a step returned: pictures as such, other files by kind and size."""

from __future__ import annotations

import base64

from zenml_pin.base.html import Markup, element
from zenml_pin.base.text import show_size
from zenml_pin.errors import PinError
from zenml_pin.pipelines.runs.artifacts import Artifacts, is_file

_PICTURES = {
    "png": "image/png",
    "jpg": "image/jpeg",
    "jpeg": "image/jpeg",
    "gif": "image/gif",
    "webp": "image/webp",
    "svg": "image/svg+xml",
}
# A page holds its pictures as text, which is a third longer.
LARGEST = 4 * 2**20


def show_file(artifacts: Artifacts, name: str | None, label: str = "") -> Markup | None:
    """Return the HTML of a file that a step returned; None for any other artifact.

    A picture is a part of the HTML, which needs no other file and runs nothing; an SVG is shown as a picture, so its
    scripts do not run.

    Args:
        artifacts: The artifacts of the store.
        name: The artifact's id.
        label: What the picture is, for those who cannot see it.
    """
    if name is None or not is_file(name[65:]):
        return None
    suffix = artifacts.suffix_of(name).lower()
    try:
        data = artifacts.get(name)
    except PinError as error:
        return element("span", error.message)
    kind = _PICTURES.get(suffix)
    if kind is None or len(data) > LARGEST:
        return element("span", f"file, {suffix}, {show_size(len(data))}")
    source = f"data:{kind};base64,{base64.b64encode(data).decode('ascii')}"
    return element("img", src=source, alt=label or f"a {suffix} file", style="max-width:100%")
