"""Loan contracts of the population, and how each stands on a day.

Here: contracts a block of clients at a time, drawn once for all months, and a month's
position as the columns of its file. Not here: faults (`loan_faults`), the file (`carteira`).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
import polars as pl
from numpy.typing import NDArray

from loaders.simulator.population import GRADES, PERFIS, RURAL, People, Population

Ints = NDArray[np.int64]

LINHAS = {
    "Crédito Pessoal": "PESSOA FÍSICA",
    "Cheque Especial": "PESSOA FÍSICA",
    "Consignado": "PESSOA FÍSICA",
    "Financiamento de Veículo": "VEÍCULOS",
    "Custeio Agrícola": "RURAL",
    "Investimento Rural": "RURAL",
    "Capital de Giro": "EMPRESAS",
    "Desconto de Recebíveis": "EMPRESAS",
    "Crédito Imobiliário": "IMOBILIÁRIO",
}
# Modalities of the central bank's table 3040: loans, discounted titles, financing, rural and
# housing credit.
MODALIDADES = {
    "Crédito Pessoal": "02",
    "Cheque Especial": "02",
    "Consignado": "02",
    "Financiamento de Veículo": "04",
    "Custeio Agrícola": "08",
    "Investimento Rural": "08",
    "Capital de Giro": "02",
    "Desconto de Recebíveis": "03",
    "Crédito Imobiliário": "09",
}
HEADER = (
    "cliente_id", "cliente_documento", "cliente_nome", "e_cooperado", "cliente_estado_civil",
    "cliente_sexo", "cliente_nascimento", "cliente_relacionamento", "risco_crl", "renda_bruta",
    "agencia_id", "agencia_nome", "carteira_nome", "cliente_perfil", "profissao",
    "vinculo_empregaticio", "AtividadeEconomica", "GrupoCNAE", "CNAE", "num_contrato",
    "tipo_contrato", "mod_bacen", "sub_mod_bacen", "linha", "atraso", "risco_atual",
    "saldo_atual", "saldo_provisao", "VALORGARANTIA", "COBGARANTIA", "DATAOPERACAO",
    "DATAVENCIMENTO", "TAXA", "INDEXADOR", "VALORCONTRATO", "RISCOINICIAL",
)  # fmt: skip
AGENCIAS = 12
_NAMES = pl.Series(list(LINHAS))
_MODALIDADES = pl.Series([MODALIDADES[name] for name in LINHAS])
# Of people, farmers and companies, as places in `LINHAS`.
_OF_PEOPLE, _OF_FARMERS, _OF_COMPANIES = [0, 1, 2, 3, 8], [4, 5], [6, 7]
_CNAES = (("A", "0115-6/00"), ("C", "1091-1/02"), ("F", "4120-4/00"), ("G", "4711-3/02"))
# Minimum provision by grade, in per cent, after Resolução CMN 2.682; half steps between.
_PROVISION = np.array([0, 0.5, 0.75, 1, 2, 3, 6.5, 10, 20, 30, 50, 70, 100])
_YEARS = 5
_FIRST_NUMBER = 100_001


@dataclass(frozen=True)
class Contracts:
    """What stays the same of a block's contracts from month to month; arrays of one length.

    Attributes:
        people: the clients of the block.
        cliente: whose, place in `people`.
        numero: from 0, over all blocks.
        linha: credit line, place in `LINHAS`.
        operacao: day on which it was signed.
        prazo: months.
        valor: amount, BRL.
        taxa: interest, per cent a month.
        garantia: value of the security, BRL; 0 without any.
        atraso_de: since when it is late, or NaT.
        atraso_ate: until when it was, or NaT.
    """

    people: People
    cliente: Ints
    numero: Ints
    linha: Ints
    operacao: NDArray[np.datetime64]
    prazo: Ints
    valor: NDArray[np.float64]
    taxa: NDArray[np.float64]
    garantia: NDArray[np.float64]
    atraso_de: NDArray[np.datetime64]
    atraso_ate: NDArray[np.datetime64]


def make_contracts(
    population: Population, size: int, until: date, seed: int
) -> Iterator[Contracts]:
    """Draw the contracts signed by `until`: about 1.6 a client.

    Args:
        population: whose.
        size: of a block of clients.
        until: day; contracts were signed in the five years before, and numbered as signed.
        seed: same seed, same contracts.

    Yields:
        Contracts of a block.
    """
    first = 0
    for block, numbers in enumerate(population.blocks(size)):
        rng = np.random.default_rng([seed, 1, block])
        people = population.people(numbers)
        cliente = np.repeat(np.arange(len(numbers)), 1 + rng.poisson(0.6, len(numbers)))
        count = len(cliente)
        linha = np.where(
            people.perfil[cliente] == RURAL,
            rng.choice(_OF_FARMERS, count),
            np.where(
                people.pessoa_fisica[cliente],
                rng.choice(_OF_PEOPLE, count),
                rng.choice(_OF_COMPANIES, count),
            ),
        )
        # Clients who have lower numbers came, and signed, before the others.
        newest, oldest = (
            int(_YEARS * 365 * (1 - each / len(population)))
            for each in (numbers[-1] + 1, numbers[0])
        )
        age = np.sort(rng.integers(newest, max(oldest, newest + 1), count))[::-1]
        valor = np.round(people.renda[cliente] * rng.lognormal(1.2, 0.7, count), 2)
        atraso_de, atraso_ate = _late_spells(people.risco[cliente], np.datetime64(until), rng)
        yield Contracts(
            people=people,
            cliente=cliente,
            numero=first + np.arange(count),
            linha=linha,
            operacao=np.datetime64(until) - age.astype("timedelta64[D]"),
            prazo=rng.choice([12, 24, 36, 48, 60, 120], count),
            valor=np.minimum(valor, 9_000_000.0),
            taxa=np.round(rng.uniform(0.8, 4.2, count), 4),
            garantia=np.where(rng.random(count) < 0.4, np.round(valor * 1.3, 2), 0.0),
            atraso_de=atraso_de,
            atraso_ate=atraso_ate,
        )
        first += count


def _late_spells(
    grade: Ints, until: np.datetime64, rng: np.random.Generator
) -> tuple[NDArray[np.datetime64], NDArray[np.datetime64]]:
    """Draw since when and until when each contract is late; NaT where it is not.

    Who is late stays so from month to month, but for a few who paid up in the last one.
    """
    count = len(grade)
    chance = rng.random(count)
    is_late = chance < 0.04 + 0.05 * grade
    has_paid = ~is_late & (chance > 0.98)
    days = rng.integers(1, 60, count) * (1 + grade) + np.where(has_paid, 35, 0)
    never = np.datetime64("NaT", "D")
    begun = np.where(is_late | has_paid, until - days.astype("timedelta64[D]"), never)
    paid = until - rng.integers(0, 28, count).astype("timedelta64[D]")
    return begun, np.where(has_paid, paid, never)


def make_position(contracts: Contracts, at: date, seed: list[int]) -> tuple[pl.DataFrame, Ints]:
    """Lay out how a block's contracts stand on a day.

    Args:
        contracts: of the block.
        at: day.
        seed: of the block; same seed, same position.

    Returns:
        The columns of `HEADER`, and whose each line is, place in the block's people.
    """
    rng = np.random.default_rng([*seed, at.toordinal()])
    people, day = contracts.people, np.datetime64(at)
    elapsed = (day - contracts.operacao).astype(int) / 30.0
    # Some contracts are paid off every month and leave the position.
    kept = (contracts.operacao <= day) & ((contracts.numero * 7919 + at.month) % 40 != 0)
    pick = np.flatnonzero(kept)
    who = contracts.cliente[pick]
    client, count = people.numero[who], len(pick)
    begun, paid = contracts.atraso_de[pick], contracts.atraso_ate[pick]
    is_late = (begun < day) & (np.isnat(paid) | (day < paid))
    atraso = np.where(is_late, (day - begun).astype(np.int64), 0)
    grade = np.clip(people.risco[who] + (atraso > 90) * 2, 0, len(GRADES) - 1)
    share = np.clip(1 - elapsed[pick] / contracts.prazo[pick], 0.02, 1.0)
    saldo = np.round(contracts.valor[pick] * share, 2)
    agencia = pl.Series(client % AGENCIAS + 1).cast(pl.String)
    person = people.pessoa_fisica[who]
    cnae = client % len(_CNAES)
    linha, garantia = contracts.linha[pick], contracts.garantia[pick]
    maturity = contracts.operacao[pick] + (contracts.prazo[pick] * 30).astype("timedelta64[D]")

    def some(texts: Sequence[str]) -> pl.Series:
        return pl.Series(texts).gather(rng.integers(0, len(texts), count))

    columns = [
        people.cliente_id.gather(who),
        people.documento.gather(who),
        people.nome.gather(who),
        _texts(rng.random(count) < 0.8, pl.lit("SIM"), "NÃO"),
        _texts(person, some(["CASADO", "SOLTEIRO", "DIVORCIADO"])),
        people.sexo.gather(who),
        pl.Series(people.nascimento[who].astype("datetime64[D]")),
        some(["ATIVO", "ANTIGO", "NOVO"]),
        GRADES.gather(people.risco[who]),
        pl.Series(people.renda[who]),
        agencia.str.zfill(4),
        "Agência " + agencia,
        "Carteira " + pl.Series(client % 30 + 1).cast(pl.String),
        PERFIS.gather(people.perfil[who]),
        people.profissao.gather(who),
        _texts(person, some(["CLT", "AUTÔNOMO", "SERVIDOR"])),
        _texts(~person, pl.lit("COMÉRCIO E SERVIÇOS")),
        _texts(~person, pl.Series([group for group, _ in _CNAES]).gather(cnae)),
        _texts(~person, pl.Series([code for _, code in _CNAES]).gather(cnae)),
        "C" + pl.Series(contracts.numero[pick] + _FIRST_NUMBER).cast(pl.String).str.zfill(8),
        _texts(garantia > 0, pl.lit("COM GARANTIA"), "SEM GARANTIA"),
        _MODALIDADES.gather(linha),
        pl.Series(client % 9 + 1).cast(pl.String).str.zfill(2),
        _NAMES.gather(linha),
        pl.Series(atraso),
        GRADES.gather(grade),
        pl.Series(saldo),
        pl.Series(np.round(saldo * _PROVISION[grade] / 100, 2)),
        pl.Series(garantia),
        pl.Series(np.where(garantia > 0, 130.0, 0.0)),
        pl.Series(contracts.operacao[pick]),
        pl.Series(maturity),
        pl.Series(contracts.taxa[pick]),
        some(["CDI", "PRÉ", "IPCA"]),
        pl.Series(contracts.valor[pick]),
        GRADES.gather(people.risco[who]),
    ]
    return pl.DataFrame(dict(zip(HEADER, columns, strict=True))), who


def _texts(mask: NDArray[np.bool_], values: pl.Series | pl.Expr, others: str = "") -> pl.Series:
    """Return values where a mask is set, elsewhere another text."""
    return pl.select(pl.when(pl.Series(mask)).then(values).otherwise(pl.lit(others))).to_series()
