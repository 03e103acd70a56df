"""Alembic trees, read without running them."""
