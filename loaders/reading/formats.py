"""How a file writes numbers and dates, told from all of its lines.

Here: what was seen, and the verdict. Not here: looking at the cells, which each reader
does in its own way (`delimited`, `plain`, `landing`).
"""

from typing import Literal

# By the places of the separators, which two readers can tell alike.
ISO = r"^....-..-.."
BRAZILIAN = r"^../../...."


class DecimalMark:
    """Which mark the decimals have.

    Attributes:
        comma: A number ended in a comma and digits.
        point: A number ended in a point and digits that are no thousands.
    """

    def __init__(self) -> None:
        """Begin with nothing seen."""
        self.comma = False
        self.point = False

    def decide(self, separator: str) -> Literal[",", "."]:
        """Give the verdict for a file whose fields are split by `separator`."""
        if self.comma:
            return ","
        # A comma can't both split the fields and go unquoted in numbers.
        return "." if self.point or separator == "," else ","


class DateFormat:
    """Which format the dates have."""

    def __init__(self) -> None:
        """Begin with nothing seen."""
        self._iso = False
        self._brazilian = False
        self._other = False

    def see(self, iso: bool, brazilian: bool, other: bool) -> None:
        """Note what is among the texts that are not blank."""
        self._iso |= iso
        self._brazilian |= brazilian
        self._other |= other

    def decide(self) -> Literal["iso", "dd/mm/aaaa"] | None:
        """Give the verdict; None if formats are mixed, unknown or not to be seen."""
        if self._other or self._iso is self._brazilian:
            return None
        return "iso" if self._iso else "dd/mm/aaaa"
