"""Operations, sessions, settings and idempotency keys."""

from loaders.audit.migrations import run_sql

revision = "0001"
down_revision: str | None = None


def upgrade() -> None:
    """Create them."""
    run_sql("r0001_operacoes_up")


def downgrade() -> None:
    """Drop them, with all that they hold."""
    run_sql("r0001_operacoes_down")
