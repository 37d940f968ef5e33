"""The OpenAPI document of the customer master."""

from typing import Any


def _text(**more: Any) -> dict[str, Any]:
    return {"type": "string", **more}


def _answer(schema: str, description: str) -> dict[str, Any]:
    return {
        "description": description,
        "headers": {"ETag": {"schema": _text()}},
        "content": {"application/json": {"schema": {"$ref": f"#/components/schemas/{schema}"}}},
    }


def _problem(description: str) -> dict[str, Any]:
    return {
        "description": description,
        "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}},
    }


_PERSON_ID = {"name": "personId", "in": "path", "required": True, "schema": _text()}

OPENAPI: dict[str, Any] = {
    "openapi": "3.1.0",
    "info": {"title": "Lindwerk customer master", "version": "1"},
    "security": [{"token": []}],
    "paths": {
        "/persons": {
            "get": {
                "operationId": "findPersons",
                "parameters": [
                    {"name": name, "in": "query", "required": False, "schema": _text()}
                    for name in ("number", "email", "phone")
                ],
                "responses": {
                    "200": _answer("Persons", "The persons found, at most 20"),
                    "400": _problem("Nothing was asked for"),
                },
            }
        },
        "/persons/{personId}": {
            "get": {
                "operationId": "readPerson",
                "parameters": [_PERSON_ID],
                "responses": {
                    "200": _answer("Person", "The person and its version"),
                    "404": _problem("There is no such person"),
                },
            }
        },
        "/persons/{personId}/address": {
            "put": {
                "operationId": "changeAddress",
                "parameters": [
                    _PERSON_ID,
                    {"name": "If-Match", "in": "header", "required": True, "schema": _text()},
                    {"name": "Idempotency-Key", "in": "header", "required": False, "schema": _text()},
                ],
                "requestBody": {
                    "required": True,
                    "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Address"}}},
                },
                "responses": {
                    "200": _answer("Person", "The person as changed"),
                    "404": _problem("There is no such person"),
                    "412": _problem("It was changed meanwhile"),
                    "422": _problem("The address is refused"),
                    "428": _problem("If-Match is missing"),
                },
            }
        },
    },
    "components": {
        "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
        "schemas": {
            "Persons": {
                "type": "object",
                "properties": {"items": {"type": "array", "items": {"$ref": "#/components/schemas/Person"}}},
            },
            "Person": {
                "type": "object",
                "properties": {
                    "personId": _text(),
                    "type": _text(enum=["natural", "legal"]),
                    "givenName": _text(),
                    "familyName": _text(),
                    "organisationName": _text(),
                    "birthDate": {"type": ["string", "null"], "format": "date"},
                    "language": _text(),
                    "customerNumber": _text(),
                    "contact": {
                        "type": "object",
                        "properties": {"email": _text(), "phones": {"type": "array", "items": _text()}},
                    },
                    "address": {"$ref": "#/components/schemas/Address"},
                    "segment": _text(),
                    "customerSince": _text(format="date"),
                },
            },
            "Address": {
                "type": "object",
                "required": ["streetLine", "postalCode", "place", "country", "validFrom"],
                "properties": {
                    "streetLine": _text(),
                    "postalCode": _text(),
                    "place": _text(),
                    "country": _text(),
                    "validFrom": _text(format="date"),
                },
            },
            "Problem": {
                "type": "object",
                "properties": {"title": _text(), "status": {"type": "integer"}, "detail": _text()},
            },
        },
    },
}
