"""The clean whole-host fixtures are clean because they work, and others fail as they say: with real packets.

In namespaces each host gets what its files say, by the tools that would read them at boot: sysctl, iptables-restore, ip, ipvsadm -R,
keepalived. Only the addresses come from `interfaces.json`. A router of ours stands in front, with clients behind it.
"""

from __future__ import annotations

import ctypes
import json
import os
import re
import shutil
import socket
import socketserver
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import pytest

pytestmark = pytest.mark.ipvs
FULL = bool(os.environ.get("LVSCOMPILE_FULL"))

FIXTURES = Path(__file__).resolve().parents[2] / "fixtures"
CLONE_NEWNET = 0x40000000
CLIENTS = ("198.18.0.7", "198.18.0.8", "198.18.0.9", "198.18.0.10")
ROUTER, SWITCH = "router", "switch"
# What each segment connects, and the router's address on it.
SEGMENTS: Mapping[str, Mapping[str, Sequence[str]]] = {
    "clean-host-dsr-policy": {"10.44.0.1/24": ("lvs1:eth1", "lvs2:eth1", "web1:eth1", "web2:eth1"),
                              "": ("lvs1:eth0", "lvs2:eth0", "web1:eth0", "web2:eth0")},
    "clean-host-fwmark-nat": {"203.0.113.1/24": ("lvs1:eth1", "lvs2:eth1"),
                              "": ("lvs1:eth0", "lvs2:eth0", "web1:eth0", "web2:eth0")},
    "clean-host-tunnel": {"198.51.100.1/24": ("lvs1:eth0",), "203.0.113.1/24": ("web1:eth0",),
                          "192.0.2.1/24": ("web2:eth0",)},
    "clean-host-debian-ifupdown": {"192.0.2.1/24": ("lb:eth0", "web1:eth0", "web2:eth0")},
    "clean-host-active-active-dr": {"192.0.2.1/24": ("lvs1:eth0", "lvs2:eth0")},
    "clean-host-unicast-no-lvs": {"192.0.2.1/28": ("gw1:ens19", "gw2:ens19"), "": ("gw1:ens18", "gw2:ens18", "pc:eth0")},
    "host-a-nat-by-hand": {"192.168.10.24/24": ("lvs1:eth1",), "": ("lvs1:eth0", "web1:eth0", "web2:eth1")},
    "host-c-pair-with-filter": {"192.168.10.24/24": ("lvs1:eth1", "lvs2:eth1"),
                                "": ("lvs1:eth0", "lvs2:eth0", "web1:eth0", "web2:eth1", "web3:eth0")},
    "host-e-dsr": {"192.168.10.24/24": ("lvs1:eth1", "web1:eth1", "web2:eth1"),
                   "": ("lvs1:eth0", "web1:eth0", "web2:eth0")},
}  # fmt: skip


def run(*words: str, namespace: str = "") -> str:
    command = ["ip", "netns", "exec", namespace, *words] if namespace else [*words]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, (command, done.stderr)
    return done.stdout


def ip(namespace: str, lines: Sequence[str]) -> None:
    """One process for many commands: in the guest, starting one is what takes the time."""
    command = ["ip", "-n", namespace, "-batch", "-"]
    done = subprocess.run(command, input="\n".join(lines), capture_output=True, text=True, check=False)
    assert done.returncode == 0, (lines, done.stderr)


@contextmanager
def inside(namespace: str) -> Iterator[None]:
    """Sockets that are made here belong to the namespace."""
    libc = ctypes.CDLL(None, use_errno=True)
    own, other = os.open("/proc/thread-self/ns/net", os.O_RDONLY), os.open(f"/run/netns/{namespace}", os.O_RDONLY)
    assert libc.setns(other, CLONE_NEWNET) == 0
    try:
        yield
    finally:
        assert libc.setns(own, CLONE_NEWNET) == 0
        os.close(own)
        os.close(other)


class _Answer(socketserver.BaseRequestHandler):
    """Says who answers, and whom it sees."""

    def handle(self) -> None:
        if self.request.recv(64):
            self.request.sendall(f"HTTP/1.0 200 OK\r\n\r\n{self.server.name} {self.client_address[0]}".encode())


class _Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = daemon_threads = True
    name = ""


class Site(NamedTuple):
    """A fixture that runs: its namespaces by host, its keepalived processes."""

    names: Mapping[str, str]
    daemons: Mapping[str, subprocess.Popen[bytes]]

    def ask(self, address: str, port: int, source: str, asker: str = ROUTER) -> str:
        """A request from one client; who answered it, "" where nobody did."""
        with inside(self.names[asker]), socket.socket() as client:
            client.settimeout(1.5)
            client.bind((source, 0))
            try:
                client.connect((address, port))
                client.sendall(b"?")
                return client.recv(64).decode().partition("\r\n\r\n")[2]
            except OSError:
                return ""

    def answers(self, address: str, port: int) -> list[str]:
        """Two requests of each client."""
        return [self.ask(address, port, source) for source in CLIENTS * 2]

    def holders(self, address: str) -> list[str]:
        """The hosts that have the address on another interface than lo."""
        shown = {host: run("ip", "-n", self.names[host], "-o", "-4", "addr").splitlines() for host in self.daemons}
        return [
            host for host, lines in shown.items() if any(f" {address}/" in line for line in lines if " lo " not in line)
        ]

    def stop(self, host: str) -> None:
        self.daemons[host].terminate()
        self.daemons[host].wait(10)


def until(said: Callable[[], Any], wanted: Any, seconds: float = 15) -> Any:
    """What is said, as soon as it is what is wanted."""
    end = time.monotonic() + seconds
    while (found := said()) != wanted and time.monotonic() < end:
        time.sleep(0.2)
    return found


def files(root: Path, *patterns: str) -> list[Path]:
    return [path for pattern in patterns for path in sorted(root.glob(pattern))]


def configure(name: str, root: Path, addresses: Mapping[str, Sequence[str]]) -> None:
    """What the files of a host do at boot. Settings come before addresses; the guest has iptables of the old kind only."""
    for path in files(root, "etc/sysctl.d/*.conf", "etc/sysctl.conf"):
        run("sysctl", "-q", "-p", str(path), namespace=name)
    lines = [f"link set {interface} up" for interface in addresses]
    lines += [f"addr add {address} dev {interface}" for interface, each in addresses.items() for address in each]
    network = "\n".join(path.read_text() for path in files(root, "etc/sysconfig/network", "etc/network/interfaces"))
    gateway = re.search(r"(?m)^(?:GATEWAY=| *gateway )(\S+)", network)
    lines += [f"route add default via {gateway[1]}"] if gateway else []
    for kind in ("route", "rule"):
        for path in files(root, f"etc/sysconfig/network-scripts/{kind}-*"):
            lines += [f"{kind} add {line}" for line in path.read_text().splitlines()]
    ip(name, lines)
    for path in files(root, "etc/sysconfig/iptables", "etc/iptables/rules.v4"):
        run("iptables-legacy-restore", str(path), namespace=name)
    for path in files(root, "etc/ipvsadm.rules"):
        rules = "".join(line for line in path.read_text().splitlines(keepends=True) if not line.startswith("#"))
        subprocess.run(["ip", "netns", "exec", name, "ipvsadm", "-R"], input=rules, text=True, check=True)
    for path in files(root, "etc/rc.d/rc.local"):
        script = f'iptables() {{ iptables-legacy "$@"; }}\n{path.read_text()}'
        subprocess.run(["ip", "netns", "exec", name, "sh"], input=script, text=True, capture_output=True, check=False)


def hardware(root: Path, interface: str) -> str:
    path = root / f"etc/sysconfig/network-scripts/ifcfg-{interface}"
    found = re.search(r"(?m)^HWADDR=(\S+)", path.read_text() if path.exists() else "")
    return found[1] if found else ""


@contextmanager
def site(
    setup: str, ports: Sequence[int] = (80,), servers: Sequence[str] = ("web1", "web2"), folder: Path | None = None
) -> Iterator[Site]:
    """The set-up, from its own folder if none is given."""
    folder = folder or FIXTURES / setup
    hosts: dict[str, dict[str, list[str]]] = json.loads((folder / "interfaces.json").read_text())
    segments = SEGMENTS[setup]
    attached = [place.split(":")[0] for places in segments.values() for place in places]
    # A namespace that is deleted goes on for a while: no name is used again.
    names = {host: f"{host}-{os.getpid()}-{setup}" for host in [*dict.fromkeys(attached), ROUTER, SWITCH]}
    subprocess.run(["modprobe", "ipip"], capture_output=True, check=False)
    with ExitStack() as stack:
        for name in names.values():
            run("ip", "netns", "add", name)
            stack.callback(run, "ip", "netns", "del", name)
            run("ip", "-n", name, "link", "set", "lo", "up")
        wire(folder, names, segments)
        for host, addresses in hosts.items():
            configure(names[host], folder / host, addresses)
        for host in servers:
            for port in ports:
                with inside(names[host]):
                    server = stack.enter_context(_Server(("", port), _Answer))
                server.name = host
                threading.Thread(target=server.serve_forever, args=(0.1,), daemon=True).start()
                stack.callback(server.shutdown)
        daemons = {}
        for host in hosts:
            for path in files(folder / host, "etc/keepalived/keepalived.conf"):
                script = 'mount -t tmpfs tmpfs /run; exec keepalived -n -f "$1" -i "$2"'
                daemons[host] = subprocess.Popen(
                    ["ip", "netns", "exec", names[host], "unshare", "-m", "sh", "-c", script, "sh", path, host],
                    stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                )  # fmt: skip
                stack.callback(daemons[host].wait, 10)
                stack.callback(daemons[host].terminate)
        yield Site(names, daemons)


def wire(folder: Path, names: Mapping[str, str], segments: Mapping[str, Sequence[str]]) -> None:
    """Each segment is a bridge of the switch."""
    switch: list[str] = []
    router = [f"addr add {client}/32 dev lo" for client in CLIENTS]
    for number, (address, places) in enumerate(segments.items()):
        switch.append(f"link add bridge{number} up type bridge")
        for place in [*places, *([f"{ROUTER}:eth{number}"] if address else [])]:
            host, interface = place.split(":")
            mac = hardware(folder / host, interface)
            end = f"name {interface} {f'address {mac}' if mac else ''} netns {names[host]}"
            switch.append(f"link add {host}-{number} master bridge{number} up type veth peer {end}")
        if address:
            router += [f"link set eth{number} up", f"addr add {address} dev eth{number}"]
    ip(names[SWITCH], switch)
    ip(names[ROUTER], router)
    run("sysctl", "-q", "-w", "net.ipv4.ip_forward=1", namespace=names[ROUTER])


def seen(answers: Sequence[str]) -> set[tuple[str, bool]]:
    """Who answered, and whether each client was seen as itself."""
    return {
        (answer.partition(" ")[0], answer.endswith(f" {source}"))
        for answer, source in zip(answers, CLIENTS * 2, strict=True)
    }


BOTH = {("web1", True), ("web2", True)}


def test_dsr_by_policy_routing() -> None:
    with site("clean-host-dsr-policy") as running:
        run("ip", "-n", running.names[ROUTER], "route", "add", "10.46.0.80/32", "via", "10.44.0.9")
        assert until(lambda: running.holders("10.44.0.9"), ["lvs1"]) == ["lvs1"]
        assert until(lambda: seen(running.answers("10.46.0.80", 80)), BOTH) == BOTH
        running.stop("lvs1")
        assert until(lambda: seen(running.answers("10.46.0.80", 80)), BOTH) == BOTH


def test_fwmark_nat_with_user_chains() -> None:
    with site("clean-host-fwmark-nat", (80, 443)) as running:
        assert until(lambda: running.holders("203.0.113.70"), ["lvs1"]) == ["lvs1"]
        assert until(lambda: seen(running.answers("203.0.113.70", 443)), BOTH) == BOTH
        assert running.answers("203.0.113.70", 80) == running.answers("203.0.113.70", 443)  # persistent
        running.stop("lvs1")
        assert until(lambda: seen(running.answers("203.0.113.70", 80)), BOTH) == BOTH


def test_tunnel() -> None:
    with site("clean-host-tunnel") as running:
        assert seen(running.answers("198.51.100.80", 80)) == BOTH


def test_ifupdown() -> None:
    with site("clean-host-debian-ifupdown", (80, 443)) as running:
        assert seen(running.answers("192.0.2.80", 80)) == BOTH
        assert seen(running.answers("192.0.2.80", 443)) == BOTH


def test_active_active() -> None:
    both = {("lvs1", True), ("lvs2", True)}
    with site("clean-host-active-active-dr", servers=("lvs1", "lvs2")) as running:
        for address, holder in (("192.0.2.61", "lvs1"), ("192.0.2.62", "lvs2")):
            assert until(lambda at=address: running.holders(at), [holder]) == [holder]
            assert seen(running.answers(address, 80)) == both


def test_gateways_without_lvs() -> None:
    with site("clean-host-unicast-no-lvs", servers=(ROUTER,)) as running:
        pc = running.names["pc"]
        for words in (("addr", "add", "172.20.0.50/24", "dev", "eth0"), ("link", "set", "eth0", "up")):
            run("ip", "-n", pc, *words)
        run("ip", "-n", pc, "route", "add", "default", "via", "172.20.0.1")
        assert until(lambda: running.holders("172.20.0.1"), ["gw1"]) == ["gw1"]
        assert running.ask("192.0.2.1", 80, "172.20.0.50", "pc") == f"{ROUTER} 192.0.2.11"
        running.stop("gw1")
        assert until(lambda: running.ask("192.0.2.1", 80, "172.20.0.50", "pc"), f"{ROUTER} 192.0.2.12").endswith(".12")


CLIENT = "192.168.10.24"


def nat_by_hand(_: Path) -> None:
    with site("host-a-nat-by-hand") as running:
        said = {running.ask("192.168.10.100", 80, CLIENT) for _ in range(4)}
        assert said == {f"web1 {CLIENT}", f"web2 {CLIENT}"}


def filter_without_vrrp(_: Path) -> None:
    with site("host-c-pair-with-filter") as running:
        for address in ("192.168.10.100", "192.168.10.101", "192.168.20.200"):
            assert until(lambda at=address: running.holders(at), ["lvs1", "lvs2"]) == ["lvs1", "lvs2"]


def strict_rp_filter_of_one_server(_: Path, folder: Path | None = None) -> None:
    with site("host-e-dsr", folder=folder) as running:
        run("ip", "-n", running.names[ROUTER], "route", "add", "192.168.10.100/32", "via", "192.168.10.200")
        assert until(lambda: running.holders("192.168.10.200"), ["lvs1"]) == ["lvs1"]
        said = sorted(running.ask("192.168.10.100", 80, CLIENT) for _ in range(4))
        assert said == ["", "", f"web1 {CLIENT}", f"web1 {CLIENT}"]


def converted(setup: str, copy: Path, *options: str) -> Path:
    """The set-up with what `convert -o` makes of its director in place of the director's script."""
    shutil.copytree(FIXTURES / setup, copy)
    words = [*(str(path) for path in copy.iterdir() if (path / "etc").is_dir()), "-o", f"{copy}/out/", *options]
    subprocess.run([sys.executable, "-m", "lvscompile", "convert", *words], check=True)
    etc = copy / "lvs1" / "etc"
    (etc / "rc.d" / "rc.local").unlink()
    places = {"keepalived.conf": "keepalived", "rules.v4": "iptables", "99-lvscompile.conf": "sysctl.d"}
    for name, place in places.items():
        if (copy / "out" / "lvs1" / name).exists():
            (etc / place).mkdir(exist_ok=True)
            shutil.copy(copy / "out" / "lvs1" / name, etc / place)
    return copy


def a_converted_script(tmp_path: Path) -> None:
    options = ("--vrrp", "vrid=71,interface=eth1,priority=150", "--add-checks", "tcp")
    with site("host-a-nat-by-hand", folder=converted("host-a-nat-by-hand", tmp_path / "a", *options)) as running:
        assert until(lambda: running.holders("192.168.10.100"), ["lvs1"]) == ["lvs1"]
        wanted = {f"web1 {CLIENT}", f"web2 {CLIENT}"}
        assert until(lambda: {running.ask("192.168.10.100", 80, CLIENT) for _ in range(4)}, wanted) == wanted


def converted_policy_routing(tmp_path: Path) -> None:
    strict_rp_filter_of_one_server(tmp_path, converted("host-e-dsr", tmp_path / "e"))


SLOW = (filter_without_vrrp, strict_rp_filter_of_one_server, a_converted_script, converted_policy_routing)


@pytest.mark.parametrize("case", [nat_by_hand, *(SLOW if FULL else ())], ids=lambda case: case.__name__)
def test_other_hosts(case: Callable[[Path], None], tmp_path: Path) -> None:
    case(tmp_path)
