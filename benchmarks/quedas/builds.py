"""The builds: which models stand for an area.

Here: arguments of `mirante build`. Not here: what else is done to a world (`points`).
"""

_WITHOUT_TESTS = ("--exclude-resource-type", "test", "--exclude-resource-type", "unit_test")
# What grows file by file, and how far it got.
AREAS = {
    "carteira": ["+path:models/marts/carteira", "+int_carteira__posicoes_versionadas"],
    "cartoes": ["+path:models/marts/cartoes", "+int_cartoes__retiradas_aplicadas"],
    "banco": [
        "+metricas_bancarias", "+clientes_banco", "+cliente_360__quarentena",
        "+int_banco__retiradas_aplicadas",
    ],
    "controladoria": [
        "+divergencias__quarentena", "+int_controladoria__retiradas_aplicadas",
        "+int_divergencias__trade_marketing",
    ],
    "cvcrm": ["+path:models/marts/vendas"],
}  # fmt: skip


def build(*areas: str) -> tuple[str, ...]:
    """Return the arguments that build some areas, without tests; everything for none."""
    selected = [each for area in areas for each in AREAS[area]]
    return ("build", *(["--select", *selected] if selected else []), *_WITHOUT_TESTS)
