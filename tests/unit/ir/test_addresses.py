"""Addresses as text, as inet_pton(3) sees them."""

from __future__ import annotations

import pytest

from lvscompile.ir.addresses import canonical, network, split_mask

CANONICAL = {
    "10.0.0.1": (4, "10.0.0.1"), "255.255.255.255": (4, "255.255.255.255"), "::": (6, "::"), "::1": (6, "::1"),
    "2001:DB8:0:0::1": (6, "2001:db8::1"), "::ffff:10.0.0.1": (6, "::ffff:10.0.0.1"), "2001:db8::0001": (6, "2001:db8::1"),
    "": None, "10.0.0": None, "10.0.0.01": None, "10.0.0.256": None, "10.0.0.1 ": None, " 10.0.0.1": None, "10.0.0.1/24": None,
    "1.2.3.4.5": None, "x": None, ":": None, ":::": None, "2001:db8::g": None, "1::2::3": None, "fe80::1%eth0": None,
    "10.0.0.1\0": None, "\udcff": None, "\ud800:": None, "\u0661.0.0.1": None, "10.0.0.1\n": None,
}  # fmt: skip


@pytest.mark.parametrize("text", CANONICAL, ids=ascii)
def test_canonical(text: str) -> None:
    assert canonical(text) == CANONICAL[text]
    assert canonical(text) == CANONICAL[text]  # out of the memo


MASKS = {
    "10.0.0.1": (4, "10.0.0.1", None), "10.0.0.1/24": (4, "10.0.0.1", 24), "10.0.0.1/0": (4, "10.0.0.1", 0),
    "2001:DB8::1/64": (6, "2001:db8::1", 64), "10.0.0.1/024": (4, "10.0.0.1", 24), "10.0.0.1/33": (4, "10.0.0.1", 33),
    "10.0.0.1/": None, "10.0.0.1/x": None, "10.0.0.1/-1": None, "10.0.0.1/24/24": None, "/24": None, "10.0.0.1/\u0662": None,
    "10.0.0.1/\xb2": None,
}  # fmt: skip


@pytest.mark.parametrize("text", MASKS, ids=ascii)
def test_split_mask(text: str) -> None:
    assert split_mask(text) == MASKS[text]


@pytest.mark.parametrize(
    ("address", "prefix", "packed"),
    [
        ("10.1.2.3", 24, b"\x0a\x01\x02\x00"),
        ("10.1.2.3", 32, b"\x0a\x01\x02\x03"),
        ("10.1.2.3", 33, b"\x0a\x01\x02\x03"),
        ("10.1.2.3", 0, b"\0\0\0\0"),
        ("10.1.2.255", 25, b"\x0a\x01\x02\x80"),
        ("2001:db8::1", 32, b"\x20\x01\x0d\xb8" + b"\0" * 12),
        ("2001:db8::1", 128, b"\x20\x01\x0d\xb8" + b"\0" * 11 + b"\x01"),
    ],
)
def test_network(address: str, prefix: int, packed: bytes) -> None:
    assert network(address, prefix) == packed
