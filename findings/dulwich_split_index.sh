#!/usr/bin/env bash
# dulwich calls a split index damaged.
#
# `git update-index --split-index` (or core.splitIndex) keeps most entries in .git/sharedindex.ID and names that file in
# the extension "link" of .git/index. git 2.39 wrote the two files below, with f and d/g in the first and new in the second.
# dulwich 1.2.21 says neither that it does not know the extension nor that the index is split: it takes the extension for
# the checksum of the file, and raises ChecksumMismatch, also from `dulwich status`.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install -q dulwich==1.2.21

"$work/venv/bin/python" - "$work" <<'END'
import base64, sys, zlib

from dulwich import __version__
from dulwich.errors import ChecksumMismatch
from dulwich.index import Index

files = {
    "index": "eNpz8QxyZmBgYALhbN43pZYrF0wB0oX6W7dqMTD8Y2BQ1d3MwNC4hAEBWL5Lvr9icFX7/ImwLOdNr1PDOi53FIIkwPoXsUSD9OuezdWE6t+Irj9MbfWH73oR1xcGm3Uvrd1yrPjAQ7D+nMy8bCDlErFcu0neOezKpfPqj1+z/NNOtCxqhuplZEAFTEgYBphBREiQqyuQUmDQNVQw5EphMFQw4NKLue68lL+WVSv5Ud+txiVZ9XUfd7+IP8tq6cjBdt36yRG2g62yek/vzAYAagJNuw==",
    "sharedindex.58a72b821f4356d4d2cf27e3eb04fe2b61397283": "eNpz8QxyZmBgYAJi5mzeN4X6W7dqwWgGhn8MDKo6lxgYGpcwIADLd8n3Vwyuap8/EZblvOl1aljH5Y5CBuYU/XSoApB+3bO5mjAaas4FdHPC1FZ/+K4XcX1hsFn30totx4oPPCxkYEwD6S+1Whv8AEZD9OuuRtPPFFH9bMvhn/aTj3QeEJTeFTpNpErtNANzXmo5VEHEcu0meeewK5fOqz9+zfJPO9GyqBkAngFN2Q==",
}
for name, text in files.items():
    with open(sys.argv[1] + "/" + name, "wb") as file:
        file.write(zlib.decompress(base64.b64decode(text)))

try:
    print("entries:", list(Index(sys.argv[1] + "/index")))
except ChecksumMismatch as error:
    print("dulwich", ".".join(map(str, __version__)), "raises ChecksumMismatch:", error)
else:
    sys.exit("changed: the index is read or refused as what it is")
END
