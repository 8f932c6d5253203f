#!/usr/bin/env bash
# dulwich refuses a repository with extensions.preciousObjects.
#
# The extension is in git's documentation of repository versions: it forbids `git prune` and `git repack -d` to delete
# objects that others may borrow. It changes nothing for who reads; git 2.39, git 2.55 and libgit2 1.9.7 read such a
# repository. dulwich 1.2.21 raises UnsupportedExtension for each access.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install -q dulwich==1.2.21

"$work/venv/bin/python" - "$work/repository" <<'END'
import os, sys

from dulwich import __version__, porcelain
from dulwich.repo import Repo, UnsupportedExtension

folder = sys.argv[1]
porcelain.init(folder)
with Repo(folder) as repo:
    config = repo.get_config()
    config.set((b"core",), b"repositoryformatversion", b"1")
    config.set((b"extensions",), b"preciousObjects", b"true")
    config.write_to_path()

try:
    Repo(folder).close()
except UnsupportedExtension as error:
    print("dulwich", ".".join(map(str, __version__)), "raises UnsupportedExtension:", error)
else:
    sys.exit("changed: the repository is opened, as git does")
END
