"""The ZenML root: its folders and settings, edits of .gitignore and setup.cfg, and the scaffold of a new one."""
