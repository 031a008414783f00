"""Positions of a loan portfolio, as an institution's system would export them.

Here: contracts of the population month by month, the workbook with its header and its
faults. Not here: who the clients are (`population`).
"""

from collections.abc import Generator
from dataclasses import dataclass
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

import numpy as np
import xlsxwriter
from numpy.typing import NDArray

from loaders.simulator.defects import Defect
from loaders.simulator.population import GRADES, Population

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
TITLE_ROWS = 2
FIRST_LINE = TITLE_ROWS + 2  # lines count from 1, and the header takes one
AGENCIAS = 12
_CNAES = (("A", "0115-6/00"), ("C", "1091-1/02"), ("F", "4120-4/00"), ("G", "4711-3/02"))
# Minimum provision by grade, in per cent, after Resolução CMN 2.682; half steps between.
_PROVISION = np.array([0, 0.5, 0.75, 1, 2, 3, 6.5, 10, 20, 30, 50, 70, 100])


@dataclass(frozen=True)
class Contracts:
    """What stays the same of a contract from month to month; arrays of one length."""

    client: NDArray[np.int64]
    numero: NDArray[np.str_]
    linha: NDArray[np.str_]
    operacao: NDArray[np.datetime64]
    prazo: NDArray[np.int64]
    valor: NDArray[np.float64]
    taxa: NDArray[np.float64]
    garantia: NDArray[np.float64]
    grade: NDArray[np.int64]
    atraso_de: NDArray[np.datetime64]
    atraso_ate: NDArray[np.datetime64]


def make_contracts(population: Population, until: date, seed: int) -> Contracts:
    """Draw the contracts signed by `until`: about 1.6 a client, more in later months."""
    rng = np.random.default_rng([seed, 1])
    client = np.repeat(np.arange(len(population)), 1 + rng.poisson(0.6, len(population)))
    count = len(client)
    linhas = np.array(list(LINHAS))
    person = population.pessoa_fisica[client]
    rural = population.perfil[client] == "PRODUTOR RURAL"
    linha = np.where(
        rural,
        rng.choice(linhas[4:6], count),
        np.where(
            person, rng.choice(linhas[[0, 1, 2, 3, 8]], count), rng.choice(linhas[6:8], count)
        ),
    )
    age = np.sort(rng.integers(0, 5 * 365, count))[::-1]
    valor = np.round(population.renda[client] * rng.lognormal(1.2, 0.7, count), 2)
    atraso_de, atraso_ate = _late_spells(population.risco[client], np.datetime64(until), seed)
    return Contracts(
        client=client,
        numero=np.char.add("C", np.char.zfill((np.arange(count) + 100_001).astype(str), 8)),
        linha=linha,
        operacao=np.datetime64(until) - age.astype("timedelta64[D]"),
        prazo=rng.choice([12, 24, 36, 48, 60, 120], count),
        valor=np.minimum(valor, 9_000_000.0),
        taxa=np.round(rng.uniform(0.8, 4.2, count), 4),
        garantia=np.where(rng.random(count) < 0.4, np.round(valor * 1.3, 2), 0.0),
        grade=population.risco[client],
        atraso_de=atraso_de,
        atraso_ate=atraso_ate,
    )


def _late_spells(
    grade: NDArray[np.int64], until: np.datetime64, seed: int
) -> tuple[NDArray[np.datetime64], NDArray[np.datetime64]]:
    """Draw since when and until when each contract is late; NaT where it is not.

    Who is late stays so from month to month, but for a few who paid up in the last one.
    """
    rng = np.random.default_rng([seed, 4])
    count = len(grade)
    chance = rng.random(count)
    is_late = chance < 0.04 + 0.05 * grade
    has_paid = ~is_late & (chance > 0.98)
    days = rng.integers(1, 60, count) * (1 + grade) + np.where(has_paid, 35, 0)
    never = np.datetime64("NaT", "D")
    begun = np.where(is_late | has_paid, until - days.astype("timedelta64[D]"), never)
    paid = until - rng.integers(0, 28, count).astype("timedelta64[D]")
    return begun, np.where(has_paid, paid, never)


def make_position(
    population: Population, contracts: Contracts, at: date, seed: int
) -> list[list[Any]]:
    """Lay out one month's position as the columns of `HEADER`, one list a column."""
    rng = np.random.default_rng([seed, 2, at.toordinal()])
    day = np.datetime64(at)
    elapsed = (day - contracts.operacao).astype(int) / 30.0
    # Some contracts are paid off every month and leave the position.
    kept = (contracts.operacao <= day) & (
        (np.arange(len(contracts.client)) * 7919 + at.month) % 40 != 0
    )
    pick = np.flatnonzero(kept)
    client = contracts.client[pick]
    count = len(pick)
    begun, paid = contracts.atraso_de[pick], contracts.atraso_ate[pick]
    is_late = (begun < day) & (np.isnat(paid) | (day < paid))
    atraso = np.where(is_late, (day - begun).astype(np.int64), 0)
    grade = np.clip(contracts.grade[pick] + (atraso > 90) * 2, 0, len(GRADES) - 1)
    share = np.clip(1 - elapsed[pick] / contracts.prazo[pick], 0.02, 1.0)
    saldo = np.round(contracts.valor[pick] * share, 2)
    agencia = client % AGENCIAS + 1
    person = population.pessoa_fisica[client]
    cnae = np.array(_CNAES)[client % len(_CNAES)]
    maturity = contracts.operacao[pick] + (contracts.prazo[pick] * 30).astype("timedelta64[D]")
    columns: list[NDArray[Any]] = [
        population.cliente_id[client],
        population.documento[client],
        population.nome[client],
        np.where(rng.random(count) < 0.8, "SIM", "NÃO"),
        np.where(person, rng.choice(["CASADO", "SOLTEIRO", "DIVORCIADO"], count), ""),
        population.sexo[client],
        population.nascimento[client],
        rng.choice(["ATIVO", "ANTIGO", "NOVO"], count),
        GRADES[population.risco[client]],
        population.renda[client],
        np.char.zfill(agencia.astype(str), 4),
        np.char.add("Agência ", agencia.astype(str)),
        np.char.add("Carteira ", (client % 30 + 1).astype(str)),
        population.perfil[client],
        population.profissao[client],
        np.where(person, rng.choice(["CLT", "AUTÔNOMO", "SERVIDOR"], count), ""),
        np.where(person, "", "COMÉRCIO E SERVIÇOS"),
        np.where(person, "", cnae[:, 0]),
        np.where(person, "", cnae[:, 1]),
        contracts.numero[pick],
        np.where(contracts.garantia[pick] > 0, "COM GARANTIA", "SEM GARANTIA"),
        np.vectorize(MODALIDADES.__getitem__)(contracts.linha[pick]),
        np.char.zfill((client % 9 + 1).astype(str), 2),
        contracts.linha[pick],
        atraso,
        GRADES[grade],
        saldo,
        np.round(saldo * _PROVISION[grade] / 100, 2),
        contracts.garantia[pick],
        np.where(contracts.garantia[pick] > 0, 130.0, 0.0),
        contracts.operacao[pick],
        maturity,
        contracts.taxa[pick],
        rng.choice(["CDI", "PRÉ", "IPCA"], count),
        contracts.valor[pick],
        GRADES[contracts.grade[pick]],
    ]
    return [column.astype(object).tolist() for column in columns]


def plant_defects(columns: list[list[Any]], arquivo: str, seed: int) -> list[Defect]:
    """Spoil some lines in place, as real exports are spoilt, and say which.

    Lines that are to land in quarantine and lines that must be read all the same are
    drawn apart, so that each fault shows alone.
    """
    rng = np.random.default_rng([seed, 3])
    index = {name.lower(): position for position, name in enumerate(HEADER)}
    count = len(columns[0])
    each = max(1, count // 200)
    lines = iter(rng.permutation(count).tolist())
    defects: list[Defect] = []

    def spoil(column: str, defeito: str, resultado: str, make: Any) -> None:
        for _ in range(each):
            line = next(lines)
            values = columns[index[column]]
            values[line] = make(values[line])
            defects.append(Defect(arquivo, line + FIRST_LINE, column, defeito, resultado))

    def brazilian(value: float) -> str:
        return f"R$ {value:,.2f}".translate(str.maketrans(",.", ".,"))

    spoil("cliente_documento", "perdeu os zeros (número)", "documento com os zeros", _as_number)
    spoil("cliente_documento", "notação exponencial", "mantido e marcado", lambda _: "1.23E+10")
    spoil("saldo_atual", "texto com R$", "número", brazilian)
    spoil("dataoperacao", "texto dd/mm/aaaa", "data", _as_br_text)
    spoil("atraso", "em branco", "NULL e marcado", lambda _: None)
    spoil("profissao", "outra grafia", "uma profissão só", lambda text: f" {text.upper()}  ")
    spoil("cliente_nome", "começa como fórmula", "texto", lambda text: f"=1+1 {text}")
    spoil("valorgarantia", "traço", "NULL", lambda _: "-")
    spoil("datavencimento", "dia que não existe", "DATA_IMPOSSIVEL", lambda _: "31/02/2027")
    spoil("saldo_atual", "não é número", "TIPO_INVALIDO", lambda _: "a apurar")
    spoil("cliente_id", "em branco", "OBRIGATORIO_AUSENTE", lambda _: None)
    for _ in range(each):
        first, second = sorted((next(lines), next(lines)))
        numbers = columns[index["num_contrato"]]
        numbers[first] = numbers[second]
        defects.append(
            Defect(
                arquivo, first + FIRST_LINE, "num_contrato", "contrato repetido no arquivo",
                "CHAVE_DUPLICADA_NO_ARQUIVO",
            )
        )  # fmt: skip
    total: list[Any] = [None] * len(HEADER)
    total[0] = "TOTAL GERAL"
    for values, value in zip(columns, total, strict=True):
        values.append(value)
    defects.append(Defect(arquivo, count + FIRST_LINE, "", "linha de total", "LINHA_DE_TOTAL"))
    return defects


def _as_number(document: str) -> float | str:
    return float(document) if document.isdigit() else document


def _as_br_text(value: date) -> str:
    return f"{value:%d/%m/%Y}"


def write_workbook(path: Path, columns: list[list[Any]], at: date) -> None:
    """Write a position as the origin system exports it: title, header, lines, notes."""
    options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(path, options) as workbook:
        # Same data, same bytes: the file must not carry the time it was written at.
        workbook.set_properties({"created": datetime.combine(at, time())})
        sheet = workbook.add_worksheet("Carteira")
        day = workbook.add_format({"num_format": "dd/mm/yyyy"})
        sheet.merge_range(0, 0, 0, 5, f"Posição da carteira em {at:%d/%m/%Y}")
        sheet.write_row(TITLE_ROWS, 0, HEADER)
        for position, row in enumerate(zip(*columns, strict=True), start=TITLE_ROWS + 1):
            for column, value in enumerate(row):
                if isinstance(value, date):
                    sheet.write_datetime(position, column, value, day)
                elif value not in (None, ""):
                    sheet.write(position, column, value)
        hidden = workbook.add_worksheet("Parâmetros")
        hidden.write_row(0, 0, ("uso interno", "não é carteira"))
        hidden.hide()


def write_categories(path: Path) -> None:
    """Write the categories of the credit lines, one of them left out."""
    with xlsxwriter.Workbook(path) as workbook:
        workbook.set_properties({"created": datetime(2026, 1, 1)})
        sheet = workbook.add_worksheet("Categorias")
        sheet.write_row(0, 0, ("Produto", "Categoria"))
        for position, pair in enumerate(list(LINHAS.items())[:-1], start=1):
            sheet.write_row(position, 0, pair)


def simulate_carteira(
    population: Population, folder: Path, months: list[date], seed: int
) -> Generator[Path, None, list[Defect]]:
    """Write a workbook a month and the categories.

    Args:
        population: whose contracts.
        folder: where to; made if missing. The kinds of file get a folder each.
        months: days of the positions, in order. The last one has the faults.
        seed: same seed, same data.

    Yields:
        Each file written.

    Returns:
        The planted faults.
    """
    for kind in ("carteira", "categorias"):
        (folder / kind).mkdir(parents=True, exist_ok=True)
    contracts = make_contracts(population, months[-1], seed)
    defects: list[Defect] = []
    for at in months:
        path = folder / "carteira" / f"carteira_{at:%Y%m}.xlsx"
        columns = make_position(population, contracts, at, seed)
        if at == months[-1]:
            defects += plant_defects(columns, path.name, seed)
        write_workbook(path, columns, at)
        yield path
    categories = folder / "categorias" / "categorias.xlsx"
    write_categories(categories)
    yield categories
    return defects
