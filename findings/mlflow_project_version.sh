#!/usr/bin/env bash
# `mlflow run FOLDER --version COMMIT` changes the user's own repository: its history becomes one commit long.
#
# FOLDER is a clean git repository of three commits with an MLproject file. mlflow-skinny 3.17.2 does not clone it: it adds
# a remote "origin" that leads to the folder itself, fetches the version from there with depth 1, and checks it out. After
# the run HEAD is detached at the old commit, .git/shallow cuts the history there, and `git log master` shows the commits
# down to that one only. The code that ran is right.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install -q mlflow-skinny==3.17.2 GitPython==3.2.1

export HOME=$work GIT_CONFIG_NOSYSTEM=1 MLFLOW_TRACKING_URI=file://$work/runs MLFLOW_ALLOW_FILE_STORE=true
folder=$work/project
git -c init.defaultBranch=master init -q "$folder"
cd "$folder"
git config user.name A
git config user.email a@example.org
printf 'name: demo\nentry_points:\n  main:\n    command: "python main.py"\n' >MLproject
for number in 1 2 3; do
    echo "print('version $number')" >main.py
    git add .
    git commit -qm "$number"
done
second=$(git rev-parse HEAD~1)

"$work/venv/bin/python" - "$folder" "$second" >"$work/log" 2>&1 <<'END' || { tail -n 5 "$work/log"; exit 1; }
import sys

from mlflow import projects

projects.run(sys.argv[1], version=sys.argv[2], env_manager="local", backend="local")
END
grep "^version" "$work/log"
git status --short --branch
git log --oneline master
git remote -v
echo "shallow: $(cat .git/shallow)"
[ "$(git rev-list --count master)" = 2 ] || { echo "changed: master has $(git rev-list --count master) of 3 commits"; exit 1; }
