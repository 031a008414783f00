"""How a name in a file's header is compared with a name in a contract.

Here: the folding of names, and the letters of spreadsheet columns. Not here: which
names a source has (`loaders/contracts/*.yml`).
"""

import re
import unicodedata

_IGNORED = re.compile(r"[\s_.\-]+")


def fold(name: str) -> str:
    """Reduce a name to what identifies it: no case, accents, spaces, `_`, `-` or `.`.

    Args:
        name: A header cell, or a contract's column name or alias.

    Returns:
        The folded name; empty when nothing identifying is left.
    """
    decomposed = unicodedata.normalize("NFKD", name)
    plain = "".join(char for char in decomposed if not unicodedata.combining(char))
    return _IGNORED.sub("", plain.casefold())


def column_letter(position: int) -> str:
    """Name a column as a spreadsheet does.

    Args:
        position: Zero for the first column.

    Returns:
        `A` for 0, `Z` for 25, `AA` for 26.
    """
    letters = ""
    rest = position + 1
    while rest:
        rest, digit = divmod(rest - 1, 26)
        letters = chr(ord("A") + digit) + letters
    return letters
