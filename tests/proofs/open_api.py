"""Every operation of the OpenAPI document, asked by every role with what fits it and with what does not.

The cases are made by schemathesis out of the document that the service gives. No answer is a 5xx, and none
has a status, a type, a header or a form that the document does not name:
`python tests/proofs/open_api.py --write docs/figures/open_api.json`.
"""

import json
import tempfile
from collections import Counter
from contextlib import suppress
from pathlib import Path

import httpx2 as httpx
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.errors import Unsatisfiable
from hypothesis.strategies import SearchStrategy
from load import Figures
from machines import Server
from proof import arguments
from schemathesis import Case, GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.core.failures import FailureGroup
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from api.access.keys import Keys
from api.access.terms import ROLES
from training.figures import write

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
NAME = "heartline.example"
"""A name by which others reach the service: so it asks for keys."""


def main() -> None:
    """Ask, print, and write if asked; exit code 1 if anything is not as the document says."""
    asked = arguments(__doc__, examples=100)
    with tempfile.TemporaryDirectory() as folder:
        figures = conforms(Path(folder), asked.examples)
    print(json.dumps(figures, indent=1))
    if asked.write:
        write(asked.write, figures)
    if figures["faults"]:
        raise SystemExit(1)


def conforms(folder: Path, examples: int) -> Figures:
    """Return what every role got for so many cases of each operation, and what was not as documented.

    Parameters
    ----------
    folder : Path
        An empty data directory: the service answers by rules and policy alone.
    examples : int
        Cases that fit each operation, and as many that do not, for each role and for nobody.
    """
    secrets = {role: Keys(folder).add(f"a {role}", role)[1] for role in ROLES}
    asking = {"allowed_hosts": f"127.0.0.1,{NAME}", "rate_limit": "1000000/second"}
    server = Server(folder, f"sqlite:///{folder}/record.sqlite3", **asking)
    address = f"http://127.0.0.1:{server.port}"
    admin = _headers(secrets["admin"])
    statuses: dict[str, Counter[str]] = {}
    faults: set[str] = set()
    operations = 0
    try:
        for role in ("nobody", *ROLES):
            headers = {} if role == "nobody" else _headers(secrets[role])
            statuses[role] = Counter()
            document = schemathesis.openapi.from_url(f"{address}/openapi.json", headers=admin)
            found = [each.ok() for each in document.get_all_operations()]
            operations = len(found)
            for operation in found:
                for mode in GenerationMode:
                    faults |= _asked(operation.as_strategy(mode), headers, examples, statuses[role])
                    if operation.path == "/v1/mode":
                        live = httpx.put(f"{address}/v1/mode", json={"mode": "live"}, headers=admin)
                        live.raise_for_status()
    finally:
        server.stop()
    return {
        "operations": operations,
        "roles": len(statuses),
        "requests": sum(each.total() for each in statuses.values()),
        "statuses": {role: dict(sorted(each.items())) for role, each in statuses.items()},
        "faults": sorted(faults),
    }


def _asked(
    cases: SearchStrategy[Case],
    headers: dict[str, str],
    examples: int,
    seen: Counter[str],
) -> set[str]:
    faults: set[str] = set()

    @settings(
        max_examples=examples,
        deadline=None,
        database=None,
        derandomize=True,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=cases)
    def ask(case: Case) -> None:
        answer = case.call(headers=headers)
        seen[str(answer.status_code)] += 1
        try:
            case.validate_response(answer, checks=CHECKS)
        except FailureGroup as group:
            where = f"{case.method} {case.operation.path}: {answer.status_code}"
            faults.update(f"{where}: {failure.title}" for failure in group.exceptions)

    with suppress(Unsatisfiable):  # where there are no parameters, nothing fails to fit them
        ask()
    return faults


def _headers(secret: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {secret}"}


if __name__ == "__main__":
    main()
