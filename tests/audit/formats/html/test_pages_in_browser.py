"""Pages in a headless Chromium: they fit, fold, link, follow the dark mode, and run no script."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest

from tests.support.audit.headless_browser import Browser, missing, open_browser
from tests.support.audit.three_year_history import make_history
from tests.support.repositories import init
from zenml_pin.audit import audit
from zenml_pin.audit.comparison.comparing import diff
from zenml_pin.audit.formats.html.difference import difference_page
from zenml_pin.audit.formats.html.report import report_page
from zenml_pin.audit.formats.html.versions import versions_page
from zenml_pin.audit.history.tracing import versions

pytestmark = [pytest.mark.slow, pytest.mark.skipif(bool(missing()), reason=missing() or "-")]

TRAINER = "trainers.churn.ChurnTrainer"
WIDTHS = (390, 1280)
PAGES = ("report", "diff", "versions")
IS_SHOWN = "return document.querySelector('.step table.sides').checkVisibility()"

# The contrast of every text with its background, for texts with less than WCAG 2 requires (4.5).
CONTRAST = """
const parse = text => text.match(/[\\d.]+/g).map(Number);
const light = rgb => rgb.slice(0, 3).map(v => v / 255)
    .map(v => v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)
    .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
const behind = node => {
    for (; node; node = node.parentElement) {
        const colour = parse(getComputedStyle(node).backgroundColor);
        if (colour.length < 4 || colour[3] > 0) return colour;
    }
    return [255, 255, 255];
};
const weak = [];
for (const node of document.querySelectorAll('body *')) {
    if (![...node.childNodes].some(n => n.nodeType === 3 && n.data.trim())) continue;
    const style = getComputedStyle(node);
    const colour = node.closest('svg') ? style.fill : style.color;
    const [a, b] = [light(parse(colour)), light(behind(node))].sort((x, y) => y - x);
    const ratio = (a + 0.05) / (b + 0.05);
    if (ratio < 4.5) weak.push([node.textContent.slice(0, 30), colour, ratio]);
}
return weak;
"""


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The pages of a history with hostile messages, names and authors."""
    repo = init(tmp_path_factory.mktemp("churn"))
    commits = make_history(repo)
    texts = {
        "report": report_page(audit(repo=repo.path)),
        "diff": difference_page(
            diff(f"{TRAINER}@{commits['first']}", f"{TRAINER}@{commits['head']}", repo=repo.path)
        ),
        "versions": versions_page(versions(TRAINER, repo=repo.path)),
    }
    folder = tmp_path_factory.mktemp("pages")
    for name, text in texts.items():
        (folder / f"{name}.html").write_text(text, encoding="utf-8")
    return {name: folder / f"{name}.html" for name in texts}


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    """One browser for all tests."""
    with open_browser(tmp_path_factory.mktemp("profile")) as opened:
        yield opened


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("name", PAGES)
def test_page_fits_and_can_be_read(
    browser: Browser, pages: dict[str, Path], name: str, width: int, dark: bool
) -> None:
    """No console message, nothing wider than the window even when all is unfolded, and enough contrast everywhere."""
    browser.open(pages[name], width, dark=dark)
    browser.run("document.querySelectorAll('details').forEach(fold => fold.open = true)")

    assert browser.run("return document.documentElement.scrollWidth") <= width
    assert browser.run(CONTRAST) == []
    assert browser.console() == []


def test_dark_mode_is_followed(browser: Browser, pages: dict[str, Path]) -> None:
    """The background is dark if the reader prefers dark pages."""
    colours = []
    for dark in (False, True):
        browser.open(pages["report"], 1280, dark=dark)
        colours.append(browser.run("return getComputedStyle(document.body).backgroundColor"))

    assert colours == ["rgb(252, 252, 250)", "rgb(20, 23, 26)"]


def test_differences_unfold(browser: Browser, pages: dict[str, Path]) -> None:
    """Folded at first; a click shows both sides, and another click hides them."""
    browser.open(pages["report"], 1280)

    shown = [browser.run(IS_SHOWN)]
    for _ in range(2):
        browser.click(".step details:has(table.sides) summary")
        shown.append(browser.run(IS_SHOWN))

    assert shown == [False, True, False]


def test_links_lead_to_steps(browser: Browser, pages: dict[str, Path]) -> None:
    """Every link leads to a target in the file; a link of the timeline shows its step."""
    browser.open(pages["report"], 1280)

    links = browser.run("return [...document.links].map(a => a.getAttribute('href'))")
    lost = "return [...document.links].filter(a => !document.querySelector(a.hash)).length"
    assert len(links) > 20
    assert all(link.startswith("#") for link in links)
    assert browser.run(lost) == 0
    browser.click(".timeline a")
    target = (
        "const box = document.querySelector(':target').getBoundingClientRect(); return [box.top, innerHeight]"
    )
    top, window = browser.run(target)
    assert 0 <= top < window


def test_nothing_runs_and_nothing_loads(browser: Browser, pages: dict[str, Path]) -> None:
    """Hostile texts stay texts; a script that is in the page nevertheless is refused by its policy."""
    browser.open(pages["report"], 1280)

    assert browser.run("return document.title") == "Audit of churn0"
    assert browser.run("return document.scripts.length + document.images.length") == 0
    assert browser.run("return performance.getEntriesByType('resource').length") == 0
    assert "<script>document.title='owned'</script>" in browser.run("return document.body.innerText")
    browser.run(
        "const held = document.createElement('script'); held.text = 'window.owned = 1'; document.body.append(held);"
        "const image = document.createElement('img'); image.setAttribute('onerror', 'window.owned = 2');"
        "image.src = 'x'; document.body.append(image); return new Promise(done => setTimeout(done, 200))"
    )
    assert browser.run("return window.owned") is None
    assert any("Content Security Policy" in message for message in browser.console())


@pytest.mark.parametrize("name", ["diff", "versions"])
def test_ids_and_days_are_on_one_line(browser: Browser, pages: dict[str, Path], name: str) -> None:
    """If the window is wide enough for them."""
    browser.open(pages[name], 1160)

    lines = (
        "return [...document.querySelectorAll('table.plain *')]"
        ".filter(held => /^([0-9a-f]{40}|[0-9]{4}-[0-9]{2}-[0-9]{2})$/.test(held.textContent))"
        ".map(held => { const all = document.createRange(); all.selectNodeContents(held);"
        " return all.getBoundingClientRect().height / parseFloat(getComputedStyle(held).lineHeight); })"
    )
    counts = browser.run(lines)
    assert len(counts) >= 4
    assert all(count < 1.5 for count in counts)


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_paper_is_unfolded_and_white(browser: Browser, pages: dict[str, Path], dark: bool) -> None:
    """A print shows folded parts, in light colours, even if the screen is dark."""
    browser.open(pages["report"], 1000, dark=dark, media="print")

    assert browser.run(CONTRAST) == []
    assert browser.run("return getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    assert (
        browser.run("return document.querySelector('.step table.sides').getBoundingClientRect().height") > 50
    )
    assert len(browser.driver.execute_cdp_cmd("Page.printToPDF", {})["data"]) > 10_000


@pytest.mark.parametrize("name", PAGES)
def test_page_works_with_a_screen_reader(browser: Browser, pages: dict[str, Path], name: str) -> None:
    """A language, a main landmark, headings without a missing level, table heads with a scope, named pictures."""
    browser.open(pages[name], 1280)

    levels = browser.run(
        "return [...document.querySelectorAll('h1, h2, h3, h4')].map(h => Number(h.tagName[1]))"
    )
    assert browser.run("return document.documentElement.lang") == "en"
    assert browser.run("return document.querySelectorAll('main').length") == 1
    assert levels.count(1) == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))
    assert browser.run("return document.querySelectorAll('th:not([scope])').length") == 0
    nameless = (
        "return document.querySelectorAll('svg:not(svg svg):not([aria-hidden]):not([aria-label])').length"
    )
    assert browser.run(nameless) == 0
