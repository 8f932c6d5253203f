"""Examples of each command, as `COMMAND --help` shows them below the options."""

from __future__ import annotations

EXAMPLES = {
    "init": ("zenml-pin init", "zenml-pin init --scaffold"),
    "pin": (
        "zenml-pin pin trainers.step.MyTrainer",
        "zenml-pin pin pipelines/mine.yaml --dry-run",
        "zenml-pin pin pipelines/mine.yaml --update",
    ),
    "bisect": (
        "zenml-pin bisect trainers.step.MyTrainer --good v1.2 --test checks:is_good",
        "zenml-pin bisect trainers.step.MyTrainer --good v1.2 -- python check.py",
        "zenml-pin bisect 'My Pipeline' --good v1.2 --metric accuracy --min 0.92",
    ),
    "load": (
        "zenml-pin load trainers.step.MyTrainer@v1.2",
        "zenml-pin load trainers.step.MyTrainer@HEAD~3 --isolated",
    ),
    "cat": ("zenml-pin cat trainers.step.MyTrainer@v1.2", "zenml-pin cat HEAD~3:setup.cfg"),
    "ls": ("zenml-pin ls trainers.step.MyTrainer@v1.2", "zenml-pin ls HEAD~3:pipelines"),
    "status": ("zenml-pin status trainers", "zenml-pin status trainers.step.MyTrainer"),
    "verify": (
        "zenml-pin verify trainers.step.MyTrainer@v1.2",
        "zenml-pin verify pins.bundle --format json",
    ),
    "run": (
        "zenml-pin run train.py -- --epochs 3",
        "zenml-pin run 'My Pipeline' --number 2",
        "zenml-pin run pipelines/mine.yaml --rev v1.2",
    ),
    "pipelines": ("zenml-pin pipelines", "zenml-pin -C ../other pipelines"),
    "steps": ("zenml-pin steps",),
    "env": ("zenml-pin env", "zenml-pin env remove --all"),
    "runs": (
        "zenml-pin runs 'My Pipeline' --last 5",
        "zenml-pin runs 1a2b3c",
        "zenml-pin runs 1a2b3c --patch",
        "zenml-pin runs --compare last~1 last",
    ),
    "store": (
        "zenml-pin store",
        "zenml-pin store gc --keep-runs 5 --older-than 30d --dry-run",
        "zenml-pin store export 20260314-093000-1a2b3c -o ../run",
        "zenml-pin store artifact 3f2a9c -o model.pickle",
    ),
    "reproduce": (
        "zenml-pin reproduce",
        "zenml-pin reproduce 'My Pipeline' --rtol 1e-6",
        "zenml-pin reproduce 'My Pipeline' --env",
        "zenml-pin reproduce 20260130-120000 --format html -o reproduction.html",
    ),
    "check": (
        "zenml-pin check",
        "zenml-pin check --staged --format github",
        "zenml-pin check pipelines/mine.yaml",
        "zenml-pin check --write-baseline",
    ),
    "audit": (
        "zenml-pin audit",
        "zenml-pin audit --load --sandbox require",
        "zenml-pin audit --all-history --format html -o report.html",
    ),
    "diff": (
        "zenml-pin diff trainers.step.MyTrainer@v1.2",
        "zenml-pin diff trainers.step.MyTrainer@v1.2 HEAD",
    ),
    "versions": ("zenml-pin versions trainers.step.MyTrainer",),
    "doctor": ("zenml-pin doctor",),
    "bundle": (
        "zenml-pin bundle pipelines/mine.yaml -o mine.bundle",
        "zenml-pin bundle trainers.step.MyTrainer@v1.2 -o pins.bundle",
    ),
    "completion": (
        'eval "$(zenml-pin completion bash)"',
        "zenml-pin completion fish > ~/.config/fish/completions/zenml-pin.fish",
    ),
    "demo": ("zenml-pin demo",),
    "help": ("zenml-pin help how-to", "zenml-pin help check"),
}
