"""The book of one dt_ref by DuckDB: the anchor of Mirante's close, and its check.

Here: one SQL that computes all variables of the definition in one pass, from the same
rows in DuckDB's own tables; what differs from a book that was exported. Not here: any
sharing of code with Mirante's models. Quotients are rounded in whole numbers, halves
away from zero, as Postgres rounds decimals.

A process of its own, for its memory to be measured:

    python -m benchmarks.book_duckdb load DATABASE FOLDER
    python -m benchmarks.book_duckdb run DATABASE DT_REF
    python -m benchmarks.book_duckdb compare DATABASE CSV
"""

import sys
import time
from datetime import date
from pathlib import Path

import duckdb

FERIADOS = Path(__file__).parents[1] / "seeds" / "feriados.csv"
THREADS = 2
WINDOWS = (1, 3, 6, 12)

_LOAD = """
create table faturas as
select
    id_fatura, id_cliente, data_emissao as dt_emissao, data_vencimento as dt_vencimento,
    valor_fatura as vl_fatura, valor_pagamento_minimo as vl_pagamento_minimo
from read_csv('{folder}/*/tb_faturas_*.csv', all_varchar = false, types = {{
    'id_fatura': 'varchar', 'id_cliente': 'varchar', 'data_emissao': 'date',
    'data_vencimento': 'date', 'valor_fatura': 'decimal(15, 2)',
    'valor_pagamento_minimo': 'decimal(15, 2)'}});
create table pagamentos as
select
    id_pagamento, id_fatura, id_cliente, data_pagamento as dt_pagamento,
    valor_pagamento as vl_pagamento
from read_csv('{folder}/*/tb_pagamentos_*.csv', types = {{
    'id_pagamento': 'varchar', 'id_fatura': 'varchar', 'id_cliente': 'varchar',
    'data_pagamento': 'date', 'valor_pagamento': 'decimal(15, 2)'}});
create table dias_uteis as
with dias as (
    select cast(dia as date) as dia
    from generate_series(date '2023-01-01', date '2035-12-31', interval 1 day) as s (dia)
)
select
    dia,
    min(case when dt_feriado is null and isodow(dia) < 6 then dia end) over (
        order by dia rows between current row and 15 following
    ) as dt_util
from dias left join read_csv('{feriados}') on dia = dt_feriado;
"""

_MACROS = """
-- above / below, rounded, as a decimal with some places; what is divided is whole.
create or replace temp macro quociente(above, below, factor) as
    case when below <> 0 then
        sign(above) * ((2 * abs(above) * factor + below) // (2 * below))
    end;
create or replace temp macro dinheiro(cents) as cast(cents / 100.0 as decimal(15, 2));
create or replace temp macro media(above, below) as
    cast(quociente(above, below, 1) / 100.0 as decimal(15, 2));
create or replace temp macro dias_medios(above, below) as
    cast(quociente(above, below, 100) / 100.0 as decimal(9, 2));
create or replace temp macro percentual(above, below) as
    cast(quociente(above, below, 1000000) / 10000.0 as decimal(21, 4));
"""

_STATES = """
with
janela as (
    select
        faturas.rowid as nr,
        faturas.id_fatura,
        faturas.id_cliente,
        date_diff('month', faturas.dt_emissao, $r) as atras,
        faturas.dt_vencimento,
        coalesce(dias_uteis.dt_util, faturas.dt_vencimento) as d,
        cast(100 * faturas.vl_fatura as bigint) as v,
        case
            when coalesce(faturas.vl_pagamento_minimo, 0) <= 0
                then cast(100 * faturas.vl_fatura as bigint)
            else cast(100 * least(faturas.vl_pagamento_minimo, faturas.vl_fatura) as bigint)
        end as m,
        coalesce(faturas.vl_pagamento_minimo, 0) <= 0 as ausente,
        coalesce(faturas.vl_pagamento_minimo > faturas.vl_fatura, false) as limitado
    from faturas
    left join dias_uteis on faturas.dt_vencimento = dias_uteis.dia
    where faturas.dt_emissao >= $r - interval 12 month and faturas.dt_emissao < $r
),
diarios as (
    select
        janela.nr,
        pagamentos.dt_pagamento as dia,
        any_value(janela.m) as m,
        any_value(janela.v) as v,
        cast(sum(cast(100 * pagamentos.vl_pagamento as bigint)) as bigint) as vl
    from pagamentos
    inner join janela on pagamentos.id_fatura = janela.id_fatura
    where pagamentos.dt_pagamento < $r
    group by 1, 2
),
corridos as (
    select *, cast(sum(vl) over (partition by nr order by dia) as bigint) as c
    from diarios
),
-- From which day on an amount is reached for good: the last day that came to reach it.
pagos as (
    select
        nr,
        cast(sum(vl) as bigint) as pago,
        max(dia) filter (
            where c > 0 and c >= m - 1 and not (c - vl > 0 and c - vl >= m - 1)
        ) as dia_minimo,
        max(dia) filter (
            where c > 0 and c >= v - 1 and not (c - vl > 0 and c - vl >= v - 1)
        ) as dia_integral
    from corridos
    group by 1
),
conhecidas as (
    select
        janela.*,
        coalesce(pagos.pago, 0) as p,
        v > 0 as exigivel,
        v > 0 and d < $r as vencida,
        coalesce(p > 0 and p >= m - 1 and pagos.dia_minimo <= d, false) as minimo_em_dia,
        coalesce(p > 0 and p >= v - 1 and pagos.dia_integral <= d, false) as em_dia,
        case
            when minimo_em_dia then 0
            when p > 0 and p >= m - 1 then pagos.dia_minimo - dt_vencimento
            else $r - dt_vencimento
        end as a
    from janela
    left join pagos on janela.nr = pagos.nr
),
"""

# Of a client's invoices in one part of the windows; how parts add up.
_INVOICE_SUMS = {
    "n": ("sum", "count(*)"),
    "n_e": ("sum", "count(*) filter (where exigivel)"),
    "n_v": ("sum", "count(*) filter (where vencida)"),
    "v_e": ("sum", "sum(v) filter (where exigivel)"),
    "v_max": ("greatest", "max(v) filter (where exigivel)"),
    "v_min": ("least", "min(v) filter (where exigivel)"),
    "m_e": ("sum", "sum(m) filter (where exigivel)"),
    "credor": ("sum", "sum(-v) filter (where v < 0)"),
    "meses": ("sum", "bit_count(bit_or(1 << atras))"),
    "p_v": ("sum", "sum(p) filter (where vencida)"),
    "v_v": ("sum", "sum(v) filter (where vencida)"),
    "n_em_dia": ("sum", "count(*) filter (where vencida and em_dia)"),
    "n_minimo": ("sum", "count(*) filter (where vencida and minimo_em_dia)"),
    "n_inad": ("sum", "count(*) filter (where vencida and p < m - 1)"),
    "v_inad": ("sum", "sum(v - p) filter (where vencida and p < m - 1)"),
    "n_atraso": ("sum", "count(*) filter (where vencida and a > 0)"),
    "a_soma": ("sum", "sum(a) filter (where vencida)"),
    "a_max": ("greatest", "max(a) filter (where vencida)"),
    "n_parcial": ("sum", "count(*) filter (where vencida and p > 0 and p >= m - 1 and p < v - 1)"),
    "n_sem": ("sum", "count(*) filter (where vencida and p <= 0)"),
    "aberto": ("sum", "sum(v - p) filter (where vencida and p < v)"),
    "excedente": ("sum", "sum(p - v) filter (where vencida and p > v)"),
}
_PAYMENT_SUMS = {
    "n_pg": "count(*) filter (where {w} and vl_pagamento > 0)",
    "v_pg": "cast(sum(cast(100 * vl_pagamento as bigint)) filter (where {w}) as bigint)",
}
_VARIABLES = {
    "qt_fatura": "cast({n} as integer)",
    "qt_fatura_exigivel": "cast({n_e} as integer)",
    "qt_fatura_vencida": "cast({n_v} as integer)",
    "vl_fatura_total": "dinheiro({v_e})",
    "vl_fatura_media": "media({v_e}, {n_e})",
    "vl_fatura_media_mes": "media({v_e}, least({k}, r))",
    "vl_fatura_maxima": "dinheiro({v_max})",
    "vl_fatura_minima": "dinheiro({v_min})",
    "vl_pagamento_minimo_total": "dinheiro({m_e})",
    "vl_saldo_credor_total": "dinheiro({credor})",
    "qt_mes_sem_fatura": "cast(least({k}, r) - {meses} as integer)",
    "qt_pagamento": "cast({n_pg} as integer)",
    "vl_pagamento_total": "dinheiro({v_pg})",
    "vl_pagamento_medio": "media({v_pg}, {n_pg})",
    "vl_pago_fatura_total": "dinheiro({p_v})",
    "pc_valor_pago": "percentual({p_v}, {v_v})",
    "qt_fatura_paga_em_dia": "cast({n_em_dia} as integer)",
    "pc_fatura_paga_em_dia": "percentual({n_em_dia}, {n_v})",
    "pc_fatura_minimo_em_dia": "percentual({n_minimo}, {n_v})",
    "qt_fatura_inadimplente": "cast({n_inad} as integer)",
    "pc_inadimplencia": "percentual({n_inad}, {n_v})",
    "vl_inadimplente": "dinheiro({v_inad})",
    "qt_fatura_atraso": "cast({n_atraso} as integer)",
    "pc_fatura_atraso": "percentual({n_atraso}, {n_v})",
    "nr_dias_atraso_medio": "dias_medios({a_soma}, {n_v})",
    "nr_dias_atraso_medio_atrasadas": "dias_medios({a_soma}, {n_atraso})",
    "nr_dias_atraso_maximo": "cast({a_max} as integer)",
    "qt_fatura_parcial": "cast({n_parcial} as integer)",
    "qt_fatura_sem_pagamento": "cast({n_sem} as integer)",
    "vl_saldo_aberto": "dinheiro({aberto})",
    "vl_pago_excedente": "dinheiro({excedente})",
    "fl_cobertura_incompleta": "incompleta_u{k}m",
}


def book_sql(dt_ref: date) -> str:
    """Return the select of the book of one dt_ref."""
    r = f"date '{dt_ref}'"
    part_sums = ",\n".join(
        f"cast({expression} as bigint) as {name}" for name, (_, expression) in _INVOICE_SUMS.items()
    )
    invoice_sums = ",\n".join(
        f"{_together(function, name, k)} as {name}_{k}"
        for k in WINDOWS
        for name, (function, _) in _INVOICE_SUMS.items()
    )
    parts = "\n".join(
        f"left join partes as parte_{k}"
        f" on clientes.id_cliente = parte_{k}.id_cliente and parte_{k}.janela = {k}"
        for k in WINDOWS
    )
    either = {
        name: " or ".join(f"coalesce(parte_{k}.{name}, false)" for k in WINDOWS)
        for name in ("ausente", "limitado")
    }
    payment_sums = ",\n".join(
        f"{expression.format(w=f'dt_pagamento >= $r - interval {k} month')} as {name}_{k}"
        for k in WINDOWS
        for name, expression in _PAYMENT_SUMS.items()
    )
    coverage = ",\n".join(
        f"count(distinct atras) filter (where atras <= {k}) < {k} as incompleta_u{k}m"
        for k in WINDOWS
    )

    def columns(k: int) -> dict[str, str]:
        return {name: f"{name}_{k}" for name in _INVOICE_SUMS} | {
            name: f"coalesce({name}_{k}, 0)" for name in _PAYMENT_SUMS
        }

    variables = ",\n".join(
        f"{expression.format(k=k, **columns(k))} as {name}_u{k}m"
        for k in WINDOWS
        for name, expression in _VARIABLES.items()
    )
    return (
        f"""{_STATES}
clientes as (
    select id_cliente, date_diff('month', min(dt_emissao), $r) as r
    from faturas where dt_emissao < $r group by 1
),
-- An invoice counts once, in the smallest window that it is in: four joins of these
-- parts take half the time of 88 sums with a filter each.
partes as (
    select
        id_cliente,
        case when atras = 1 then 1 when atras <= 3 then 3 when atras <= 6 then 6 else 12 end
            as janela,
        {part_sums},
        bool_or(ausente and exigivel) as ausente,
        bool_or(limitado and exigivel) as limitado
    from conhecidas group by 1, 2
),
por_cliente as (
    select clientes.*, {invoice_sums},
        {either["ausente"]} as fl_minimo_ausente,
        {either["limitado"]} as fl_minimo_limitado
    from clientes
    {parts}
),
fluxo as (
    select id_cliente, {payment_sums},
        max(dt_pagamento) filter (where vl_pagamento > 0) as dt_ultimo
    from pagamentos where dt_pagamento < $r group by 1
),
cobertura as (select {coverage} from janela)
select
    $r as dt_ref, por_cliente.id_cliente, {variables},
    cast($r - dt_ultimo as integer) as nr_dias_desde_ultimo_pagamento,
    cast(r as integer) as qt_mes_relacionamento,
    cast(quociente(v_e_3 * least(12, r), v_e_12 * least(3, r), 10000)
        / 10000.0 as decimal(15, 4)) as rz_fatura_media_mes_u3m_u12m,
    fl_minimo_ausente,
    fl_minimo_limitado
from por_cliente
left join fluxo on por_cliente.id_cliente = fluxo.id_cliente
cross join cobertura
"""  # noqa: S608
    ).replace("$r", r)


def _together(function: str, name: str, k: int) -> str:
    columns = [f"parte_{part}.{name}" for part in WINDOWS if part <= k]
    if function == "sum":
        return " + ".join(f"coalesce({column}, 0)" for column in columns)
    return f"{function}({', '.join(columns)})"


def load(database: str, folder: str) -> None:
    """Load the canonical files below a folder into tables of DuckDB's own."""
    with duckdb.connect(database) as connection:
        connection.execute(_LOAD.format(folder=folder, feriados=FERIADOS))


def run(database: str, dt_ref: str) -> None:
    """Compute the book into a table and print the seconds that the statement took."""
    with duckdb.connect(database, config={"threads": THREADS}) as connection:
        connection.execute(_MACROS)
        query = book_sql(date.fromisoformat(dt_ref))
        started = time.perf_counter()
        connection.execute(f"create or replace table book as {query}")
        print(time.perf_counter() - started)


def compare(database: str, csv: str) -> None:
    """Print the rows that either side lacks, then each column with unlike cells and how many."""
    with duckdb.connect(database) as connection:
        columns = connection.execute("describe book").fetchall()
        types = ", ".join(f"'{name}': '{kind}'" for name, kind, *_ in columns)
        connection.execute(
            "create or replace temp table exportado as"  # noqa: S608
            f" select * from read_csv('{csv}', header = true, types = {{{types}}})"
        )
        lacking = connection.execute(
            "select count(*) from book full join exportado using (id_cliente)"
            " where book.dt_ref is null or exportado.dt_ref is null"
        ).fetchall()
        print(f"rows {lacking[0][0]}")
        unlike = ", ".join(
            f"count(*) filter (where book.{name} is distinct from exportado.{name})"
            for name, *_ in columns
        )
        counts = connection.execute(
            f"select {unlike} from book"  # noqa: S608
            " inner join exportado using (id_cliente)"
        ).fetchall()
        for (name, *_), count in zip(columns, counts[0], strict=True):
            if count:
                print(f"{name} {count}")


if __name__ == "__main__":
    {"load": load, "run": run, "compare": compare}[sys.argv[1]](*sys.argv[2:])
