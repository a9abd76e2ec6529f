"""Checks the JSON of a request against the service's published model, as botocore carries it.

AWS's own SDKs are made from these models, so what passes here is what an SDK could have sent. Unknown fields are refused
too: an SDK cannot send them, and a misspelt field that is silently ignored is the mistake that stand-ins exist to find.
"""

import base64
import binascii
from functools import lru_cache

import botocore.session
from botocore.model import Shape

from .service import Refused

_SCALARS = {
    "string": (str,), "character": (str,), "timestamp": (str, int, float), "boolean": (bool,),
    "integer": (int,), "long": (int,), "float": (int, float), "double": (int, float),
}


@lru_cache
def input_shape(service: str, operation: str) -> Shape:
    """The published shape of an operation's input."""
    return botocore.session.get_session().get_service_model(service).operation_model(operation).input_shape


def check(service: str, operation: str, body: object) -> None:
    """Refuses a body that the published shape does not allow."""
    shape = input_shape(service, operation)
    if not isinstance(body, dict):
        raise Refused("SerializationException", "the body has to be a JSON object")
    in_body = {name: member for name, member in shape.members.items() if "location" not in member.serialization}
    required = [name for name in shape.required_members if name in in_body]
    _structure(in_body, required, body, "")


def _structure(members: dict[str, Shape], required: list[str], value: dict, where: str) -> None:
    wire_names = {member.serialization.get("name", name): member for name, member in members.items()}
    for name in value:
        if name not in wire_names:
            _invalid(f"{where}{name}", "is not a field of this structure")
    for name in required:
        if value.get(members[name].serialization.get("name", name)) is None:
            _invalid(f"{where}{name}", "Member must not be null")
    for name, item in value.items():
        if item is not None:
            _value(wire_names[name], item, f"{where}{name}")


def _value(shape: Shape, value: object, where: str) -> None:
    if getattr(shape, "is_document_type", False):
        return
    if shape.type_name == "structure":
        _expect(isinstance(value, dict), where, "a structure")
        if getattr(shape, "is_tagged_union", False) and len([item for item in value.values() if item is not None]) != 1:
            _invalid(where, f"exactly one of {', '.join(shape.members)} has to be set")
        _structure(shape.members, shape.required_members, value, f"{where}.")
    elif shape.type_name == "list":
        _expect(isinstance(value, list), where, "a list")
        _limits(shape, len(value), where)
        for position, item in enumerate(value):
            _value(shape.member, item, f"{where}[{position}]")
    elif shape.type_name == "map":
        _expect(isinstance(value, dict), where, "a map")
        _limits(shape, len(value), where)
        for key, item in value.items():
            _value(shape.value, item, f"{where}.{key}")
    elif shape.type_name == "blob":
        _blob(value, where)
    else:
        _scalar(shape, value, where)


def _scalar(shape: Shape, value: object, where: str) -> None:
    kinds = _SCALARS[shape.type_name]
    _expect(isinstance(value, kinds) and (bool in kinds or not isinstance(value, bool)), where, f"a {shape.type_name}")
    if shape.type_name in ("string", "character"):
        _limits(shape, len(value), where)
        allowed = getattr(shape, "enum", None)
        if allowed and value not in allowed:
            _invalid(where, f"Member must satisfy enum value set: {allowed}")
    elif not isinstance(value, (bool, str)):
        _limits(shape, value, where)


def _limits(shape: Shape, size: float, where: str) -> None:
    least, most = shape.metadata.get("min"), shape.metadata.get("max")
    if least is not None and size < least:
        _invalid(where, f"Member must have a value or length greater than or equal to {least}")
    if most is not None and size > most:
        _invalid(where, f"Member must have a value or length less than or equal to {most}")


def _blob(value: object, where: str) -> None:
    _expect(isinstance(value, str), where, "base64")
    try:
        base64.b64decode(value, validate=True)
    except binascii.Error:
        _invalid(where, "has to be base64")


def _expect(holds: bool, where: str, kind: str) -> None:
    if not holds:
        raise Refused("SerializationException", f"{where} has to be {kind}")


def _invalid(where: str, constraint: str) -> None:
    raise Refused("ValidationException", f"1 validation error detected: Value at '{where}' failed to satisfy constraint: {constraint}")
