"""The base of the model's classes: frozen values with slots, cheap to define.

Sixty frozen dataclasses cost forty milliseconds of start-up, most of it in compiling methods that are never
called. A Node's constructor is compiled when the first one of its class is made. Nodes compare by identity:
whether two set-ups mean the same is a question for `ir.compare`, with a target version.
"""

from __future__ import annotations

from typing import Any, TypeVar, dataclass_transform

N = TypeVar("N", bound="Node")


@dataclass_transform(frozen_default=True)
class NodeType(type):
    def __new__(mcs, name: str, bases: tuple[type, ...], namespace: dict[str, Any]) -> NodeType:
        fields = tuple(f for f in namespace.get("__annotations__", {}) if not f.startswith("_"))
        defaults = {field: namespace.pop(field) for field in fields if field in namespace}
        namespace["__slots__"] = fields
        if bases:
            # Each class its own: a subclass must not find the compiled one of its base.
            namespace["__init__"] = _first_init
        made = super().__new__(mcs, name, bases, namespace)
        inherited: tuple[str, ...] = ()
        merged: dict[str, Any] = {}
        for base in reversed(made.__mro__[1:]):
            inherited += getattr(base, "__slots__", ()) if isinstance(base, NodeType) else ()
            merged |= base.__dict__.get("_defaults", {})
        made._fields = inherited + fields  # type: ignore[attr-defined]
        made._defaults = merged | defaults  # type: ignore[attr-defined]
        return made


def _first_init(self: Node, *args: Any, **kwargs: Any) -> None:
    """Stands in for a constructor until the first call compiles it."""
    cls = type(self)
    _compile_init(cls)
    cls.__init__(self, *args, **kwargs)


class Node(metaclass=NodeType):
    """Base class of the model. Fields are annotations, in constructor order; positional or by keyword."""

    def __setattr__(self, name: str, value: Any) -> None:
        raise AttributeError(f"{type(self).__name__} is frozen: use replace()")

    def __delattr__(self, name: str) -> None:
        raise AttributeError(f"{type(self).__name__} is frozen")

    def __repr__(self) -> str:
        fields: tuple[str, ...] = type(self)._fields  # type: ignore[attr-defined]
        return f"{type(self).__name__}({', '.join(f'{f}={getattr(self, f)!r}' for f in fields)})"


def _compile_init(cls: type[Node]) -> None:
    fields: tuple[str, ...] = cls._fields  # type: ignore[attr-defined]
    defaults: dict[str, Any] = cls._defaults  # type: ignore[attr-defined]
    scope: dict[str, Any] = {f"_d_{f}": value for f, value in defaults.items()}
    scope |= {f"_set_{f}": getattr(cls, f).__set__ for f in fields}
    parameters = ", ".join(f"{f}=_d_{f}" if f in defaults else f for f in fields)
    body = "".join(f"\n _set_{f}(self, {f})" for f in fields) or "\n pass"
    exec(f"def __init__(self, {parameters}):{body}", scope)
    cls.__init__ = scope["__init__"]  # type: ignore[method-assign]


def replace(node: N, **changes: Any) -> N:
    """A copy of a node with some fields changed."""
    fields: tuple[str, ...] = type(node)._fields  # type: ignore[attr-defined]
    values = {field: getattr(node, field) for field in fields}
    unknown = changes.keys() - values.keys()
    if unknown:
        raise TypeError(f"{type(node).__name__} has no field {', '.join(sorted(unknown))}")
    return type(node)(**(values | changes))
