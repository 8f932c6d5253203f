#!/usr/bin/env bash
# dulwich's status does not see that a committed file became a symbolic link.
#
# A file holds the text "data.csv". It is replaced by a symbolic link to data.csv: the link's target is the text that the
# file held, so both have one blob id, and only their types differ. git 2.39 and 2.55 print " T current".
# dulwich 1.2.21 compares the ids alone and calls the repository clean.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install -q dulwich==1.2.21

"$work/venv/bin/python" - "$work/repository" <<'END'
import os, sys

from dulwich import __version__, porcelain

folder = sys.argv[1]
porcelain.init(folder)
with open(os.path.join(folder, "data.csv"), "w") as file:
    file.write("1,2\n")
with open(os.path.join(folder, "current"), "w") as file:
    file.write("data.csv")
for name in ("data.csv", "current"):
    porcelain.add(folder, paths=[os.path.join(folder, name)])
porcelain.commit(folder, message=b"one", author=b"A <a@example.org>", committer=b"A <a@example.org>")
os.remove(os.path.join(folder, "current"))
os.symlink("data.csv", os.path.join(folder, "current"))

status = porcelain.status(folder)
print("dulwich", ".".join(map(str, __version__)), "says", status)
assert status.unstaged == [], "changed: git prints ' T current'"
END
