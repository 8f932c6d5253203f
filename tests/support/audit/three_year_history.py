"""A history for reports: three years of a small project, with pins that are fine, old, lost, broken and hostile."""

from __future__ import annotations

from datetime import datetime

from tests.support.repositories import Files, Repo, commit, find_head, listing, put, put_tree, set_head, write

ADA = "Ada Lovelace <ada@example.org>"
GRACE = "Grace Hopper <grace@example.org>"
HOSTILE = "<script>document.title='owned'</script>"

_TRAINER = '''"""Trainers of the churn model."""

from trainers.losses import weighted
from zenml_pin.steps import BaseTrainerStep


class ChurnTrainer(BaseTrainerStep):
    """Fit a logistic model of who leaves."""

    def __init__(self, epochs=20, rate=0.1):
        self.epochs = epochs
        self.rate = rate

    def run_fn(self, splits):
        weights = [0.0] * len(splits["train"][0])
        for epoch in range(self.epochs):
            for row in splits["train"]:
                weights = self.step(weights, row)
        return weights

    def step(self, weights, row):
        error = weighted(weights, row)
        return [weight - self.rate * error * value for weight, value in zip(weights, row)]
'''
_BETTER = (
    _TRAINER.replace("epochs=20, rate=0.1", "epochs=50, rate=0.05, patience=3")
    .replace(
        """        self.rate = rate

""",
        """        self.rate = rate
        self.patience = patience

""",
    )
    .replace(
        """                weights = self.step(weights, row)
        return""",
        """                weights = self.step(weights, row)
            if self.has_converged(weights):
                break
        return""",
    )
)
_SPLIT = '''from zenml_pin.steps import BaseSplitStep


class ByCustomer(BaseSplitStep):
    """Keep all rows of a customer in one split."""

    def run_fn(self, data):
        return {"train": data[::2], "eval": data[1::2]}
'''
_EVALUATOR = """from zenml_pin.steps import BaseEvaluatorStep


class Accuracy(BaseEvaluatorStep):
    def run_fn(self, model, splits):
        return {"accuracy": 0.9}
"""


def commit_on(repo: Repo, day: str, files: Files, message: str, author: str = ADA) -> str:
    """Commit changes of HEAD's files, dated to a day."""
    head = find_head(repo)
    commit_id = commit(repo, files, base=head)
    seconds = int(datetime.fromisoformat(f"{day}T10:30+01:00").timestamp())
    lines = [f"tree {put_tree(repo, listing(repo, commit_id))}", *([f"parent {head}"] if head else [])]
    lines += [f"{role} {author} {seconds} +0100" for role in ("author", "committer")]
    commit_id = put(repo, "commit", ("\n".join(lines) + f"\n\n{message}\n").encode())
    set_head(repo, commit_id)
    return commit_id


def make_history(repo: Repo) -> dict[str, str]:
    """Fill a repository; return the commits by name."""
    commits = {}
    commits["first"] = commit_on(
        repo,
        "2023-02-06",
        {
            "trainers": {
                "churn.py": _TRAINER,
                "losses.py": "def weighted(weights, row):\n    return sum(row)\n",
            },
            "splits": {"customer.py": _SPLIT},
            "evaluators": {"accuracy.py": _EVALUATOR},
            ".gitignore": ".zenml/\n",
        },
        "A first model of churn",
    )
    for number, day in enumerate(("2023-03-01", "2023-04-12", "2023-05-22")):
        commit_on(repo, day, {"README.md": f"churn {number}\n"}, "Say more about the data")
    commits["loss"] = commit_on(
        repo,
        "2023-07-03",
        {"trainers": {"losses.py": "def weighted(weights, row):\n    return 2 * sum(row)\n"}},
        "Weigh the rare class twice",
        GRACE,
    )
    for number, day in enumerate(("2023-09-04", "2023-10-10", "2023-12-01", "2024-01-15", "2024-02-20")):
        commit_on(repo, day, {"notebooks": {f"n{number}.md": "x\n"}}, f"Notebook {number}", GRACE)
    commits["better"] = commit_on(
        repo, "2024-05-06", {"trainers": {"churn.py": _BETTER}}, "Stop when it has converged"
    )
    commits["hostile"] = commit_on(
        repo,
        "2024-09-17",
        {"README.md": "end\n"},
        f"{HOSTILE} & \x1b[31mred\u202e",
        f"{HOSTILE} <a@example.org>",
    )
    for number, day in enumerate(("2025-01-20", "2025-03-03", "2025-06-30")):
        commit_on(repo, day, {"docs": {f"d{number}.md": "x\n"}}, f"Docs {number}")
    commits["head"] = commit_on(
        repo, "2025-10-06", {"splits": {"customer.py": _SPLIT + "\n\nDEFAULT = 3\n"}}, "A default"
    )
    _write_documents(repo, commits)
    return commits


def _write_documents(repo: Repo, commits: dict[str, str]) -> None:
    trainer, split, evaluator = (
        "trainers.churn.ChurnTrainer",
        "splits.customer.ByCustomer",
        "evaluators.accuracy.Accuracy",
    )
    lost = "d0ab1e0" * 5 + "c0de5"
    write_document(
        repo,
        "Churn 2023",
        split=f"{split}@{commits['first']}",
        training=f"{trainer}@{commits['first']}",
        evaluator=f"{evaluator}@{commits['first']}",
    )
    write_document(
        repo,
        "Churn weighted",
        split=f"{split}@{commits['loss']}",
        training=f"{trainer}@{commits['loss']}",
        evaluator=f"{evaluator}@{commits['first']}",
    )
    write_document(
        repo,
        "Churn 2025",
        split=f"{split}@{commits['head']}",
        training=f"{trainer}@{commits['better']}",
        evaluator=f"{evaluator}@{commits['better']}",
    )
    write_document(
        repo,
        "Experiment of a branch",
        split=split,
        training=f"{trainer}@{lost}",
        evaluator=f"evaluators.accuracy.Recall@{commits['better']}",
    )
    write_document(repo, HOSTILE, file="hostile", training=f"{trainer}@{commits['hostile']}")
    write(repo, {"pipelines": {"broken.yaml": "pipeline: {name: [}\n"}})


def write_document(repo: Repo, name: str, file: str | None = None, **steps: str) -> None:
    """Write a document of the workspace."""
    lines = ["version: '1'", "pipeline:", f"  name: {name!r}", "  type: training"]
    lines += ["  source: zenml_pin.pipelines.TrainingPipeline@zenml_0.1.0", "steps:"]
    lines += [f"  {key}:\n    source: {source}" for key, source in steps.items()]
    write(repo, {"pipelines": {f"{file or name.replace(' ', '_')}.yaml": "\n".join(lines) + "\n"}})
