"""What Alembic runs: on the connection that `migrate` has opened, within its transaction."""

from alembic import context

from api.record.tables import METADATA

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=METADATA,
    transaction_per_migration=False,
)
context.run_migrations()
