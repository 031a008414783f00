"""Switching on every schedule and sensor, through the webserver's own API.

Here: the question which there are, and the mutations that Dagster's page sends too. Not here:
when that is wanted (`commands/up.py`).
"""

from typing import Any, Final

import requests

from loaders.errors import MiranteError

_LIST: Final = """
query {
  repositoriesOrError {
    __typename
    ... on RepositoryConnection {
      nodes {
        name
        location { name }
        schedules { name scheduleState { status } }
        sensors { name sensorState { status } }
      }
    }
    ... on PythonError { message }
  }
}
"""
_START: Final = {
    "schedules": """
mutation ($selector: ScheduleSelector!) {
  done: startSchedule(scheduleSelector: $selector) {
    __typename
    ... on PythonError { message }
  }
}
""",
    "sensors": """
mutation ($selector: SensorSelector!) {
  done: startSensor(sensorSelector: $selector) {
    __typename
    ... on PythonError { message }
  }
}
""",
}
_NAMES: Final = {"schedules": "scheduleName", "sensors": "sensorName"}
_STATES: Final = {"schedules": "scheduleState", "sensors": "sensorState"}
_DONE: Final = ("ScheduleStateResult", "Sensor")


def switch_on(url: str) -> list[str]:
    """Switch on whatever is off; it stays on until somebody switches it off.

    Args:
        url: of the webserver.

    Returns:
        The names of what was off.

    Raises:
        MiranteError: the graph did not load, or one can't be switched on.
    """
    found = _ask(url, _LIST)["repositoriesOrError"]
    repositories = found.get("nodes")
    if not repositories:
        reason = found.get("message") or "o grafo não carregou; veja o log acima."
        raise MiranteError(f"não consegui ligar os agendamentos: {reason}")
    started = []
    for repository in repositories:
        for kind, mutation in _START.items():
            for each in repository[kind]:
                if each[_STATES[kind]]["status"] == "RUNNING":
                    continue
                selector = {
                    "repositoryName": repository["name"],
                    "repositoryLocationName": repository["location"]["name"],
                    _NAMES[kind]: each["name"],
                }
                done = _ask(url, mutation, {"selector": selector})["done"]
                if done["__typename"] not in _DONE:
                    raise MiranteError(
                        f"não consegui ligar {each['name']}: {done.get('message', done)}"
                    )
                started.append(each["name"])
    return started


def _ask(url: str, query: str, variables: dict[str, Any] | None = None) -> dict[str, Any]:
    try:
        with requests.Session() as session:
            # It is this machine: no proxy knows the way there.
            session.trust_env = False
            answer = session.post(
                f"{url}/graphql", json={"query": query, "variables": variables or {}}, timeout=120
            )
        answer.raise_for_status()
        told = answer.json()
    except (requests.RequestException, ValueError) as error:
        raise MiranteError(
            f"o webserver em {url} não respondeu como devia ({type(error).__name__})."
        ) from None
    if "errors" in told:
        raise MiranteError(f"o webserver recusou: {told['errors'][0]['message']}")
    data: dict[str, Any] = told["data"]
    return data
