#!/usr/bin/env bash
# dulwich cannot open the objects of a repository with core.bigFileThreshold=1g.
#
# git's documentation of this setting says: "Common unit suffixes of k, m, or g are supported", and `git config
# core.bigFileThreshold 1g` is what people write. git 2.39 and 2.55 read it.
# dulwich 1.2.21 raises ValueError: invalid literal for int() with base 10: '1g', as soon as the repository is opened.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install -q dulwich==1.2.21

"$work/venv/bin/python" - "$work/repository" <<'END'
import os, sys

from dulwich import __version__, porcelain
from dulwich.repo import Repo

folder = sys.argv[1]
porcelain.init(folder)
with Repo(folder) as repo:
    config = repo.get_config()
    config.set((b"core",), b"bigFileThreshold", b"1g")
    config.write_to_path()

try:
    Repo(folder).close()
except ValueError as error:
    print("dulwich", ".".join(map(str, __version__)), "raises ValueError:", error)
else:
    sys.exit("changed: the repository is opened, as git does")
END
