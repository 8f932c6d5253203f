"""The midpoint: the candidate whose answer leaves the fewest candidates, chosen as git chooses it.

    weight      how many candidates are a commit or its ancestors
    distance    the smaller of its weight and of the number of all other candidates

Without skipped commits git takes the first commit that is half-way: merges first, then the others. If there is none, it
takes the first commit with the largest distance. With skipped commits it sorts all by distance; if the best one is
skipped, it takes one farther away, chosen by numbers that look random, so that it leaves a region that cannot be built.

Weights of merges come from sets of ancestors as bits of an integer, not from a walk for each merge.

Sources: git-bisect-lk2009(7).
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    # The candidates, oldest first, each with its parents among them.
    Graph = Mapping[str, tuple[str, ...]]

_PRECISION = 1024
# The generator of C's `rand` as POSIX shows it.
_FACTOR, _SUMMAND, _MODULUS = 1103515245, 12345, 32768


def choose(graph: Graph) -> str:
    """Return the midpoint of at least one candidate."""
    weights: dict[str, int] = {}
    for commit_id, weight, may_decide in _weigh(graph):
        weights[commit_id] = weight
        if may_decide and _is_halfway(weight, len(graph)):
            return commit_id
    return max(graph, key=lambda name: _distance(weights[name], len(graph)))


def sort_by_distance(graph: Graph) -> list[str]:
    """Return the candidates, the best midpoint first; the newest commit of the search is last."""
    weights = {commit_id: weight for commit_id, weight, _ in _weigh(graph)}
    return sorted(graph, key=lambda name: (-_distance(weights[name], len(graph)), name))


def skip_away(candidates: list[str], bad: str) -> str:
    """Return the candidate to test where the best midpoint is skipped.

    Args:
        candidates: Those that are not skipped, sorted by distance.
        bad: The bad commit, one of them.
    """
    number = _random(len(candidates))
    index = (len(candidates) * number // _MODULUS) * _root(number) // _root(_MODULUS)
    if candidates[index] != bad:
        return candidates[index]
    return candidates[index - 1] if index else candidates[0]


def _weigh(graph: Graph) -> Iterator[tuple[str, int, bool]]:
    """Yield each candidate with its weight and whether it may decide early, in the order in which git looks at them."""
    weights: dict[str, int] = {}
    merges = _weigh_merges(graph)
    for commit_id, parents in graph.items():
        if not parents:
            weights[commit_id] = 1
            yield commit_id, 1, False
    for commit_id, weight in merges.items():
        weights[commit_id] = weight
        yield commit_id, weight, True
    rest = [commit_id for commit_id in graph if commit_id not in weights]
    while rest:
        later = []
        for commit_id in rest:
            below = weights.get(graph[commit_id][0])
            if below is None:
                # Only where clocks ran backwards is a parent behind its child.
                later.append(commit_id)
                continue
            weights[commit_id] = below + 1
            yield commit_id, below + 1, True
        rest = later


def _weigh_merges(graph: Graph) -> dict[str, int]:
    """Return the weights of the merges, in the order of the graph."""
    if all(len(parents) < 2 for parents in graph.values()):
        return {}
    children = dict.fromkeys(graph, 0)
    for parents in graph.values():
        for parent in parents:
            children[parent] += 1
    weights: dict[str, int] = {}
    masks: dict[str, int] = {}
    for bit, commit_id in enumerate(_parents_first(graph)):
        mask = 1 << bit
        for parent in graph[commit_id]:
            mask |= masks[parent]
            children[parent] -= 1
            # Only the sets of commits with children to come stay in memory.
            if not children[parent]:
                del masks[parent]
        masks[commit_id] = mask
        if len(graph[commit_id]) > 1:
            weights[commit_id] = mask.bit_count()
    return {commit_id: weights[commit_id] for commit_id in graph if commit_id in weights}


def _parents_first(graph: Graph) -> Iterator[str]:
    """Yield the candidates, each after its parents."""
    done: set[str] = set()
    rest = list(graph)
    while rest:
        later = []
        for commit_id in rest:
            if all(map(done.__contains__, graph[commit_id])):
                done.add(commit_id)
                yield commit_id
            else:
                later.append(commit_id)
        rest = later


def _is_halfway(weight: int, count: int) -> bool:
    difference = abs(2 * weight - count)
    return difference <= 1 or difference < count // _PRECISION


def _distance(weight: int, count: int) -> int:
    return min(weight, count - weight)


def _random(count: int) -> int:
    return (count * _FACTOR + _SUMMAND) % 2**32 // 65536 % _MODULUS


def _root(value: int) -> int:
    """Return a square root as Newton's method finds it, to half a unit."""
    root, difference = float(value), 1.0
    while value and difference >= 0.5:
        better = (root + value / root) / 2
        root, difference = better, abs(better - root)
    return int(root)
