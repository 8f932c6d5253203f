"""The releases of ZenML from 0.1.0 to 0.3.8: their names, and documents that their own code writes."""
