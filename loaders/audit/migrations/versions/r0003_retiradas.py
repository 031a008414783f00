"""Operations of one more kind: a load that was taken back."""

from loaders.audit.migrations import run_sql

revision = "0003"
down_revision: str | None = "0002"


def upgrade() -> None:
    """Allow it."""
    run_sql("r0003_retiradas_up")


def downgrade() -> None:
    """Allow it no more; those that are registered go."""
    run_sql("r0003_retiradas_down")
