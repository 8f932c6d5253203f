"""Make the picture of a report that the README shows: `python -m tests.audit.picture`.

The committed one was reduced to 96 colours afterwards.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

from tests.audit.browser import open_browser
from tests.audit.history import make_history
from tests.repos import init
from zenml_pin.audit import audit
from zenml_pin.audit.formats.html.report import report_page

PICTURE = Path(__file__).with_name("report.png")


def main() -> None:
    """Write the picture."""
    with tempfile.TemporaryDirectory() as folder:
        repo = init(Path(folder, "churn"))
        make_history(repo)
        page = Path(folder, "report.html")
        # Where the repository lies for a moment is nobody's business.
        page.write_text(report_page(audit(repo=repo.path)).replace(folder, "/srv"), encoding="utf-8")
        with open_browser(Path(folder, "profile")) as browser:
            browser.open(page, 960)
            browser.picture(PICTURE, 960, 1400)


if __name__ == "__main__":
    main()
