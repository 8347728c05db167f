"""What Alembic runs: the connection is handed in by `adapters.sql.migrate`."""

from alembic import context

context.configure(
    connection=context.config.attributes["connection"],
    transaction_per_migration=True,
    transactional_ddl=True,  # SQLite can, though Alembic does not count on it
)
with context.begin_transaction():
    context.run_migrations()
