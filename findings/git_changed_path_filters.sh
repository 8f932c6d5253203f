#!/usr/bin/env bash
# git's changed-path filters hardly help for the path `pyproject.toml`.
#
# A commit graph can have a Bloom filter of the changed paths for each commit. A path sets seven bits, at
# hash0 + i * hash1 of two murmur3 hashes (gitformat-commit-graph(5)), which should give 1 to 3 % false positives.
# hash1 of "pyproject.toml" is 0x0f3ddc40, which is divisible by 64, 3 and 5: in filters of 1 to 6, 8, 9 and 10 bytes,
# which most commits have, all seven bits are the same one. So `git log -- pyproject.toml` opens the trees of 38 % of
# the commits of this history in vain, where `git log -- setup.cfg` opens 3 %. Its answer is right.
# Seen with git 2.39.5 and 2.55.0, filters of both versions; mmh3 5.2.0 computes the hash.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install -q mmh3==5.2.0

export GIT_CONFIG_GLOBAL=/dev/null GIT_CONFIG_SYSTEM=/dev/null
git init -q --bare "$work/repository"
cd "$work/repository"
for number in $(seq 400); do
    printf 'commit refs/heads/main\ncommitter A <a@b.example> %d +0000\ndata 2\nc\n' $((1600000000 + number))
    if [ "$number" -eq 1 ]; then
        printf 'M 100644 inline %s\ndata 1\nx\n' pyproject.toml setup.cfg
    fi
    printf 'M 100644 inline src/part%d/module.py\ndata %d\n%d\n' $((number % 37)) ${#number} "$number"
done | git fast-import --quiet
git commit-graph write --reachable --changed-paths --no-progress

false_positives() {
    GIT_TRACE2_EVENT=$work/trace git log --format=%H main -- "$1" >"$work/commits"
    [ "$(wc -l <"$work/commits")" -eq 1 ]
    sed -n 's/.*"maybe":[0-9]*,"definitely_not":[0-9]*,"false_positive":\([0-9]*\).*/\1/p' "$work/trace"
    rm "$work/trace"
}
python_file=$(false_positives pyproject.toml)
other_file=$(false_positives setup.cfg)

"$work/venv/bin/python" - "$python_file" "$other_file" <<'END'
import subprocess, sys

import mmh3

python_file, other_file = map(int, sys.argv[1:])
version = subprocess.check_output(["git", "--version"], text=True).strip()
first, second = (mmh3.hash(b"pyproject.toml", seed, signed=False) for seed in (0x293AE76F, 0x7E646E2C))
bits = {size: len({(first + i * second) % (8 * size) for i in range(7)}) for size in range(1, 11)}
print(f"{version}: of 399 commits that do not change it, the filters let pass {python_file} for pyproject.toml,")
print(f"{other_file} for setup.cfg; hash1 is {second:#010x}, bits by bytes of the filter: {bits}")
if [bits[size] for size in (1, 2, 3, 4, 5, 6, 8, 9, 10)] != [1] * 9 or python_file < 10 * other_file:
    sys.exit("changed: the filters exclude as many commits for pyproject.toml as for another path")
END
