"""Tests of carrying pins."""
