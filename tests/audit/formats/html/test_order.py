"""The page of many pipelines begins with what is broken; healthy ones are folded; classes of releases are a line."""

from __future__ import annotations

import re

import pytest

from tests.support.parsed_html import Seen
from tests.support.repositories import Repo, commit
from zenml_pin.audit import audit
from zenml_pin.audit.formats.html.report import report_page
from zenml_pin.audit.formats.text import render_facts

DOCUMENT = """\
pipeline: {name: %s, type: training, source: zenml_pin.pipelines.TrainingPipeline@zenml_0.1.0}
datasource: {id: d, name: d, source: zenml_pin.datasources.MemoryDatasource@zenml_0.1.0}
steps: {training: {source: trainers.step.Mine@%s}}
"""


@pytest.mark.slow
def test_broken_pipelines_come_first(repo: Repo) -> None:
    """Among 150 pipelines the one without its commit is on top, in the timeline and in the list."""
    good = commit(repo, {"trainers": {"step.py": "class Mine: pass\n"}})
    texts = {f"p{n:03}.yaml": DOCUMENT % (f"p{n:03}", good if n != 77 else "1" * 40) for n in range(150)}
    commit(repo, {"pipelines": texts}, base=good)
    report = audit(repo=repo.path)

    page = report_page(report)

    names = re.findall(r'<li><span title="pipelines/p(\d+)\.yaml">|<h3>p(\d+)</h3>', page)
    drawn = re.findall(r'title="pipelines/p(\d+)\.yaml"', page)
    listed = [name for _, name in names if name]
    assert (drawn[0], drawn[1], len(drawn)) == ("077", "000", 150)
    assert (listed[0], listed[1], len(listed)) == ("077", "000", 150)
    assert "30 more lines" in Seen(page).text
    assert page.count("<summary>") >= 149
    assert "Report made" in Seen(page).text


def test_classes_of_releases_are_one_line(repo: Repo) -> None:
    """Three of four sources of a usual pipeline are of this package: little is known of them."""
    good = commit(repo, {"trainers": {"step.py": "class Mine: pass\n"}})
    commit(repo, {"pipelines": {"p.yaml": DOCUMENT % ("p", good)}}, base=good)

    report = audit(repo=repo.path)

    lines = render_facts(report).splitlines()
    assert [line.split(":")[0] for line in lines[:3]] == ["pipelines/p.yaml", "  3", "  of releases"]
    assert "TrainingPipeline@zenml_0.1.0, zenml_pin.datasources.MemoryDatasource@zenml_0.1.0" in lines[2]
    assert report_page(report).count('class="other"') == 1
