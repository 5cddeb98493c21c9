"""How type annotations are taken apart: aliases, unions, ``Self``, forward references.

What may never be here: any meaning; what an annotation says of a machine is read in
``reading``.
"""

from __future__ import annotations

import types
import typing
from collections.abc import Callable, Iterator, Mapping
from typing import Annotated, Literal, Never, NoReturn, Self, TypeVar, Union, get_args, get_origin

import typing_extensions
from pydantic import BaseModel
from pydantic.fields import FieldInfo

__all__ = ["alternatives", "fields_of", "hints_of", "literal_values", "metadata_of", "type_arguments", "unwrapped"]

# ``type X = ...`` exists from 3.12 on; typing_extensions has its own for 3.11.
_ALIASES: tuple[type, ...] = tuple(
    {getattr(typing, "TypeAliasType", typing_extensions.TypeAliasType), typing_extensions.TypeAliasType}
)


def unwrapped(annotation: object) -> object:
    """Return an annotation without its alias and its ``Annotated``."""
    return _taken_apart(annotation)[0]


def metadata_of(annotation: object) -> tuple[object, ...]:
    """Return what ``Annotated`` notes beside a type, the outermost first."""
    return _taken_apart(annotation)[1]


def _taken_apart(annotation: object) -> tuple[object, tuple[object, ...]]:
    noted: tuple[object, ...] = ()
    while True:
        if isinstance(annotation, _ALIASES):
            annotation = getattr(annotation, "__value__")  # noqa: B009  (the two alias types share no base)
        elif get_origin(annotation) is Annotated:
            annotation, *more = get_args(annotation)
            noted = (*noted, *more)
        elif isinstance(get_origin(annotation), _ALIASES):
            alias = get_origin(annotation)
            annotation = getattr(alias, "__value__")[get_args(annotation)]  # noqa: B009  (as above)
        else:
            return annotation, noted


def alternatives(annotation: object, owner: object = None) -> Iterator[object]:
    """Yield the members of a union, however nested; of anything else, itself.

    Args:
        annotation: Any annotation that has been evaluated.
        owner: What ``Self`` stands for.
    """
    annotation = unwrapped(annotation)
    if get_origin(annotation) in (Union, types.UnionType):
        for member in get_args(annotation):
            yield from alternatives(member, owner)
    elif annotation is Self or annotation is typing_extensions.Self:
        yield owner
    elif annotation is Never or annotation is NoReturn:
        return
    elif isinstance(annotation, TypeVar) and annotation.__bound__ is not None:
        yield from alternatives(annotation.__bound__, owner)
    else:
        yield annotation


def hints_of(function: Callable[..., object], names: Mapping[str, object]) -> dict[str, object]:
    """Return a function's annotations, evaluated in its module, then among the given names.

    Args:
        function: The function.
        names: Classes that may not be in the module, by name.

    Raises:
        NameError: When a name is in neither.
    """
    scope = {**names, **getattr(function, "__globals__", {})}
    return typing.get_type_hints(function, globalns=scope, localns={}, include_extras=True)


def type_arguments(cls: type, origin: type) -> tuple[object, ...]:
    """Return the arguments with which a Pydantic generic stands among a class's bases.

    Args:
        cls: A class.
        origin: The generic, such as ``Intent``.
    """
    for base in cls.__mro__:
        metadata: Mapping[str, object] = base.__dict__.get("__pydantic_generic_metadata__", {})
        generic, arguments = metadata.get("origin"), metadata.get("args")
        if not isinstance(generic, type) or not issubclass(generic, origin) or not isinstance(arguments, tuple):
            continue
        if generic is origin:
            return arguments
        # A generic of its own: what it passes on, with its parameters filled in.
        given = dict(zip(vars(generic)["__pydantic_generic_metadata__"]["parameters"], arguments, strict=True))
        return tuple(given.get(one, one) for one in type_arguments(generic, origin))
    return ()


def fields_of(model: type[BaseModel]) -> Mapping[str, FieldInfo]:
    """Return a model's fields, with the names resolved that were not there when it was defined.

    Args:
        model: Its fields may name classes that follow it in its module.
    """
    if not model.__pydantic_fields_complete__:
        model.model_rebuild(raise_errors=False, _types_namespace={})
    return model.model_fields


def literal_values(annotation: object) -> tuple[object, ...]:
    """Return the values of a ``Literal``, or nothing for any other annotation."""
    annotation = unwrapped(annotation)
    return get_args(annotation) if get_origin(annotation) is Literal else ()
