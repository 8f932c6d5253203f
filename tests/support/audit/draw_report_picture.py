"""Make the picture of a report that the README shows: `python -m tests.support.audit.draw_report_picture`.

The committed one was reduced to 96 colours afterwards.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

from tests.support.audit.headless_browser import open_browser
from tests.support.audit.three_year_history import make_history
from tests.support.repositories import init
from zenml_pin.audit import audit
from zenml_pin.audit.formats.html.report import report_page

PICTURE = Path(__file__).parents[2] / "audit" / "report.png"


def main() -> None:
    """Write the picture."""
    with tempfile.TemporaryDirectory() as folder:
        repo = init(Path(folder, "churn"))
        make_history(repo)
        page = Path(folder, "report.html")
        # The page must not show the temporary path of the repository.
        page.write_text(report_page(audit(repo=repo.path)).replace(folder, "/srv"), encoding="utf-8")
        with open_browser(Path(folder, "profile")) as browser:
            browser.open(page, 960)
            browser.picture(PICTURE, 960, 1400)


if __name__ == "__main__":
    main()
