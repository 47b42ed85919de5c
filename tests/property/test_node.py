"""ir.node.Node: a frozen value with slots, whatever its fields are."""

from __future__ import annotations

import keyword
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lvscompile.ir.node import Node, NodeType, replace

names = st.from_regex(r"[a-z][a-z_0-9]{0,6}", fullmatch=True).filter(
    lambda name: not keyword.iskeyword(name) and name not in ("self",) and not hasattr(Node, name)
)
values = st.one_of(st.integers(), st.text(max_size=3), st.none(), st.tuples(st.integers()))


class Point(Node):
    x: int
    y: int = 7

    def total(self) -> int:
        return self.x + self.y


class Empty(Node):
    pass


@given(fields=st.dictionaries(names, values, max_size=6), defaults=st.integers(0, 6), data=st.data())
def test_a_class_of_any_fields(fields: dict[str, Any], defaults: int, data: st.DataObject) -> None:
    order = list(fields)
    given_defaults = {name: fields[name] for name in order[len(order) - min(defaults, len(order)) :]}
    cls = NodeType("Made", (Node,), {"__annotations__": dict.fromkeys(order, "object"), **given_defaults})
    by_name = cls(**fields)
    by_place = cls(*fields.values())
    short = cls(*[fields[name] for name in order if name not in given_defaults])
    for node in (by_name, by_place, short):
        assert {name: getattr(node, name) for name in order} == fields
        assert not hasattr(node, "__dict__")
    if order:
        name = data.draw(st.sampled_from(order))
        changed = replace(by_name, **{name: "other"})
        assert getattr(changed, name) == "other"
        assert all(getattr(changed, other) == fields[other] for other in order if other != name)
        assert getattr(by_name, name) == fields[name]
        with pytest.raises(AttributeError, match="frozen"):
            setattr(by_name, name, 1)


def test_positions_names_and_defaults() -> None:
    assert (Point(1).x, Point(1).y) == (1, 7)
    assert Point(1, 2).y == Point(1, y=2).y == Point(y=2, x=1).y == 2
    assert Point(3).total() == 10


def test_wrong_arguments_are_a_type_error() -> None:
    for call in (Point, lambda: Point(1, 2, 3), lambda: Point(1, z=2), lambda: Point(1, x=1)):
        with pytest.raises(TypeError):
            call()


def test_fields_are_inherited_in_order() -> None:
    class Base(Node):
        x: int
        y: int = 7

    class Named(Base):
        name: str = "p"
        tags: tuple[str, ...] = ()

    node = Named(1, 2, "q", ("t",))
    assert (node.x, node.y, node.name, node.tags) == (1, 2, "q", ("t",))
    assert isinstance(node, Base)
    assert Named(1).name == "p"
    assert type(replace(Named(1), x=2)) is Named
    assert repr(Named(1)) == "Named(x=1, y=7, name='p', tags=())"
    assert Base(5).x == 5
    with pytest.raises(TypeError):
        Base(5, 6, "q")  # type: ignore[call-arg]


def test_a_base_that_was_made_first_leaves_its_subclass_alone() -> None:
    class Base(Node):
        x: int

    class Derived(Base):
        y: int = 2

    assert Base(1).x == 1
    assert Derived(1, 3).y == 3


def test_a_default_can_be_overridden_below() -> None:
    class Base(Node):
        a: int = 1

    class Derived(Base):
        b: int = 2

    assert (Derived().a, Derived(b=3).b, Base().a) == (1, 3, 1)


def test_frozen_and_without_room_for_more() -> None:
    node = Point(1)
    for name in ("x", "other"):
        with pytest.raises(AttributeError):
            setattr(node, name, 2)
    assert not hasattr(node, "__dict__")


def test_a_field_cannot_be_deleted() -> None:
    with pytest.raises(AttributeError):
        del Point(1).x


def test_replace_refuses_unknown_fields() -> None:
    with pytest.raises(TypeError, match="no field z"):
        replace(Point(1), z=2)


def test_nodes_compare_by_identity() -> None:
    assert Point(1) != Point(1)
    assert len({Point(1), Point(1)}) == 2


def test_repr_names_every_field() -> None:
    assert repr(Point(1)) == "Point(x=1, y=7)"
    assert repr(Empty()) == "Empty()"
