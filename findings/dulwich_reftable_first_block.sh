#!/usr/bin/env bash
# dulwich reads the refs of the first block of a reftable alone: 9 of 92.
#
# git 2.55 wrote the table below, with 91 branches and HEAD in blocks of 256 bytes (reftable.blockSize=256; git's usual
# blocks are 4,096 bytes and hold about 150 refs, so a usual fetch of 200 branches is enough). git prints all of them.
# dulwich 1.2.21 lists those of the first block, and says nothing of the others.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install -q dulwich==1.2.21

cat >"$work/table.txt" <<'END'
eNrFmA9sE1Ucx99mKcUWtwKBK6CwK4zgGL32em2RREfcRissmxNDg0RW2Z9uyPg3giuK65DpGDgHCPvHxoBtIBbBgISSxQkMRdAN
biuGgX8SBRUVFf9AAfW93r1bibteGovcknbvtf3c9/u93++9azNTUmdFgSjAH/ifeUsB+AtorSnTkkHM0pzcZTpnjiN7mW6hI78Q
lNiCZvKWLlq+OJHSFToW5iRS0bIBazcel/dc+iX+duVDjDVxfKN7MqHWG/p9QTOIEZm3iIAMepEPGEXmzf3OAzAaABpEAwB93gph
iBbBUiLzYu83icxPEfFpjFRgjF4kABl3rTn/T4r5Z8LLlRA1ercDM4cXWLD/KyH8m8VytUSmEAkRQ+ppek6APiJ5Cnb/dUD/t/vz
j08f7nUwRKpw6UgFbAyZiIR/492uWyZSeZnCyyvI/60Q/k1iqZrvUZ9bIpOX5Ppn4Os/UlVouEd50Yb/5J8OtwyNkQqMuauBBfu/
HcI/I5arKVJ9a45UYJawAgvq/7IQ/i2RqUNlHLpxjApva/pfjnwUQUmG2P5vMAMiltG74aOZWQ3UVrwv0msAoTC+CudNxnL4aLFU
wFdx1xjWo4+ZKtELVBVQjkX2N4J77LW/YxEAWhArG6AE7n7+AoLzADj/wvn5H/22eHmR43pM1Psaa9S6uar1pSm78zv8mt3lEzv8
36XcaB7glfuLyw/v9sop+uUqZ0vyzib1zKvpmRePtR9t//J4uwwUFml/grQeSHNumvREWoKv05o2c6IvXfexLrGL6eqccTqthzHm
wJM8RqCTbHAPpzxf2LofVudnK9ib65PbVKpJqnVg7yrtQAjqDg0yILXzNBzoEuWZZ4Ugp4r11yR7OI67leyQ5piyIKeRF3SC8oyx
+QrkrN+NKa53ycPStt7LhpSrATVDquJTqbar1u4EjfN+1r8Zg95yk79Kg/YjOYsIDtRSRrW9Y0OgaNa/FoNaMslvpX0xeRCk4xS5
cymPDuajcQLWX485RQfIHdIcOhdyOvl8ICcd5jOI9b+CKUsyySZpivk5SKnkr1YL5am0+gqiWP8bmPL82+RmScpBCqUcw2uJpzx/
Qi0PsK5KTHHKyQpI6UWUYaIUBFkRkFI6uL4sVqtypF6IO6M4mXRfta93XEFOVpYjSwa+cYxrCKGomy9nlM6hvnTMgXRcq7GiZzvI
YmmKAaVzri+dc4F0XG9iypwxZKE0xYSMze5LZwuXTjmmPF1MzocUViQdnoLaagQvRU55RkApKtbVgCEPjiZHhqhiHqKfDymXeSmb
KU9eoMsLZOzKMtzlLw4lN0qDGLRctGqE5aIVdXl+roJduQGDVjST5dLh0MjXBEJYLj6EitxdrnXY14wx5HRpihl153SNsFhMt6LF
wlWNKY8bSLO0qUPoQr3K9/hwuFgMtHGLhatE6M0PyCIIuhgSdHAfknOTL+XS1FhaNdiR+4P2jOpk0tBqX5tQyxOWjDsawtxZvpbR
irGSk+VOpTxHbNyK4a3AqkzZ5HBpjgH1xFSN0BNTragnvFsxxXiJJKQpJtQTvYTQE8/YUE9412AKlUQOlqboUdR1GqEn6qyoJ7xV
mJJQS0aH6AmegopwFCH0xBUb6gnv6xhybVJcqC2ChzCoJxZohJ5YwJWyjD1Si0s5kyZpaRCN5Ozp20ITAs1VqGCPlGJQWgc5UToc
M+qJU31b6KnAFgpD3oSdxa2KuyzJOUihMpzRt4VWBLZQ72uYonkqzgcp9aEp+9ClUgbUXKg5XF5TTF1UWrs/aYf3Fwrw+9xRMfBu
7jpwE2J3c3oD+Js7bmzREnaDHg//2LKEyKDx6Fr1I5oMEx79XBNN2I0MHv5YYyXsjBEPv69VE3YThYeXa+doMqbg0dd1JGE3W/Dw
qzonYbeY8fDz+snqklh8QykgeuuLghCfbU2CQgVET4OcsNMC4mzDzDvuKaH/G/35x79mCBY7G4dAF0IcpxtnQxdCHCe3jSUyhJOc
2JYfFMexJh00IcTR3rQcmsDfloVY2rY/CmULnrw7VEGeDu2YBU0Ing7sHAkDFk63f2cWlCYo3dscD6UJSvc0L4CRCkp3tRiDA4D+
04E7VvTbDP5Yc8tLQZa2t6YonYFftvmJbbuUAWqmyI/j3JOSny2JvvOWWqXlnod9Wq/oGv8Pz1CgMQ==
END
"$work/venv/bin/python" - "$work" <<'END'
import base64, sys, zlib
from pathlib import Path

from dulwich import __version__
from dulwich.reftable import ReftableRefsContainer

work = Path(sys.argv[1])
repository = work / "repository"
(repository / "reftable").mkdir(parents=True)
(repository / "HEAD").write_text("ref: refs/heads/.invalid\n")
(repository / "reftable" / "tables.list").write_text("0x000000000001-0x00000000005f-849fc1b3.ref\n")
table = zlib.decompress(base64.b64decode((work / "table.txt").read_text()))
(repository / "reftable" / "0x000000000001-0x00000000005f-849fc1b3.ref").write_bytes(table)

refs = sorted(ReftableRefsContainer(str(repository)).allkeys())
print("dulwich", ".".join(map(str, __version__)), "lists", len(refs), "refs")
print(*refs, sep="\n")
assert len(refs) == 9, "changed: git lists 92 refs with HEAD"
END
