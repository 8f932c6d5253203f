"""YAML texts that are refused: attacks and mistakes."""

from __future__ import annotations

from zenml_pin.yaml.writing import MAX_DEPTH


def bomb(levels: int) -> str:
    """Return a "billion laughs" bomb: each line contains the line before eight times."""
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x]"]
    lines += [f"a{level}: &a{level} [{', '.join([f'*a{level - 1}'] * 8)}]" for level in range(1, levels)]
    return "\n".join(lines)


def merge_bomb(levels: int) -> str:
    """Return merge keys that double with each line."""
    lines = ["m0: &m0 {a: 1}"]
    lines += [f"m{level}: &m{level} {{<<: [*m{level - 1}, *m{level - 1}]}}" for level in range(1, levels)]
    return "\n".join(lines)


# A text, and the line, the key path and a part of the reason in the error.
REFUSED_YAML: dict[str, tuple[str | bytes, int, str, str]] = {
    "python tag": (
        "a:\n  b: !!python/tuple [1]\n",
        2,
        "a.b",
        "tag 'tag:yaml.org,2002:python/tuple' is refused",
    ),
    "python object": ("!!python/object/apply:os.system ['id']", 1, "", "is refused"),
    "core tag": ("a: !!str 1", 1, "a", "is refused"),
    "empty int": ('a: !!int ""', 1, "a", "is refused"),
    "own tag": ("a: !mine x", 1, "a", "tag '!mine' is refused"),
    "binary": ("a: !!binary aGk=", 1, "a", "is refused"),
    "alias bomb": (bomb(9), 5, "a4[0]", "aliases repeat more than 10000 values"),
    "merge bomb": (merge_bomb(30), 2, "m1", "merge key '<<' is refused"),
    "merge key": ("a: &a {b: 1}\nc:\n  <<: *a\n", 3, "c", "merge key '<<' is refused"),
    "alias of itself": ("a: &a [1, *a]", 1, "a[1]", "alias '*a' refers to a value that contains it"),
    "alias as its own value": ("a: &a {b: *a}", 1, "a.b", "refers to a value that contains it"),
    "duplicate key": ("a:\n  b: 1\n  c: 2\n  b: 3\n", 4, "a.b", "the key is given twice, first on line 2"),
    "duplicate in flow": ("{a: 1, a: 1}", 1, "a", "given twice"),
    "duplicate number": ("1: a\n1.0: b\n", 2, "1.0", "given twice"),
    "deep flow": ("[" * 500, 1, "[0]" * MAX_DEPTH, "nested deeper than 64 levels"),
    "very deep flow": ("[" * 100_000, 1, "", "nested deeper than 64 levels"),
    "deep blocks": ("- " * 5_000 + "x", 1, "[0]" * MAX_DEPTH, "nested deeper than 64 levels"),
    "deep mapping": ("{a: " * 70, 1, ".".join("a" * MAX_DEPTH), "nested deeper than 64 levels"),
    "deep through an alias": (
        f"a: &a {'[' * 40}{']' * 40}\nb: {'[' * 40}*a{']' * 40}",
        2,
        "b" + "[0]" * 40,
        "nested deeper",
    ),
    "list as key": ("? [1]\n: 2", 1, "", "a list cannot be a key"),
    "mapping as key": ("a:\n  {b: 1}: 2", 2, "a", "a dict cannot be a key"),
    "list as key by alias": ("a: &a [1]\n*a : 2", 1, "", "a list cannot be a key"),
    "two documents": ("a: 1\n---\nb: 2\n", 2, "", "a second document starts"),
    "NUL": (b"a: x\nb: \0", 2, "", "it contains a NUL byte"),
    "control character": ("a: x\x07", 1, "", r"it contains the character \x07"),
    "Latin-1": ("a: \xe9".encode("latin-1"), 1, "", "byte 3 is not UTF-8"),
    "UTF-16": ("a: 1".encode("utf-16"), 1, "", "looks like UTF-16"),
    "binary file": (bytes(range(256)), 0, "", "is not UTF-8"),
    "open bracket": ("a:\n  b: [1,", 0, "", ""),
    "colon": ("a: b: c", 1, "", "mapping values are not allowed"),
    "tab": ("a:\n\tb: 1", 2, "a", "cannot start any token"),
    "anchor given twice": ("a: &a 1\nb: &a 2", 2, "b", "anchor '&a' is given twice"),
    "unknown alias": ("a: *b", 1, "", ""),
    "half a surrogate": (r'a: "\ud800"', 1, "a", ""),
    "too large an escape": (r'a: "\UFFFFFFFF"', 0, "a", ""),
    "no date": ("a: 2021-13-40", 1, "a", "'2021-13-40' is not a valid timestamp"),
    "long number": ("a: " + "9" * 5_000, 1, "a", "a number of 5000 characters"),
    "long number in base 60": ("a: 1" + ":59" * 100_000, 1, "a", "a number of 300001 characters"),
    "value key": ("a: =", 1, "a", "plain '=' has a special meaning in YAML"),
    "directive": ("%YAML 9.9\n---\na: 1", 0, "", ""),
}
