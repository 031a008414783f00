"""The endpoints' files: all are read, and one that says what can't be is refused clearly."""

from pathlib import Path

import pytest

from loaders.cvcrm.endpoints import Changes, EndpointError, Style, load_endpoints, parse_endpoint


def test_all_endpoints_are_read_in_the_order_of_their_loads():
    names = [endpoint.name for endpoint in load_endpoints()]
    assert names[:3] == ["empreendimentos", "unidades", "unidades_precos"]
    assert names.index("reservas") < names.index("comissoes") < names.index("reservas_condicoes")
    assert len(names) == len(set(names)) == 15


def test_what_is_not_said_is_the_careful_choice():
    endpoints = {endpoint.name: endpoint for endpoint in load_endpoints()}
    assert endpoints["empreendimentos"].style is Style.LIST
    assert endpoints["reservas"].changes is Changes.UNKNOWN
    assert endpoints["vendas"].changes is Changes.NEVER
    assert endpoints["atendimentos"].changes is Changes.DATED
    assert endpoints["unidades_situacao"].optional
    assert not endpoints["reservas"].optional


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("order: 1\n  path: x", "linha 2"),
        ("", "não tem campos"),
        ("order: 1\npath: /x\nkey: [a]\ncolumns: {b: text}", "coluna 'a' de key"),
        ("order: 1\npath: /x\nkey: [a]\ncolumns: {a: text}\npii: [c]", "coluna 'c' de pii"),
        ("order: 1\npath: /x\nkey: [a]\ncolumns: {a: decimal}", "deve ser text ou bigint"),
        ("order: 1\npath: /x\nkey: [a]\ncolumns: {a: money}", "campo 'columns.a'"),
        ("order: 1\npath: /x\nkey: [a]\ncolumns: {_a: text}", "campo "),
        ("order: 1\npath: /x\nkey: [a]\ncolumns: {a: text}\nchange: dated", "campo 'change'"),
    ],
)
def test_a_wrong_file_is_refused_by_name_and_field(tmp_path: Path, text: str, said: str):
    path = tmp_path / "errado.yml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(EndpointError) as caught:
        parse_endpoint(path)
    assert str(caught.value).startswith("errado.yml")
    assert said in str(caught.value)
