"""Cases of divergence: their log, their transitions, corrections, and what is read of them."""

from loaders.audit.migrations import run_sql

revision = "0002"
down_revision: str | None = "0001"


def upgrade() -> None:
    """Create them."""
    run_sql("r0002_divergencias_up")


def downgrade() -> None:
    """Drop them, with all that they hold."""
    run_sql("r0002_divergencias_down")
