"""Alembic's migrations: how each schema grew from the one before."""
