#!/usr/bin/env bash
# dulwich cuts a branch name in a reftable when 32 or more bytes of it differ from the name before it.
#
# git 2.55 wrote the table below (git init --ref-format=reftable; git commit; git branch; git pack-refs --all). git prints
# two branches of it: refs/heads/main and refs/heads/feature/TEAM-1234-a-new-trainer-for-images, both at commit
# 15027b0393b450eeb501b9b6ffb03ec71ee65869. In the format, the length of what is new in a name takes a second byte from
# 32 on. dulwich 1.2.21 reads the first byte alone: it lists refs/heads/feature/TE, whose value is the rest of the name,
# and refs/heads/main has no value any more, so HEAD leads nowhere.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install -q dulwich==1.2.21

cat >"$work/table.txt" <<'END'
UkVGVAEAEAAAAAAAAAAAAQAAAAAAAAADcgAAowAjSEVBRAAPcmVmcy9oZWFkcy9tYWluAIIpcmVmcy9oZWFkcy9mZWF0dXJlL1RF
QU0tMTIzNC1hLW5ldy10cmFpbmVyLWZvci1pbWFnZXMCFQJ7A5O0UO61Abm2/7A+xx7mWGkLIW1haW4BFQJ7A5O0UO61Abm2/7A+
xx7mWGkAABwAADMAAlJFRlQBABAAAAAAAAAAAAEAAAAAAAAAAwAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA
AAC94dCJ
END
"$work/venv/bin/python" - "$work" <<'END'
import base64, sys
from pathlib import Path

from dulwich import __version__
from dulwich.reftable import ReftableRefsContainer

work = Path(sys.argv[1])
repository = work / "repository"
(repository / "reftable").mkdir(parents=True)
(repository / "HEAD").write_text("ref: refs/heads/.invalid\n")
(repository / "reftable" / "tables.list").write_text("0x000000000001-0x000000000003-302cdc3c.ref\n")
table = base64.b64decode((work / "table.txt").read_text())
(repository / "reftable" / "0x000000000001-0x000000000003-302cdc3c.ref").write_bytes(table)

refs = sorted(ReftableRefsContainer(str(repository)).allkeys())
refs_container = ReftableRefsContainer(str(repository))
print("dulwich", ".".join(map(str, __version__)))
print("lists", refs)
assert b"refs/heads/feature/TEAM-1234-a-new-trainer-for-images" not in refs
assert b"refs/heads/feature/TE" in refs
try:
    value = refs_container[b"refs/heads/main"]
except KeyError:
    print("refs/heads/main has no value")
else:
    raise SystemExit(f"changed: refs/heads/main is {value!r}")
END
