"""Classes of ZenML 0.1 to 0.3 that need its libraries, such as TensorFlow Extended, as thin classes.

Old code derives from them, and old documents name them. They load, keep their arguments and can be looked into; what
needs a library raises an error that names it. `importing.zenml_names` says which name leads here.

Order of the parts, top first; imports point down:

    feed_forward
    backends datasources pipelines steps trainers
    needed
    enums exceptions naming
"""
