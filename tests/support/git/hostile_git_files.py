"""Contents of a file `.git` that do not lead to a repository."""

from __future__ import annotations

HOSTILE_GIT_FILES: dict[str, bytes] = {
    "empty": b"",
    "no gitdir": b"hello\n",
    "no path": b"gitdir: \n",
    "nowhere": b"gitdir: /nowhere/at/all\n",
    "itself": b"gitdir: .git\n",
    "a file": b"gitdir: ../file\n",
    "nul": b"gitdir: ../repo-git\0\n",
    "not text": b"gitdir: \xff\xfe\x00\n",
    "no space": b"gitdir:../repo-git\n",
    "very long": b"gitdir: " + b"a/" * 10_000,
    "longer than any": b"gitdir: " + b"x" * 200_000,
    "upward": b"gitdir: " + b"../" * 500 + b"etc\n",
}
