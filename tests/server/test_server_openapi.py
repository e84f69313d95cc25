"""The description at /openapi.json: valid, complete, and of the contract."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fastapi.openapi.models import OpenAPI

if TYPE_CHECKING:
    from collections.abc import Iterator

    from fastapi.testclient import TestClient

CONTRACT = Path(__file__).parents[2] / "docs" / "http.md"
ROUTE = re.compile(r"`(GET|POST|DELETE) (/[a-z0-9./{}_-]+)")


def references(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        if isinstance(node.get("$ref"), str):
            yield node["$ref"]
        for value in node.values():
            yield from references(value)
    elif isinstance(node, list):
        for value in node:
            yield from references(value)


def test_every_route_of_the_contract_is_described_and_no_other(client: TestClient) -> None:
    """docs/http.md and the description name the same routes."""
    schema = client.get("/openapi.json").json()
    described = {(method.upper(), path) for path, methods in schema["paths"].items() for method in methods}
    promised = {(method, path) for method, path in ROUTE.findall(CONTRACT.read_text(encoding="utf-8")) if path != "/"}
    assert described == promised


def test_the_description_is_valid(client: TestClient) -> None:
    """It is OpenAPI 3.1, all references lead somewhere, and no operation's id comes twice."""
    schema = client.get("/openapi.json").json()
    OpenAPI.model_validate(schema)
    assert schema["openapi"].startswith("3.1")
    names = {f"#/components/schemas/{name}" for name in schema["components"]["schemas"]}
    assert set(references(schema)) <= names
    ids = [operation["operationId"] for path in schema["paths"].values() for operation in path.values()]
    assert len(ids) == len(set(ids))


def test_every_operation_says_what_it_does_answers_and_how_it_fails(client: TestClient) -> None:
    """Each has words, a described success, and errors in one shape; none speaks of a status we never send."""
    schema = client.get("/openapi.json").json()
    for path in schema["paths"].values():
        for operation in path.values():
            assert operation["description"]
            assert "422" not in operation["responses"]
            error = operation["responses"]["default"]["content"]["application/json"]["schema"]
            assert error == {"$ref": "#/components/schemas/ErrorShape"}
            status, answer = next(iter(operation["responses"].items()))
            described = list(answer.get("content", {}).values())
            assert status == "204" or described
    upload = schema["paths"]["/api/sources"]["post"]["requestBody"]["content"]
    assert upload["multipart/form-data"]["schema"]["required"] == ["files"]
    assert list(schema["paths"]["/api/ask"]["post"]["responses"]["200"]["content"]) == ["text/event-stream"]
    assert {"bearer": []} in schema["security"]


def test_there_are_no_pages_that_load_scripts_from_elsewhere(client: TestClient) -> None:
    """The framework's own documentation pages are off."""
    assert [client.get(path).status_code for path in ("/docs", "/redoc")] == [404, 404]
