#!/usr/bin/env bash
# dulwich lets core.excludesFile overrule .git/info/exclude; git does it the other way round.
#
# .git/info/exclude ignores "*.log"; the user's core.excludesFile has "!keep.log". gitignore(5) gives the patterns of
# .git/info/exclude the higher precedence, so git 2.39 and 2.55 ignore keep.log (`git check-ignore -v keep.log` names
# .git/info/exclude). dulwich 1.2.21 lists it as untracked.
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
exclude, settings = folder + "/.git/info/exclude", folder + ".excludes"
os.makedirs(os.path.dirname(exclude), exist_ok=True)
for path, line in {exclude: "*.log", settings: "!keep.log", folder + "/keep.log": "x", folder + "/other.log": "x"}.items():
    with open(path, "w") as file:
        file.write(line + "\n")
with Repo(folder) as repo:
    config = repo.get_config()
    config.set((b"core",), b"excludesFile", settings.encode())
    config.write_to_path()

untracked = porcelain.status(folder).untracked
print("dulwich", ".".join(map(str, __version__)), "lists as untracked:", untracked)
assert [os.fsdecode(name) for name in untracked] == ["keep.log"], "changed: git lists nothing"
END
