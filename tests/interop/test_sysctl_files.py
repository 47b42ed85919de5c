"""A file of settings, loaded by the real sysctl: what counts at the end is what we say."""

from __future__ import annotations

from pathlib import Path

import host_judge
import pytest

from lvscompile.frontends.sysctl.files import expand, read, settings
from lvscompile.ir.host_settings import last, number
from lvscompile.syntax.source import Source

pytestmark = [
    pytest.mark.netns,
    pytest.mark.skipif(host_judge.unavailable() is not None, reason=str(host_judge.unavailable())),
]
TEXT = """\
# a comment
net.ipv4.conf.va0.rp_filter = 1
net/ipv4/conf/va0/rp_filter=2 # and why
; another
  net.ipv4.conf.va1.arp_ignore   =   1
-net.ipv4.nope.nope = 1
net.ipv4.conf.v*.arp_announce = 2
net.ipv4.conf.vb0.arp_announce = 1
net/ipv4/conf/x.5/accept_local = 1
net.ipv4.conf.x/5.route_localnet = 1
stray words
net.ipv4.conf.vb1.arp_ignore = 0x1
net.ipv4.conf.vb0.arp_ignore = 1
net.ipv4.conf.vb0.arp_ignore = 0
"""
KEYS = [
    f"net.ipv4.conf.{link}.{name}"
    for link in ("va0", "va1", "vb0", "vb1", "x/5")
    for name in ("rp_filter", "arp_ignore", "arp_announce", "accept_local", "route_localnet")
]


def test_the_kernel_ends_with_what_we_say(tmp_path: Path) -> None:
    path = tmp_path / "sysctl.conf"
    path.write_text(TEXT)
    script = f"{host_judge.SETUP}\nip link add x.5 type bridge\nsysctl -p {path} >/dev/null 2>&1\nsysctl -n {' '.join(KEYS)}\n"
    theirs = dict(zip(KEYS, map(int, host_judge.run(script).split()), strict=True))
    written = expand(settings(read(Source("sysctl.conf", TEXT))), KEYS)
    ours = {}
    for key in KEYS:
        setting = last(written, key)
        value = number(setting) if setting else None
        ours[key] = value or 0
    assert ours == theirs
