"""ipvsadm command lines: what each means, or how ipvsadm 1.31 refuses it. The guest's tests hold the real one against it."""

from __future__ import annotations

import pytest

from lvscompile.frontends.ipvsadm import parse
from lvscompile.frontends.ipvsadm.addresses import Endpoint, Refused, endpoint, inet_aton, leading_number, number
from lvscompile.ir.ipvs import Command, Tunnel, UsageError


def command(line: str, **options: object) -> Command:
    found = parse(line.split(), **options)  # type: ignore[arg-type]
    assert isinstance(found, Command), found
    return found


def refused(line: str, **options: object) -> UsageError:
    found = parse(line.split(), **options)  # type: ignore[arg-type]
    assert isinstance(found, UsageError), found
    return found


ADDRESSES = {
    "192.0.2.1": "192.0.2.1", "10.1": "10.0.0.1", "192.168.100": "192.168.0.100", "010.0.0.1": "8.0.0.1",
    "0x0a000001": "10.0.0.1", "0": "0.0.0.0", "255.255.255.255": "255.255.255.255", "10.0.0.1 x": "10.0.0.1",
    "10.0.65535": "10.0.255.255", "10.16777215": "10.255.255.255", "4294967295": "255.255.255.255",
}  # fmt: skip


@pytest.mark.parametrize("text", ADDRESSES)
def test_short_and_odd_addresses(text: str) -> None:
    assert inet_aton(text) == ADDRESSES[text]


@pytest.mark.parametrize(
    "text", ["", "256.1.1.1", "1.2.3.4.5", "1.2.3.", ".1", "08.0.0.1", "0x", "10.0.65536", "10.16777216", "4294967296",
             "a.b", " 1.2.3.4", "1.2.3.4x", "9" * 50]
)  # fmt: skip
def test_no_addresses(text: str) -> None:
    assert inet_aton(text) is None


ENDPOINTS = {
    "192.0.2.1:80": Endpoint(4, "192.0.2.1", 80),
    "192.0.2.1": Endpoint(4, "192.0.2.1", None),
    "167772161:80": Endpoint(4, "10.0.0.1", 80),
    "[2001:DB8::0:1]:80": Endpoint(6, "2001:db8::1", 80),
    "2001:db8::1": Endpoint(6, "2001:db8::1", None),
    "2001:db8::1:80": Endpoint(6, "2001:db8::1:80", None),
    "[192.0.2.1]:80": Endpoint(4, "192.0.2.1", None),
    "192.0.2.1:http": Endpoint(4, "192.0.2.1", 80),
    "192.0.2.1:0": Endpoint(4, "192.0.2.1", 0),
    "localhost:80": Endpoint(4, "127.0.0.1", 80),
    "167772161": Refused(),
    "[2001:db8::1]": Refused(),
    "[2001:db8::1": Refused(),
    "[2001:db8::1]x80": Refused(),
    "192.0.2.1:": Refused(),
    "192.0.2.1:65536": Refused(),
    "192.0.2.1:-1": Refused(),
    "192.0.2.300:80": Refused(),
    "192.0.2.1:nosuch": Refused("nosuch"),
    "www.example.com:80": Refused("www.example.com"),
    "a b:80": Refused(),
    "": Refused(),
}


@pytest.mark.parametrize("text", ENDPOINTS)
def test_addresses_with_ports(text: str) -> None:
    assert endpoint(text, "TCP") == ENDPOINTS[text]


def test_names_of_ports_need_a_protocol() -> None:
    assert endpoint("192.0.2.1:tftp", "UDP") == Endpoint(4, "192.0.2.1", 69)
    assert endpoint("192.0.2.1:http", "") == Refused()


def test_numbers_as_strtol_reads_them() -> None:
    assert [number(text) for text in ("12", "+3", " -4", "012", "", "x", "1x", "0x1", "1 ")] == [
        12, 3, -4, 12, None, None, None, None, None,
    ]  # fmt: skip
    assert number("9" * 5000) == 1 << 63
    assert number("-" + "9" * 5000) == -1 << 63
    assert number("+" + "9" * 5000) == 1 << 63
    assert [leading_number(text) for text in ("64", "64x", "/24", "")] == [64, 64, 0, 0]


def test_a_service_with_all_options() -> None:
    spec = command("-A -t 192.0.2.1:80 -s sh -p 300 -M 255.255.255.0 --pe sip -b sh-port,sh-fallback").service
    assert spec is not None
    assert spec.key == ("TCP", 4, "192.0.2.1", 80)
    assert (spec.scheduler, spec.persistence, spec.netmask, spec.engine) == ("sh", 300, "255.255.255.0", "sip")
    assert (spec.flags, spec.flag_names, spec.one_packet) == (3, ("sh-fallback", "sh-port"), False)


def test_defaults() -> None:
    found = command("-a -t 192.0.2.1:80 -r 198.51.100.5")
    assert found.service is not None
    assert found.destination is not None
    assert (found.service.scheduler, found.service.persistence, found.service.netmask) == ("wlc", None, "")
    server = found.destination
    assert (server.port, server.method, server.weight, server.upper, server.lower) == (80, "DR", 1, 0, 0)
    assert server.tunnel == Tunnel()


@pytest.mark.parametrize(
    ("line", "seconds"),
    [
        ("-p", 360),
        ("-p 5", 5),
        ("-p5", 5),
        ("-p=5", 5),
        ("--persistent", 360),
        ("--persistent=5", 5),
        ("-p -s rr", 360),
    ],
)
def test_persistence_with_and_without_a_number(line: str, seconds: int) -> None:
    spec = command(f"-A -t 192.0.2.1:80 {line}").service
    assert spec is not None
    assert spec.persistence == seconds


SAME = "-A -t 192.0.2.1:80 -s rr"


@pytest.mark.parametrize(
    "line",
    ["-At 192.0.2.1:80 -srr", "-At192.0.2.1:80 -s=rr", "-At=192.0.2.1:80 --scheduler=rr", "--add-service -s rr -t 192.0.2.1:80",
     "--add-service --tcp-service 192.0.2.1:http --scheduler rr"],
)  # fmt: skip
def test_ways_to_write_the_same(line: str) -> None:
    assert repr(command(line).service) == repr(command(SAME).service)


def test_options_point_at_their_words() -> None:
    found = command("-a -t 192.0.2.1:80 -r 198.51.100.5:8080 -m -w 3")
    assert found.options == {"service-address": 2, "real-server": 4, "forwarding-method": 5, "weight": 7}
    assert command("-At192.0.2.1:80 -p").options == {"service-address": 0, "persistent": 1}


@pytest.mark.parametrize(
    ("options", "port", "stated"),
    [("-r 198.51.100.5:8080 -m", 8080, 8080), ("-r 198.51.100.5:8080", 80, 8080), ("-r 198.51.100.5:8080 -i", 80, 8080),
     ("-r 198.51.100.5 -m", 80, None)],
)  # fmt: skip
def test_without_masquerading_the_services_port_counts(options: str, port: int, stated: int | None) -> None:
    for name in ("-a", "-e"):
        found = command(f"{name} -t 192.0.2.1:80 {options}")
        assert found.destination is not None
        assert (found.destination.port, found.stated_port) == (port, stated)


def test_a_delete_takes_the_port_as_it_stands() -> None:
    found = command("-d -t 192.0.2.1:80 -r 198.51.100.5:8080").destination
    assert found is not None
    assert found.port == 8080


def test_a_mark_keeps_the_servers_port() -> None:
    found = command("-a -f 1 -r 198.51.100.5:8080 -g").destination
    assert found is not None
    assert found.port == 8080


def test_a_server_before_its_service_has_no_port_to_take() -> None:
    found = command("-a -r 198.51.100.5 -t 192.0.2.1:80 -m").destination
    assert found is not None
    assert found.port == 0
    assert refused("-a -r 198.51.100.5:http -t 192.0.2.1:80 -m").message.startswith("illegal real server")


@pytest.mark.parametrize(
    ("line", "mask"),
    [("-t 192.0.2.1:80 -M 24", "0.0.0.24"), ("-t 192.0.2.1:80 -M 255.255", "255.0.0.255"), ("-f 1 -6 -M 64", "64"),
     ("-f 1 -M 64 -6", ""), ("-M 64 -t [2001:db8::1]:80", ""), ("-t [2001:db8::1]:80 -M 64", "64"),
     ("-M 255.0.0.0 -t 192.0.2.1:80", "255.0.0.0"), ("-t [2001:db8::1]:80 -M 128", ""), ("-t 192.0.2.1:80 -M 255.255.255.255", "")],
)  # fmt: skip
def test_masks_depend_on_what_stands_before_them(line: str, mask: str) -> None:
    spec = command(f"-A {line} -p").service
    assert spec is not None
    assert spec.netmask == mask


def test_tunnels() -> None:
    base = "-a -t 192.0.2.1:80 -r 198.51.100.5 -i --tun-type"
    gue = command(f"{base} gue --tun-port 6080 --tun-remcsum").destination
    gre = command(f"{base} gre --tun-csum").destination
    assert gue is not None
    assert gre is not None
    assert (gue.tunnel, gre.tunnel) == (Tunnel("gue", 6080, "remcsum"), Tunnel("gre", 0, "csum"))


def test_mixed_families_need_a_tunnel() -> None:
    line = "-a -t 192.0.2.1:80 -r 2001:db8::5"
    assert refused(line).message == "Different address family is allowed only for tunneling servers"
    assert command(f"{line} -i").destination is not None
    assert command("-d -t 192.0.2.1:80 -r 2001:db8::5").destination is not None


def test_timeouts_and_daemons() -> None:
    assert command("--set 0 120 2678400").timeouts == (0, 120, 2678400)
    daemon = command("--start-daemon backup --mcast-interface eth1 --syncid 7 --mcast-group 239.1.1.1").daemon
    assert daemon is not None
    assert (daemon.role, daemon.interface, daemon.syncid, daemon.group) == ("backup", "eth1", 7, "239.1.1.1")
    started, stopped = command("--start-daemon master").daemon, command("--stop-daemon master").daemon
    assert started is not None
    assert stopped is not None
    assert (started.interface, stopped.interface) == ("eth0", "")


TRY = "Try `ipvsadm -h' or 'ipvsadm --help' for more information."
REFUSED = {
    "-nL": (255, TRY, 0),
    "-t 192.0.2.1:80 -A": (255, TRY, 1),
    "--add -t 192.0.2.1:80": (255, TRY, 0),
    "foo": (255, TRY, 0),
    "-A --tcp 192.0.2.1:80": (255, "--tcp: unknown option", 1),
    "-A -t": (255, "-t: missing argument", 1),
    "-Lnz": (255, "-Lnz: unknown option", 0),
    "-L --numeric=1": (255, "--numeric=1: option does not take an argument", 1),
    "-L -n=1": (255, "-n=1: option does not take an argument", 1),
    "-A -C": (2, "invalid option `-C'", 1),
    "-A -t 192.0.2.1:80 -": (2, "unexpected argument -", 3),
    "-At": (255, "-At: missing argument", 0),
    "-A --nosuch=1": (255, "--nosuch=1: unknown option", 1),
    "-A --scheduler=rr --=1": (255, "--=1: unknown option", 2),
    "-An-": (255, "-An-: unknown option", 0),
    "-L --stats --daemon": (2, "options conflicts in the list command", 2),
    "-L --timeout --persistent-conn": (2, "options conflicts in the list command", 2),
    "-A -f 1 -6 -M 0": (2, "illegal ipv6 netmask specified", 5),
    "--start-daemon master --mcast-ttl 256": (2, "illegal mcast-ttl specified", 3),
    "--start-daemon master --mcast-port 65536": (2, "illegal mcast-port specified", 3),
    "--start-daemon master --sync-maxlen 65508": (2, "illegal sync-maxlen specified", 3),
    "-C x": (2, "unexpected argument x", 1),
    "-C -- -n": (2, "unexpected argument -n", 2),
    "-A -t 192.0.2.1:80 -u 192.0.2.1:80": (2, "multiple 'service-address' options specified", 4),
    "-a -t 192.0.2.1:80 -r 198.51.100.5 -m -g": (2, "multiple 'forwarding-method' options specified", 6),
    "-A -t 192.0.2.1": (2, "Zero port specified for non-persistent service", 2),
    "-A -t 2001:db8::1:80": (2, "Zero port specified for non-persistent service", 2),
    "-A -t 192.0.2.1:80 -o": (2, "One-Packet Scheduling is only for UDP virtual services", 3),
    "-A -t 192.0.2.1:80 -w 1": (2, "Illegal 'weight' option with the 'add-service' command", 4),
    "-C -n": (2, "Illegal 'numeric' option with the 'flush' command", 1),
    "-D": (2, "You need to supply the 'service-address' option for the 'delete-service' command", None),
    "-D -t 192.0.2.1:80 -s lc": (2, "Illegal 'scheduler' option with the 'delete-service' command", 4),
    "-L -c --timeout": (2, "The option 'timeout' conflicts with the 'connection' option in the 'list' command", 2),
    "-L --timeout --stats": (2, "options conflicts in the list command", 2),
    "-L -c --rate": (2, "options conflicts in the list command", 2),
    "-L --daemon --persistent-conn": (2, "options conflicts in the list command", 2),
    "-A -f 0": (2, "invalid fwmark value `0' specified", 2),
    "-A -f -1": (2, "invalid fwmark value `-1' specified", 2),
    "-A -f 0x10": (2, "invalid fwmark value `0x10' specified", 2),
    "-A -6 -f 1": (2, "-6 used before -f", 1),
    "-A -t 192.0.2.1:80 -p 0": (2, "invalid timeout value `0' specified", 4),
    "-A -t 192.0.2.1:80 -M /24": (2, "illegal virtual server persistent mask specified", 4),
    "-A -t [2001:db8::1]:80 -M 129": (2, "illegal ipv6 netmask specified", 4),
    "-A -t 192.0.2.1:80 -b sh-port": (2, "incompatible scheduler flag `sh-port'", 4),
    "-A -t 192.0.2.1:80 -b nosuch": (2, "invalid scheduler flag `nosuch'", 4),
    "-A -t 192.0.2.1:80 -b ,": (139, "Segmentation fault", 4),
    "-a -t 192.0.2.1:80 -r 198.51.100.5 -w 2147483648": (2, "illegal weight specified", 6),
    "-a -t 192.0.2.1:80 -r 198.51.100.5 -x -1": (2, "illegal u_threshold specified", 6),
    "-a -t 192.0.2.1:80 -r 198.51.100.5 -y x": (2, "illegal l_threshold specified", 6),
    "-a -t 192.0.2.1:80 -r 198.51.100.5 --tun-type x": (2, "illegal tunnel type specified", 6),
    "-a -t 192.0.2.1:80 -r 198.51.100.5 --tun-type gre": (2, "Tunnel options conflict with forward method", 6),
    "-a -t 192.0.2.1:80 -r 198.51.100.5 -i --tun-csum": (2, "Illegal 'tun-csum' option with the 'ipip' tunnel type", 6),
    "-a -t 192.0.2.1:80 -r 198.51.100.5 -i --tun-type gue": (
        2, "You need to supply the 'tun-port' option for the 'gue' tunnel type", 7,
    ),
    "-a -t 192.0.2.1:80 -r 198.51.100.5 -i --tun-type gre --tun-csum --tun-nocsum": (
        2, "The option 'tun-csum' conflicts with the 'tun-nocsum' option in the 'gre' tunnel type", 8,
    ),
    "--set 1 2": (2, "--set option requires 3 timeout values", 0),
    "--set 1 2 3 4": (2, "unexpected argument 4", 4),
    "--set 1 2 2678401": (2, "invalid timeout value `2678401' specified", 3),
    "--set -1 2 3": (255, "-1: unknown option", 1),
    "--start-daemon both": (2, "illegal start-daemon parameter specified", 1),
    "--stop-daemon both": (2, "illegal start_daemon specified", 1),
    "--start-daemon master --syncid 256": (2, "illegal syncid specified", 3),
    "--start-daemon master --mcast-group 192.0.2.1": (2, "invalid IPv4 mcast-group `192.0.2.1'", 3),
    "--start-daemon master --mcast-group 2001:db8::1": (2, "invalid IPv6 mcast-group `2001:db8::1'", 3),
    "--stop-daemon master --mcast-interface eth0": (
        2, "Illegal 'mcast-interface' option with the 'stop-daemon' command", 3,
    ),
    "-S -X": (2, "Illegal 'exact' option with the 'save' command", 1),
}  # fmt: skip


@pytest.mark.parametrize("line", REFUSED)
def test_refusals(line: str) -> None:
    found = refused(line)
    assert (found.status, found.message, found.word) == REFUSED[line]
    assert found.exits is not found.message.endswith(("unknown option", "missing argument", "an argument"))


def test_the_first_mistake_counts() -> None:
    assert refused("-A -t x -s rr -s rr --nosuch").message.startswith("illegal virtual server")
    assert refused("-A -s rr -s rr --nosuch").message.startswith("multiple")
    assert refused("-A -s rr --nosuch x").message == "--nosuch: unknown option"
    assert refused("-A -s rr x").message == "unexpected argument x"


def test_names_that_another_machine_may_know() -> None:
    assert refused("-A -t www.example.com:80").unresolved == "www.example.com"
    assert refused("-A -t 192.0.2.1:nosuch").unresolved == "nosuch"
    assert refused("-A -t 192.0.2.300:80").unresolved == ""


def test_commands_without_effect() -> None:
    assert command("").name == "list"
    assert [command(line).name for line in ("-h", "-v --nosuch", "-Ln", "-Sn", "-Z", "-R", "-L --sort --sort")] == [
        "help", "version", "list", "save", "zero", "restore", "list",
    ]  # fmt: skip


@pytest.mark.parametrize(
    "line", ["-L --stats", "-L --timeout", "-L --persistent-conn", "-L -c --persistent-conn", "-L -c -n"]
)
def test_views_that_go_together(line: str) -> None:
    assert command(line).name == "list"


def test_what_a_command_does_not_say_is_none() -> None:
    found = command("-C")
    assert found.service is found.destination is found.daemon is found.timeouts is None


@pytest.mark.parametrize(
    ("line", "seconds"), [("-Ap -t 192.0.2.1", 360), ("-Ap 5 -t 192.0.2.1", 5), ("-At 192.0.2.1 -op", 360)]
)
def test_a_port_of_zero_needs_persistence(line: str, seconds: int) -> None:
    line = line.replace("-t", "-u").replace("-At", "-Au")
    spec = command(line).service
    assert spec is not None
    assert (spec.port, spec.persistence) == (0, seconds)


def test_limits() -> None:
    line = "--start-daemon master --mcast-ttl 255 --mcast-port 65535 --sync-maxlen 65507 --syncid 255"
    daemon = command(line).daemon
    assert daemon is not None
    assert (daemon.ttl, daemon.port, daemon.maxlen, daemon.syncid) == (255, 65535, 65507, 255)
    spec = command("-A -f 1 -6 -M 1").service
    assert spec is not None
    assert spec.netmask == "1"
    assert command("-a -f 1 -r 192.0.2.5 -w 2147483647 -x 2147483647 -y 2147483647").destination is not None


def test_long_names_are_cut() -> None:
    spec = command("-A -t 192.0.2.1:80 -s abcdefghijklmnopqrst --pe abcdefghijklmnopqrst").service
    assert spec is not None
    assert (len(spec.scheduler), len(spec.engine)) == (15, 16)


def test_dumps_of_older_versions() -> None:
    line = "-A -u 192.0.2.1:5060 -s rr -p 300 pe sip ops"
    assert refused(line).message == "unexpected argument pe"
    found = command(line, dump=True)
    assert found.service is not None
    assert (found.service.engine, found.service.one_packet) == ("sip", True)
    assert found.repairs == ("pe-word", "ops-word")
    marked = command("-a -f -2 -r 192.0.2.5:0 -g -w 1", dump=True)
    assert marked.service is not None
    assert (marked.service.fwmark, marked.repairs) == (2**32 - 2, ("negative-fwmark",))
    lost = command("-A -t 192.0.2.1:80 -s sh -b", dump=True)
    assert lost.service is not None
    assert (lost.service.flags, lost.repairs) == (4, ("flags-lost",))
    assert refused("-A -t 192.0.2.1:80 -s sh -b").message == "-b: missing argument"
    assert refused("-A -t 192.0.2.1:80 -s", dump=True).message == "-s: missing argument"
    assert refused("-A -t 192.0.2.1:80 ops ops", dump=True).message == "unexpected argument ops"
    for words in ("foo bar", "pe sip pe sip"):
        message = refused(f"-A -t 192.0.2.1:80 {words}", dump=True).message
        assert message == f"unexpected argument {words.split()[0]}"
    old = refused("-A -t 192.0.2.1:80 -s sh -b", dump=True, version=(1, 26))
    assert old.message == "-b: unknown option"
    assert command("-A -f 1", dump=True).repairs == ()
    assert refused("-A -t 192.0.2.1:80 pe", dump=True).message == "unexpected argument pe"


def test_older_versions_know_fewer_options() -> None:
    line = "-a -t 192.0.2.1:80 -r 198.51.100.5 -i --tun-type ipip"
    assert refused(line, version=(1, 30)).message == "--tun-type: unknown option"
    assert refused("-A -t 192.0.2.1:80 -b x", version=(1, 26)).message == "-b: unknown option"
    assert command("--start-daemon master --syncid 1", version=(1, 25)).daemon is not None
    assert command("--stop-daemon master --syncid 1", version=(1, 24)).daemon is not None
    assert command("--start-daemon master", version=(1, 24)).daemon is not None
    assert refused("--start-daemon master --syncid 1", version=(1, 24)).message.startswith("Illegal 'syncid'")
