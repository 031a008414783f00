"""How names are compared: of a file's header with a contract's, of a text with its spellings.

Here: the folding of names, the key of a text, the letters of spreadsheet columns. Not here:
which names a source has (`loaders/contracts/*.yml`).
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


def text_key(text: str) -> str:
    """Return what is the same for all spellings of a text; as the macro `text_key`.

    Args:
        text: as it came.

    Returns:
        The text without accents, in capitals, its spaces single.
    """
    decomposed = unicodedata.normalize("NFD", text)
    plain = re.sub("[\u0300-\u036f]", "", decomposed)
    return re.sub(r"[\s\u00a0]+", " ", plain).strip().upper()


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
