"""Tests of bundles: pins with their code, in one file."""
