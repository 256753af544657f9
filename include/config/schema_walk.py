"""Follow a location of pydantic through the models of a schema to what may be written there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

if TYPE_CHECKING:
    from include.config.config_errors import Key


def walk(top: type[BaseModel], loc: Key) -> tuple[Key, Any]:
    """Follow one of pydantic's locations.

    :param top: the model that describes the whole file.
    :param loc: the location; that of a member of a union with kinds contains the kind, which is
        not a key of the file.
    :return: the location in the file, and the annotation of what stands there, None where nothing may.
    """
    annotation: Any = top
    key: list[str | int] = []
    for part in loc:
        members = union_members(annotation)
        if part in members:
            annotation = members[part]
            continue
        key.append(part)
        if get_origin(annotation) in {dict, tuple}:  # a name the team chose, or a place in a list
            annotation = [inner for inner in get_args(annotation) if inner is not ...][-1]
            continue
        model = model_in(annotation)
        field = model.model_fields.get(str(part)) if model else None
        annotation = field.annotation if field else None
    return tuple(key), annotation


def union_members(annotation: Any) -> dict[str | int, type[BaseModel]]:
    """Return the members of a union whose sections say of which kind they are, by kind."""
    if get_origin(annotation) is not Annotated:
        return {}
    union, *notes = get_args(annotation)
    keys = [note.discriminator for note in notes if isinstance(note, FieldInfo) and note.discriminator]
    return {
        kind: member
        for key in keys
        for member in get_args(union)
        for kind in get_args(member.model_fields[key].annotation)
    }


def model_in(annotation: Any) -> type[BaseModel] | None:
    """Return the pydantic model inside an annotation such as ``dict[str, Sensitive]`` or ``Table | None``."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    for inner in get_args(annotation):
        model = model_in(inner)
        if model is not None:
            return model
    return None


def keys_of(annotation: Any) -> list[str]:
    """Return the keys a section may have; none for a plain value."""
    model = model_in(annotation)
    return list(model.model_fields) if model else []
