"""What alembic runs to migrate: on the connection it was given, inside one schema.

Here: alembic's own settings. Not here: the connection and its transaction (`loaders.audit.schema`).
"""

from alembic import context

attributes = context.config.attributes
context.configure(
    connection=attributes["connection"],
    # Beside the tables that it speaks of: each prefix has its own.
    version_table_schema=attributes["schema"],
)
with context.begin_transaction():
    context.run_migrations()
