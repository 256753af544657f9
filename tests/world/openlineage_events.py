"""Whether an OpenLineage event is what the specification says, and a backend that receives events.

The client ships no JSON schemas, but classes generated from them: each has the id of the schema that it was
generated from, its fields, which of them are required, and their types. Own facets are held against the
schemas beside them.
"""

from __future__ import annotations

import importlib
import json
import pkgutil
import types
from datetime import datetime
from enum import Enum
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Union, get_args, get_origin, get_type_hints
from urllib.parse import urlsplit
from uuid import UUID

import attr
import jsonschema
from openlineage.client import generated
from openlineage.client.event_v2 import Job, Run, RunEvent
from openlineage.client.generated.base import BaseFacet, RunFacet
from openlineage.client.run import RunState
from openlineage.client.serde import Serde

import mlops.openlineage

if TYPE_CHECKING:
    from collections.abc import Iterator

    from airflow.providers.openlineage.extractors import OperatorLineage

SCHEMAS = Path(mlops.openlineage.__file__).parent / "schemas"
_OWN = "urn:mlops:openlineage:"


def event_of(lineage: OperatorLineage, state: str = "COMPLETE") -> dict[str, Any]:
    """Return what an extractor found as the provider would send it, through JSON."""
    event = RunEvent(
        eventType=RunState(state), eventTime="2026-11-27T12:00:00+00:00",
        run=Run("01890a5d-ac96-774b-bcce-b302099a8057", facets=lineage.run_facets),
        job=Job("default", "m_training.validate", facets=lineage.job_facets),
        inputs=lineage.inputs, outputs=lineage.outputs, producer="https://airflow.apache.org",
    )  # fmt: skip
    return parse(Serde.to_json(event))


def parse(text: str) -> dict[str, Any]:
    """Return an event from its JSON, which must be strict."""
    found: dict[str, Any] = json.loads(text, parse_constant=_refuse)
    return found


def faults(event: dict[str, Any]) -> list[str]:
    """Return what is wrong with an event; nothing where it is as the specification says."""
    return [*_typed(event, RunEvent, "event"), *_facets(event), *_formats(event)]


def _refuse(constant: str) -> None:
    raise ValueError(f"{constant} is not JSON")


def _formats(event: dict[str, Any]) -> Iterator[str]:
    """Yield what the classes leave to the schemas' formats."""
    try:
        UUID(event["run"]["runId"])
        if datetime.fromisoformat(event["eventTime"]).tzinfo is None:
            yield f"eventTime: {event['eventTime']} has no zone"
    except ValueError as error:
        yield str(error)
    for name in ("producer", "schemaURL"):
        if not urlsplit(event[name]).scheme:
            yield f"{name}: {event[name]!r} is not a URI"
    for side in ("inputs", "outputs"):
        names = [(one["namespace"], one["name"]) for one in event.get(side, ())]
        if len(set(names)) < len(names):
            yield f"{side}: a dataset is listed twice: {sorted(names)}"
        if not all(namespace and name for namespace, name in names):
            yield f"{side}: a name is empty: {names}"


def _facets(event: dict[str, Any]) -> Iterator[str]:
    """Yield what is wrong with the facets of an event."""
    holders = [("run", event["run"]), ("job", event["job"])]
    holders += [
        (f"{side} {one['name']}", one) for side in ("inputs", "outputs") for one in event.get(side, ())
    ]
    for where, holder in holders:
        for group in ("facets", "inputFacets", "outputFacets"):
            for key, facet in holder.get(group, {}).items():
                yield from _facet(facet, f"{where} {group}.{key}")


def _facet(facet: dict[str, Any], where: str) -> Iterator[str]:
    missing = {"_producer", "_schemaURL"} - set(facet)
    if missing:
        yield f"{where}: no {', '.join(sorted(missing))}"
        return
    url = facet["_schemaURL"]
    if url.startswith(_OWN):
        schema = json.loads((SCHEMAS / f"{url.rpartition(':')[2]}.json").read_text())
        checker = jsonschema.Draft202012Validator(schema)
        yield from (f"{where}: {error.json_path} {error.message}" for error in checker.iter_errors(facet))
        return
    known = _classes().get(url)
    if known is None:
        yield f"{where}: {url} is the schema of no class"
    elif known is not RunFacet:  # facets of the provider's own, with any fields
        yield from _typed(facet, known, where)


@cache
def _classes() -> dict[str, type]:
    """Return schema id to class."""
    found: dict[str, type] = {}
    for module in pkgutil.iter_modules(generated.__path__, f"{generated.__name__}."):
        for one in vars(importlib.import_module(module.name)).values():
            if isinstance(one, type) and issubclass(one, BaseFacet):
                found[one._get_schema()] = one
    return found


def _typed(value: Any, expected: Any, where: str) -> Iterator[str]:
    """Yield where a JSON value is not of a type."""
    origin = get_origin(expected)
    if origin in {types.UnionType, Union}:
        options = [list(_typed(value, one, where)) for one in get_args(expected) if one is not type(None)]
        if value is not None and all(options):
            yield from options[0]
    elif origin in {list, dict}:
        yield from _contained(value, origin, get_args(expected)[-1], where)
    elif expected is not Any and attr.has(expected):
        yield from _fields(value, expected, where)
    elif expected is not Any and not _is(value, expected):
        yield f"{where}: {value!r} is not a {expected.__name__}"


def _contained(value: Any, container: type, expected: Any, where: str) -> Iterator[str]:
    """Yield what is wrong with a list or a mapping; facets in it are looked at by their own schema."""
    if not isinstance(value, container):
        yield f"{where}: {value!r} is not a {container.__name__}"
        return
    for place, one in value.items() if container is dict else enumerate(value):
        if not (isinstance(one, dict) and "_schemaURL" in one):
            yield from _typed(one, expected, f"{where}[{place!r}]")


def _is(value: Any, expected: type) -> bool:
    """Return whether a value is of a plain type, in JSON's sense."""
    if issubclass(expected, Enum):
        return value in [one.value for one in expected]
    if isinstance(value, bool):
        return expected is bool
    return isinstance(value, (int, float) if expected is float else expected)


def _fields(value: Any, expected: Any, where: str) -> Iterator[str]:
    """Yield what is wrong with the fields of an object."""
    if not isinstance(value, dict):
        yield f"{where}: {value!r} is not an object"
        return
    hints = get_type_hints(expected)
    for field in attr.fields(expected):
        if field.name in value:
            yield from _typed(value[field.name], hints[field.name], f"{where}.{field.name}")
        elif field.default is attr.NOTHING:
            yield f"{where}: no {field.name}"
    unknown = sorted(set(value) - {field.name for field in attr.fields(expected)})
    if unknown:
        yield f"{where}: {', '.join(unknown)} is not a field of {expected.__name__}"
