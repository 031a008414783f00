"""Scenarios with a name, for the command line.

Here: what `mirante cvcrm-server --cenario` knows. Not here: what a fault is (`scenario`).
"""

from dataclasses import dataclass

from loaders.cvcrm_server.scenario import ALL, RateLimit, Scenario


@dataclass(frozen=True)
class Preset:
    """A scenario and what to say of it, in Portuguese."""

    scenario: Scenario
    text: str


PRESETS = {
    "normal": Preset(Scenario(), "tudo responde"),
    "limite": Preset(
        Scenario(rate_limit=RateLimit()), "20 requisições por minuto, depois 429 por 60 s"
    ),
    "limite-avisado": Preset(
        Scenario(rate_limit=RateLimit(), retry_after="seconds"), "o mesmo, com Retry-After"
    ),
    "instavel": Preset(
        Scenario(statuses={ALL: [500, "not_json", 200, "cut", 422]}),
        "em cada endpoint um 500, uma página HTML, uma conexão cortada e um 422, depois normal",
    ),
    "lento": Preset(Scenario(slow_s=5.0), "5 s antes de cada resposta"),
    "tudo-405": Preset(Scenario(always={ALL: 405}), "405 em todos os endpoints"),
    "sem-permissao": Preset(
        Scenario(forbidden={"comissoes", "comissoes_pagamentos", "leads"}),
        "403 em comissões, pagamentos e leads",
    ),
    "sem-situacao": Preset(
        Scenario(not_available={"unidades_situacao"}), "sem o endpoint unidades/situacao (405)"
    ),
    "erros-em-texto": Preset(
        Scenario(always={"comissoes": 422, "leads": 403}, error_style="text"),
        "422 e 403 em texto puro",
    ),
    "so-corpo": Preset(Scenario(only_body=True), "só lê parâmetros no corpo JSON"),
    "ignora-parametros": Preset(
        Scenario(ignore_parameters=True), "devolve sempre a página 1, de 30 linhas"
    ),
    "descendente": Preset(
        Scenario(descending=True, empty_as_204=True, reject_time_part=True),
        "mais novas primeiro, 204 quando não há nada, 400 a filtro com hora",
    ),
    "muda-no-meio": Preset(
        Scenario(shift={"reservas": 1, "vendas": 1}),
        "uma linha muda depois da página 1 e as outras trocam de página",
    ),
    "campo-novo": Preset(
        Scenario(new_fields={"reservas": "campo_novo"}), "reservas com um campo que não existia"
    ),
    "tipo-trocado": Preset(
        Scenario(type_change={"reservas": "valor_contrato"}), "valor_contrato vem como texto"
    ),
}
