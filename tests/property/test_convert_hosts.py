"""Services keep their meaning through a conversion: those of the output are those of the commands."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import given
from hypothesis import strategies as st

from lvscompile.app.convert import to_keepalived
from lvscompile.app.load import load
from lvscompile.backends.ipvsadm import emit, save
from lvscompile.frontends.keepalived import lower
from lvscompile.ir.core import Target
from lvscompile.ir.ipvs import Service, Table
from lvscompile.ir.programmed import services
from lvscompile.syntax.keepalived.tree import read_configuration
from lvscompile.syntax.source import Source

TARGET = Target((2, 2, 7))
NAMES = ("-t 192.0.2.10:80", "-t 192.0.2.10:443", "-u 192.0.2.10:53", "--sctp-service 192.0.2.11:80", "-f 7",
         "-t [2001:db8::1]:80", "-f 8 -6", "-t 192.0.2.12:0 -p 60")  # fmt: skip
OPTIONS = ("-s rr", "-s sh -b sh-port", "-s mh -b mh-fallback,mh-port", "-s wrr -b flag-1,flag-3", "-p", "-p 50", "")
MASKS = {4: ("-M 255.255.255.0", "-M 255.255.255.255", ""), 6: ("-M 64", "-M 128", "")}
ADDRESSES = {4: ("198.51.100.5", "198.51.100.6", "198.51.100.7"), 6: ("[2001:db8::5]", "[2001:db8::6]")}
METHODS = ("-m", "-g", "-i", "-i --tun-type gue --tun-port 6080", "-i --tun-type gre --tun-csum", "")
LIMITS = ("", "-w 0", "-w 65535", "-x 10", "-x 10 -y 10", "-w 3 -x 2147483647 -y 1")


@st.composite
def scripts(draw: st.DrawFn) -> str:
    lines = []
    for name in draw(st.lists(st.sampled_from(NAMES), unique=True, min_size=1)):
        family = 6 if "[" in name or "-6" in name else 4
        options = " ".join((draw(st.sampled_from(OPTIONS)), draw(st.sampled_from(MASKS[family]))))
        options = options.replace("-p 50", "").replace("-p", "") if "-p" in name else options
        options += " -o" if name.startswith(("-u", "-f")) and draw(st.booleans()) else ""
        lines.append(f"ipvsadm -A {name} {options}")
        named = name.replace("-p 60", "")
        servers: list[str] = []  # each address once: what keepalived cannot tell apart is a loss
        for _ in range(draw(st.integers(1, 3))):
            server = draw(st.sampled_from(ADDRESSES[family])) + draw(st.sampled_from((":80", ":8080", ":0")))
            if server.rpartition(":")[0] in (each.rpartition(":")[0] for each in servers):
                continue
            servers.append(server)
            words = draw(st.sampled_from(METHODS)), draw(st.sampled_from(LIMITS))
            lines.append(f"ipvsadm -a {named} -r {server} {' '.join(words)}")
    return "#!/bin/sh\n" + "".join(f"{line}\n" for line in lines)


def meaning(several: tuple[Service, ...]) -> list[tuple[object, ...]]:
    """All that the kernel does with them. A server that gets the packet as it is, or port 0, keeps the packet's port."""
    return sorted(
        (
            *service.key, service.scheduler, service.persistence, service.netmask if service.persistence else "",
            service.engine, service.one_packet, service.flags,
            tuple(sorted(
                (*d.key[:2], d.port if d.method == "NAT" and d.port else service.port, d.method, d.weight, d.upper, d.lower, d.tunnel)
                for d in service.destinations
            )),
        )
        for service in several
    )  # fmt: skip


@given(scripts())
def test_services_keep_their_meaning(text: str) -> None:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "rc.local"
        path.write_text(text)
        loaded = load([f"lvs1={path}"], target=TARGET)
        conversion = to_keepalived(loaded, TARGET)
    before = services(loaded.hosts[0].director, (2, 2, 7))
    before = tuple(service for service in before if service.destinations)
    if not conversion.outputs:
        assert not before
        return
    output = conversion.outputs[0].text
    again, _ = lower(read_configuration(Source("keepalived.conf", output), "lvs1", "/"), "lvs1")
    after = services(again, (2, 2, 7))
    assert meaning(after) == meaning(before)
    assert {f.code for f in conversion.losses.findings} <= {"LVS712", "LVS715"}
    assert save(Table(after)).count("\n") == emit(Table(before)).text.count("\n")
