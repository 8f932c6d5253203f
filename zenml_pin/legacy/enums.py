"""The enumerations of ZenML 0.3: names and numbers that old code relies on."""

from __future__ import annotations

from enum import Enum


class PipelineStatusTypes(Enum):
    """How far a pipeline is."""

    NotStarted = 1
    Failed = 2
    Succeeded = 3
    Running = 4


class GDPComponent(Enum):
    """Parts of a pipeline in TensorFlow Extended."""

    SplitGen = 1
    SplitStatistics = 2
    SplitSchema = 3
    Sequencer = 4
    SequencerStatistics = 5
    SequencerSchema = 6
    PreTransform = 7
    PreTransformStatistics = 8
    PreTransformSchema = 9
    Transform = 10
    Trainer = 11
    Evaluator = 12
    ResultPackager = 13
    ModelValidator = 14
    Deployer = 15
    DataGen = 16
    Inferrer = 17
    DataStatistics = 18
    DataSchema = 19
    Tokenizer = 20


class MLMetadataTypes(Enum):
    """Kinds of metadata stores."""

    sqlite = 1
    mysql = 2
    mock = 3


class ArtifactStoreTypes(Enum):
    """Kinds of artifact stores."""

    local = 1
    gcs = 2


class StepTypes(Enum):
    """Kinds of steps."""

    base = 1
    data = 2
    sequencer = 3
    preprocesser = 4
    split = 5
    trainer = 6
    evaluator = 7
    deployer = 8
    inferrer = 9


class GCPGPUTypes(Enum):
    """GPUs of Google Cloud."""

    K80 = 1
    V100 = 2
    P100 = 3


class ImagePullPolicy(Enum):
    """When Kubernetes pulls an image."""

    Always = 1
    Never = 2
    IfNotPresent = 3
