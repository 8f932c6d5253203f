"""Tests of the classes that need ZenML's libraries."""
