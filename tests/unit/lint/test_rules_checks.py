"""4xx: health checks. Each condition of a rule has a case that needs it."""

from __future__ import annotations

import pytest
from farms import GROUP, PING, TCP, checked, farm, server
from places import Findings, shown

URL = ("url {", "path /health", "}")
ROOT = ("url {", "path /", "}")
NAME = "virtualhost www.example.com"
DIGEST = "digest 640205b7b0fc66c1ea91c463fac6334d"
SECURE = "global_defs {\nenable_script_security\nscript_user root\n}\n"
DRAINED = 'track_file drained {\nfile "/run/drained"\n}\n'
BFD = "bfd_instance peer {\nneighbor_ip 192.0.2.9\nsource_ip 192.0.2.2\n}\n"
MARK = {"head": "fwmark 5", "protocol": "", "address": "198.51.100.1"}
TLS = {"head": "192.0.2.10 443", "address": "198.51.100.1 443"}
SIX = {"head": "2001:db8::10 80", "address": "2001:db8::1 80"}
UDP = {"protocol": "UDP"}
LOST = "include lost.conf"


def web(*lines: str, kind: str = "HTTP_GET", **options: str) -> str:
    return checked(f"{kind} {{", *lines, "}", **options)


def tcp(*lines: str, **options: str) -> str:
    return checked("TCP_CHECK {", *lines, "}", **options)


CASES: dict[str, tuple[str, list[str]]] = {
    # LVS411, LVS441
    "no url": (web("connect_timeout 3"), ["LVS411 error/outage 6:1-9"]),
    "no url over TLS": (web(kind="SSL_GET", **TLS), ["LVS411 error/outage 6:1-8"]),
    "no url in what an include may hold": (web(LOST), ["LVS120 warning/none 7:1-18"]),
    "no url in what is cut short": (
        "virtual_server 192.0.2.10 80 {\nlb_algo rr\nlb_kind NAT\nprotocol TCP\nreal_server 198.51.100.1 80 {\nHTTP_GET {\n",
        ["LVS106 error/outage 6:1-9"],
    ),
    "no path": (web(*URL, "url {", "status_code 200", "}"), ["LVS441 error/latent 10:1-4"]),
    "no path at all": (web("url {", "}"), ["LVS441 error/outage 7:1-4"]),
    "no path, twice": (
        web("url {", "}", *URL, "url {", "}"),
        ["LVS441 error/latent 7:1-4", "LVS441 error/latent 12:1-4"],
    ),
    "no path in what is cut short": (web(*URL, "url {", LOST).partition(LOST)[0], ["LVS106 error/outage 10:1-4"]),
    "no path in what an include may hold": (web("url {", LOST, "}"), ["LVS120 warning/none 8:1-18"]),
    # LVS451
    "a path without slash": (web("url {", "path health", "}"), ["LVS451 error/outage 8:6-12"]),
    "a path with a host": (web("url {", "path http://www.example.com/health", "}"), []),
    "a path": (web(*URL), []),
    # LVS412
    "root page": (web(*ROOT), ["LVS412 info/none 8:6-7"]),
    "root page, said once a service": (
        farm(servers=tuple(server(f"198.51.100.{n} 80", check="HTTP_GET {\nurl {\npath /\n}\n}") for n in (1, 2))),
        ["LVS412 info/none 8:6-7"],
    ),
    "root page behind another": (web(*URL, *ROOT), ["LVS412 info/none 11:6-7"]),
    "root page with a status": (web("url {", "path /", "status_code 301", "}"), []),
    "root page with a digest": (web("url {", "path /", DIGEST, "}"), []),
    "root page with a regex": (web("url {", "path /", 'regex "ok"', "}"), []),
    # LVS413
    "no name in the handshake": (web(NAME, *URL, kind="SSL_GET", **TLS), ["LVS413 info/none 6:1-8 +7:13-28"]),
    "no name of a url in the handshake": (
        web("url {", "path /x", NAME, "}", kind="SSL_GET", **TLS),
        ["LVS413 info/none 6:1-8 +9:13-28"],
    ),
    "no name of the service in the handshake": (
        checked("SSL_GET {", *URL, "}", inside=NAME, **TLS),
        ["LVS413 info/none 7:1-8 +5:13-28"],
    ),
    "a name in the handshake": (web(NAME, "enable_sni", *URL, kind="SSL_GET", **TLS), []),
    "a name that is meant to be left out": (web(NAME, "enable_sni no", *URL, kind="SSL_GET", **TLS), []),
    "no name at all": (web(*URL, kind="SSL_GET", **TLS), []),
    "a name without TLS": (web(NAME, *URL), []),
    # LVS444
    "sni without name": (web("enable_sni", *URL, kind="SSL_GET", **TLS), ["LVS444 warning/none 7:1-11"]),
    "sni on without name": (web("enable_sni on", *URL, kind="SSL_GET", **TLS), ["LVS444 warning/none 7:1-11"]),
    "sni off without name": (web("enable_sni off", *URL, kind="SSL_GET", **TLS), []),
    "sni with a name of the url": (web("enable_sni", "url {", "path /x", NAME, "}", kind="SSL_GET", **TLS), []),
    "sni with a name of the service": (checked("SSL_GET {", "enable_sni", *URL, "}", inside=NAME, **TLS), []),
    "sni with a name of the server": (
        farm(head=TLS["head"], servers=(server(TLS["address"], NAME, check="SSL_GET {\nenable_sni\nurl {\npath /x\n}\n}"),)),
        [],
    ),
    "sni without TLS": (web("enable_sni", *URL), []),
    # LVS414
    "slow": (tcp("connect_timeout 15", "delay_loop 59.000001", "retry 1"), ["LVS414 info/latent 6:1-10"]),
    "just quick enough": (tcp("connect_timeout 15", "delay_loop 59", "retry 1"), []),
    "the defaults": (tcp(), []),
    "slow by what the service says": (
        checked(*TCP.split("\n"), inside="delay_loop 100"),
        ["LVS414 info/latent 7:1-10"],
    ),
    "slow by what the server says": (
        farm(servers=(server("198.51.100.1 80", "delay_loop 100"),)),
        ["LVS414 info/latent 7:1-10"],
    ),
    "slow, and quick beside it": (
        farm(servers=(server(check="TCP_CHECK {\ndelay_loop 100\n}\nTCP_CHECK {\ndelay_loop 5\n}"),)),
        [],
    ),
    "quick, and slow beside it": (
        farm(servers=(server(check="TCP_CHECK {\ndelay_loop 5\n}\nTCP_CHECK {\ndelay_loop 100\n}"),)),
        [],
    ),
    "the slowest of two servers": (
        farm(
            servers=(
                server(check="TCP_CHECK {\ndelay_loop 100\n}"),
                server("198.51.100.2 80", check="TCP_CHECK {\ndelay_loop 200\n}"),
                server("198.51.100.3 80", check="TCP_CHECK {\ndelay_loop 200\n}"),
            )
        ),
        ["LVS414 info/latent 11:1-10"],
    ),
    "two services, each for itself": (
        farm("delay_loop 100") + farm("delay_loop 5", head="192.0.2.11 80"),
        ["LVS414 info/latent 7:1-10"],
    ),
    "slow one of several hosts to ask": (
        farm(servers=(server(check="SMTP_CHECK {\n}"), server("198.51.100.2 80", check="SMTP_CHECK {\ndelay_loop 99\n}"))),
        ["LVS414 info/latent 10:1-11"],
    ),
    "slow host to ask, and quick ones elsewhere": (
        farm(
            servers=(
                server(check="SMTP_CHECK {\nhost {\nconnect_port 25\n}\n}"),
                server("198.51.100.2 80", check="SMTP_CHECK {\nhost {\nconnect_timeout 60\n}\n}"),
            )
        ),
        ["LVS114 info/none 7:1-5", "LVS414 info/latent 13:1-11"],
    ),
    "a time that is known later": (tcp("delay_loop ${_RANDOM 50 100}"), []),
    "slow, and a port that is known later": (
        tcp("delay_loop 100", "connect_port ${_RANDOM 80 90}"),
        ["LVS414 info/latent 6:1-10"],
    ),
    "a check that sees no death": (checked("UDP_CHECK {", "delay_loop 500", "}", **UDP), []),
    # LVS430
    "no script": (checked("MISC_CHECK {", "misc_timeout 3", "}"), ["LVS430 error/latent 6:1-11"]),
    "no script in what an include may hold": (
        checked("MISC_CHECK {", "misc_timeout 3", LOST, "}"),
        ["LVS120 warning/none 8:1-18"],
    ),
    "no script in what is cut short": (
        checked("MISC_CHECK {", "misc_timeout 3", LOST).partition(LOST)[0],
        ["LVS106 error/outage 6:1-11"],
    ),
    "a script": (SECURE + checked("MISC_CHECK {", 'misc_path "/bin/true"', "misc_timeout 3", "}"), []),
    # LVS431
    "no such reply": (checked("UDP_CHECK {", "min_reply_length 256", "}", **UDP), ["LVS431 error/outage 7:18-21"]),
    "no reply between": (
        checked("UDP_CHECK {", "min_reply_length 9", "max_reply_length 8", "}", **UDP),
        ["LVS431 error/outage 7:18-19 +8:18-19"],
    ),
    "a reply of one length": (checked("UDP_CHECK {", "min_reply_length 8", "max_reply_length 8", "}", **UDP), []),
    "the longest reply": (checked("UDP_CHECK {", "min_reply_length 255", "}", **UDP), []),
    "the longest reply refused": (
        checked("UDP_CHECK {", "min_reply_length 256", "max_reply_length x", "}", **UDP),
        ["LVS104 error/none 8:18-19"],
    ),
    "the shortest reply said again": (
        checked("UDP_CHECK {", "min_reply_length 256", "min_reply_length 2", "}", **UDP),
        [],
    ),
    # LVS440
    "from another family": (tcp("bindto 2001:db8::2"), ["LVS440 error/none 7:8-19"]),
    "to another family": (
        tcp("bindto 192.0.2.2", "connect_ip 2001:db8::2"),
        ["LVS440 error/none 8:12-23"],
    ),
    "both of another family": (tcp("connect_ip 2001:db8::2", "bindto 2001:db8::3"), []),
    "both, in the wrong order": (
        tcp("bindto 2001:db8::3", "connect_ip 2001:db8::2"),
        ["LVS440 error/none 7:8-19"],
    ),
    "from the same family": (tcp("bindto 192.0.2.2", "connect_ip 198.51.100.2"), []),
    "from no address": (tcp("bindto web", "bindto 192.0.2.2"), ["LVS104 error/none 7:8-11"]),
    "from nowhere": (tcp("bindto", "bindto 192.0.2.2"), ["LVS103 error/outage 7:1-7"]),
    "from an address, and a name that looks like one": (web("virtualhost 2001:db8::5", "bindto 192.0.2.2", *URL), []),
    # LVS442
    "two digests": (
        web("url {", "path /x", DIGEST, DIGEST, "}"),
        ["LVS442 error/none 10:8-40 +9:8-40"],
    ),
    "two digests, one refused": (web("url {", "path /x", "digest 12", DIGEST, "}"), ["LVS104 error/none 9:8-10"]),
    "a digest for each url": (web("url {", "path /x", DIGEST, "}", "url {", "path /y", DIGEST, "}"), []),
    # LVS445
    "link-local": (tcp(**SIX | {"address": "fe80::1 80"}), ["LVS445 error/latent 6:1-10"]),
    "link-local, asked elsewhere": (tcp("connect_ip fe80::5", **SIX), ["LVS445 error/latent 6:1-10"]),
    "link-local server, asked elsewhere": (tcp("connect_ip 2001:db8::5", **SIX | {"address": "fe80::1 80"}), []),
    "link-local from a server of IPv4": (tcp("connect_ip fe80::5"), ["LVS445 error/latent 6:1-10"]),
    "link-local ping": (
        farm(head=SIX["head"], servers=(server("fe80::1 80", check=PING),)),
        ["LVS445 error/latent 6:1-11"],
    ),
    "link-local with an interface": (tcp("connect_ip fe80::5", "bind_if eth0", **SIX), []),
    "unique local": (tcp(**SIX | {"address": "fec0::1 80"}), []),
    "link-local, a check of hosts": (
        checked("SMTP_CHECK {", "host {", "connect_ip 2001:db8::5", "}", "}", **SIX | {"address": "fe80::1 25"}),
        ["LVS114 info/none 7:1-5"],
    ),
    # LVS446
    "unknown file": (DRAINED + checked("FILE_CHECK {", "track_file draned", "}"), ["LVS446 error/latent 10:12-18"]),
    "file further down": (checked("FILE_CHECK {", "track_file drained", "}") + DRAINED, ["LVS446 error/latent 7:12-19"]),
    "a file": (DRAINED + checked("FILE_CHECK {", "track_file drained", "}"), []),
    "no file": (checked("FILE_CHECK {", "weight 3", "}"), ["LVS446 error/latent 6:1-11"]),
    "unknown file, an include is missing": (
        checked("FILE_CHECK {", "track_file drained", LOST, "}"),
        ["LVS120 warning/none 8:1-18"],
    ),
    "unknown peer": (BFD + checked("BFD_CHECK {", "name drained", "}"), ["LVS446 error/latent 11:6-13"]),
    "a peer": (BFD + checked("BFD_CHECK {", "name peer", "}"), []),
    "a file is no peer": (DRAINED + checked("BFD_CHECK {", "name drained", "}"), ["LVS446 error/latent 10:6-13"]),
    # LVS448
    "no port": (tcp(**MARK), ["LVS448 error/outage 5:1-10"]),
    "no port in a group": (
        GROUP + tcp(head="group G", address="198.51.100.1"),
        ["LVS448 error/outage 9:1-10"],
    ),
    "no port in a service of all ports": (
        checked(*TCP.split("\n"), inside="persistence_timeout 60", head="192.0.2.10", address="198.51.100.1"),
        ["LVS448 error/outage 7:1-10"],
    ),
    "no port, asked elsewhere": (tcp("connect_port 80", **MARK), []),
    "a port of the server": (tcp(**MARK | {"address": "198.51.100.1 80"}), []),
    "a port of the service": (tcp(address="198.51.100.1"), []),
    "port 0 of the server, a port of the service": (tcp(address="198.51.100.1 0"), []),
    "no port for a ping": (checked("PING_CHECK {", "}", **MARK), []),
    "no port for hosts of their own": (
        checked("SMTP_CHECK {", "host {", "connect_port 25", "}", "}", **MARK),
        ["LVS114 info/none 6:1-5"],
    ),
    # LVS449
    "HTTP to 443": (web(*URL, **TLS), ["LVS449 warning/outage 6:1-9 +5:13-25"]),
    "HTTP to 443 of the service": (
        web(*URL, **TLS | {"address": "198.51.100.1"}),
        ["LVS449 warning/outage 6:1-9 +5:13-25"],
    ),
    "HTTP to 443, said": (web("connect_port 443", *URL), ["LVS449 warning/outage 6:1-9 +7:14-17"]),
    "TLS to 80": (web(*URL, kind="SSL_GET"), ["LVS449 warning/outage 6:1-8 +5:13-25"]),
    "TLS to 443": (web(*URL, kind="SSL_GET", **TLS), []),
    "HTTP to 80 of a service of 443": (web("connect_port 80", *URL, **TLS), []),
    "a port refused": (web("connect_port x", *URL, **TLS), ["LVS104 error/none 7:14-15"]),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_findings(name: str, findings: Findings) -> None:
    text, expected = CASES[name]
    assert [shown(finding) for finding in findings(text)] == expected


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            tcp("connect_timeout 2.5", "delay_loop 100", "retry 2", "delay_before_retry 1"),
            "up to 109.5 s: 100 s until the next check, then 3 attempts of 2.5 s each, with 1 s before each retry",
        ),
        (tcp("delay_loop 100", "retry 0"), "up to 105 s: 100 s until the next check, then one attempt of 5 s"),
        (tcp("bindto 2001:db8::2"), "than what the check asks: keepalived ignores the line"),
        (
            tcp("bindto 192.0.2.2", "connect_ip 2001:db8::2"),
            "than what the check comes from: keepalived ignores the line",
        ),
        (web("url {", "}"), "and then 2.2.7 dies (SIGSEGV) of the HTTP_GET"),
        (web("url {", "}", *URL), "and what else is said about it is not checked"),
    ],
)
def test_message(text: str, message: str, findings: Findings) -> None:
    [found] = findings(text)
    assert message in found.message


@pytest.mark.parametrize(
    ("text", "help"),
    [
        (tcp("delay_loop 100"), "lower `delay_loop`"),
        (tcp("delay_loop 5", "connect_timeout 60"), "lower the timeout of an attempt"),
        (tcp("delay_loop 45", "connect_timeout 60"), "lower the timeout of an attempt"),
        (DRAINED + checked("FILE_CHECK {", "track_file draned", "}"), "did you mean `drained`?"),
        (checked("FILE_CHECK {", "track_file drained", "}") + DRAINED, "move the track_file in front"),
        (checked("FILE_CHECK {", "track_file drained", "}"), "define the track_file"),
        (checked("UDP_CHECK {", "min_reply_length 256", "}", **UDP), "raise max_reply_length"),
        (checked("UDP_CHECK {", "min_reply_length 9", "max_reply_length 8", "}", **UDP), "swap them"),
    ],
)
def test_help(text: str, help: str, findings: Findings) -> None:
    [found] = findings(text)
    assert found.help.startswith(help)


def test_a_version_without_sni_is_not_asked_for_it(findings: Findings) -> None:
    text = web(NAME, *URL, kind="SSL_GET", **TLS)
    assert [finding.code for finding in findings(text, target="1.4.5")] == ["LVS413"]
    assert "LVS413" not in {finding.code for finding in findings(text, target="1.3.5")}
