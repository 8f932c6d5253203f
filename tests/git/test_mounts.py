"""Places where a repository may be: a read-only disk, layers of file systems, another user's folder.

What is mounted is mounted in a namespace of its own, which ends with the child process. The kernel, or root's rights,
may be missing: then the test says which.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

import zenml_pin
from tests.support.git.compare_with_git import IDENTITY, STATUS
from tests.support.git.scenario_repository import make_box

pytestmark = [pytest.mark.git, pytest.mark.slow]

ROOT = Path(zenml_pin.__file__).parents[1]
PROGRAM = """
import subprocess, sys, zenml_pin
root, clean = sys.argv[1], sys.argv[2] == "clean"
status = zenml_pin.status("pkg", repo=root)
assert status.clean is clean, status
out = subprocess.run(sys.argv[3:], cwd=root, capture_output=True)
# git may refuse another user's repository; where it answers, both say the same.
assert out.returncode or (not out.stdout) is clean, out
source = zenml_pin.pin("pkg.step.A", repo=root, commit="HEAD")
assert zenml_pin.load(source, repo=root, allow_dirty=True).epochs == 1
print("git refuses" if out.returncode else "as git")
"""


@pytest.fixture
def root() -> Iterator[Path]:
    """A repository with a class."""
    if os.geteuid() != 0:
        pytest.skip("only root mounts and gives files away")
    if subprocess.run(["unshare", "--mount", "true"], capture_output=True, check=False).returncode:
        pytest.skip("this system gives no mount namespaces")
    # Others may not enter pytest's folders.
    with tempfile.TemporaryDirectory() as place:
        os.chmod(place, 0o755)
        yield Path(make_box(f"{place}/repo", f"{place}/outside").root)


def _ask(root: Path, clean: bool, before: str = "true", user: int | None = None) -> str:
    """Mount, then ask in a process that sees the mount; return what it printed."""
    ask = [
        sys.executable,
        "-W",
        "ignore",
        "-c",
        PROGRAM,
        str(root),
        "clean" if clean else "dirty",
        "git",
        *STATUS,
    ]
    command = [
        "unshare",
        "--mount",
        "--propagation",
        "private",
        "sh",
        "-c",
        f'set -e; {before}; exec "$@"',
        "sh",
    ]
    drop = [] if user is None else ["setpriv", f"--reuid={user}", f"--regid={user}", "--clear-groups"]
    home = root.parent / "home"
    home.mkdir(exist_ok=True)
    environment = {
        **os.environ,
        **IDENTITY,
        "PYTHONPATH": str(ROOT),
        "HOME": str(home),
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    done = subprocess.run(
        [*command, *drop, *ask, "--", "pkg"],
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


@pytest.mark.parametrize("clean", [True, False])
def test_a_read_only_bind_mount(root: Path, clean: bool) -> None:
    """Nothing could be written, and nothing is missed."""
    if not clean:
        (root / "pkg" / "step.py").write_text("class A:\n    epochs = 2\n")

    assert _ask(root, clean, f"mount --bind {root} {root}; mount -o remount,bind,ro {root}") == "as git"


def test_a_squashfs_image(root: Path) -> None:
    """As in an image of a container."""
    if shutil.which("mksquashfs") is None:
        pytest.skip("there is no mksquashfs")
    image = root.parent / "image"
    subprocess.run(
        ["mksquashfs", str(root), str(image), "-quiet", "-no-progress"], capture_output=True, check=True
    )
    mount = ["unshare", "--mount", "mount", "-t", "squashfs", "-o", "loop,ro", str(image), str(root)]
    if subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("this kernel mounts no squashfs")

    assert _ask(root, True, f"mount -t squashfs -o loop,ro {image} {root}") == "as git"


@pytest.mark.parametrize("clean", [True, False])
def test_an_overlay(root: Path, clean: bool) -> None:
    """A repository in the lower layer; the upper one changes a file, or hides it."""
    upper, work, merged = (root.parent / name for name in ("upper", "work", "merged"))
    for folder in (upper, work, merged):
        folder.mkdir()
    # An overlay cannot be on top of another one in a container.
    before = (
        f"mount -t tmpfs none {root.parent}/upper; mkdir {upper}/u {upper}/w; "
        f"mount -t overlay overlay -o lowerdir={root},upperdir={upper}/u,workdir={upper}/w {merged}"
    )
    if subprocess.run(
        ["unshare", "--mount", "sh", "-ec", before], capture_output=True, check=False
    ).returncode:
        pytest.skip("this kernel, or the file system below, takes no overlay")

    assert _ask(merged, clean, before if clean else f"{before}; rm {merged}/pkg/deep/inner.py") == "as git"


@pytest.mark.parametrize("clean", [True, False])
def test_another_users_repository(root: Path, clean: bool) -> None:
    """git refuses it; it is read, and compared as it is."""
    if shutil.which("setpriv") is None:
        pytest.skip("there is no setpriv")
    user = 4321
    for folder in [Path(sys.executable).resolve().parent, ROOT, root]:
        if any(not os.stat(part).st_mode & 0o005 for part in [folder, *folder.parents]):
            pytest.skip(f"another user cannot enter '{folder}'")
    if not clean:
        (root / "pkg" / "new.py").write_text("new = 1\n")

    assert _ask(root, clean, user=user) == "git refuses"


@pytest.mark.parametrize("clean", [True, False])
def test_a_repository_that_root_does_not_own(root: Path, clean: bool) -> None:
    """As a checkout that was mounted into a container."""
    if not clean:
        (root / "pkg" / "new.py").write_text("new = 1\n")
    for folder, _, names in os.walk(root):
        for name in [".", *names]:
            os.lchown(os.path.join(folder, name), 4321, 4321)

    assert _ask(root, clean) == "git refuses"
