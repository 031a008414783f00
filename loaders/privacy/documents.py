"""CPF and CNPJ in Python: what a person types, and every dress in which a file may show it.

Here: one document. Not here: columns full of them, which the models check
(`macros/privacy/checked_documents.sql`).
"""

import re
from dataclasses import dataclass
from typing import Final

from stdnum.br import cnpj, cpf

from loaders.errors import MiranteError

# Digits that are a document's for sure.
_ENOUGH: Final = 8
# Where a document may begin in a text, and what it would be if it does.
_SHOWN: Final = re.compile(
    r"(?<![0-9A-Za-z])(?=(\d(?:[\s./-]*\d){10})(?![0-9A-Za-z]))"
    r"|(?<![0-9A-Za-z])(?=([0-9A-Za-z](?:[\s./-]*[0-9A-Za-z]){11}(?:[\s./-]*\d){2})(?![0-9A-Za-z]))"
)


@dataclass(frozen=True)
class Document:
    """A valid CPF or CNPJ.

    Attributes:
        kind: `CPF` or `CNPJ`.
        characters: 11 digits or 14 characters, without punctuation.
    """

    kind: str
    characters: str

    @property
    def pattern(self) -> str:
        """A regular expression of Postgres for a text that shows it, whatever is around it.

        Zeros may be lost at its beginning, any of `. - /` and blanks may stand between its
        characters, a spreadsheet's decimal tail or exponent after it. A document of hardly
        more than zeros needs them: without them it would be any small number.
        """
        bare = self.characters.lstrip("0")
        if len(bare) < _ENOUGH:
            bare = self.characters
        separated = r"[\s./-]*".join(bare)
        # 52998224725 as 5.2998224725E+10; lost zeros at the end are an exponent's too.
        mantissa = bare.rstrip("0") or bare
        exponent = rf"{mantissa[0]}[.,]?{mantissa[1:]}0*[eE]\+?{len(bare) - 1:02d}"
        return rf"(^|[^0-9A-Za-z])(0[\s./-]*)*({separated}|{exponent})(\.0+)?($|[^0-9A-Za-z])"


def parse_document(text: str) -> Document:
    """Read what a person typed.

    Args:
        text: with or without punctuation and zeros.

    Raises:
        MiranteError: it is neither a CPF nor a CNPJ; the message does not repeat it.
    """
    document = try_document(text)
    if document is None:
        raise MiranteError(
            "o documento não é um CPF nem um CNPJ válido. Confira os dígitos; se a fonte o tem"
            " errado, indique o registro: --registro carteira:CODIGO."
        )
    return document


def try_document(text: str) -> Document | None:
    """Read a document as the models do, or say that it is none.

    Args:
        text: as a file shows it: punctuation, lost zeros, a decimal tail, an exponent that
            still has every digit.
    """
    characters = re.sub(r"[\s./-]", "", re.sub(r"^(\d+)\.0+$", r"\1", text.strip())).upper()
    shown = re.fullmatch(r"(\d)[.,](\d+)[eE]\+?(\d{1,2})", text.strip())
    if shown:
        characters = shown[1] + shown[2] if len(shown[2]) == int(shown[3]) else ""
    if re.fullmatch(r"\d{1,11}", characters):
        candidate = characters.zfill(11)
        if len(set(candidate)) > 1 and cpf.is_valid(candidate):
            return Document("CPF", candidate)
    if re.fullmatch(r"\d{1,14}|[0-9A-Z]{14}", characters):
        candidate = characters.zfill(14)
        if len(set(candidate)) > 1 and cnpj.is_valid(candidate):
            return Document("CNPJ", candidate)
    return None


def mentions_document(text: str) -> bool:
    """Whether a valid CPF or CNPJ is somewhere in a text, with all of its characters."""
    return any(try_document(found[1] or found[2]) for found in _SHOWN.finditer(text))
