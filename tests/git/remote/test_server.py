"""A server that threads share: each gets an answer of its own."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from tests.support.git_servers import Answer, http_backend
from tests.support.repositories import tag
from tests.support.repository_on_server import small
from zenml_pin.git.remote.server import Server


@pytest.mark.git
def test_refs_are_those_after_the_call(tmp_path: Path) -> None:
    """Not those of an answer that another thread is still waiting for, and which the server has already given."""
    repo, first = small(tmp_path)
    threads: list[threading.Thread] = []
    found: list[str | None] = []

    with http_backend(tmp_path) as served:
        server = Server(f"{served.url}/repo", 20, 2**20)

        def answer_late(path: str, body: bytes, answer: Answer) -> Answer:
            if b"ls-refs" in body and not threads:
                tag(repo, "new", first)
                threads.append(
                    threading.Thread(target=lambda: found.append(server.refs().get("refs/tags/new")))
                )
                threads[0].start()
                # It cannot ask before the first thread has its answer.
                threads[0].join(0.05)
            return answer

        served.spoil = answer_late
        assert "refs/tags/new" not in server.refs()
        threads[0].join()
        server.close()

    assert found == [first]
