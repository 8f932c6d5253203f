#!/usr/bin/env bash
# gitimport 1.2.0 imports nothing with the pygit2 that pip installs beside it.
#
# gitimport imports modules from a commit: REPOSITORY@COMMIT goes on sys.path. It asks each tree entry whether its `type` is
# "blob"; pygit2 has given a number there since 1.0, and the name in `type_str`. Both are the newest releases, and
# gitimport asks for any pygit2. The finder never says why: the module is "not found".
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install -q gitimport==1.2.0 pygit2==1.21.0

"$work/venv/bin/python" - "$work/repository" <<'END'
import sys
from importlib.metadata import requires, version

import gitimport
import pygit2

folder = sys.argv[1]
repo = pygit2.init_repository(folder)
tree = repo.TreeBuilder()
tree.insert("answer.py", repo.create_blob(b"value = 42\n"), pygit2.GIT_FILEMODE_BLOB)
who = pygit2.Signature("A", "a@example.org")
commit = repo.create_commit("refs/heads/main", who, who, "one", tree.write(), [])

sys.path_hooks.append(gitimport.gitimporter)
sys.path.insert(0, f"{folder}@{commit}")
print("gitimport", version("gitimport"), "with pygit2", version("pygit2"), "- it requires", requires("gitimport"))
try:
    import answer
except Exception as error:
    print(f"{type(error).__name__}: {error}")
else:
    sys.exit(f"changed: the module is imported, {answer.value}")
END
