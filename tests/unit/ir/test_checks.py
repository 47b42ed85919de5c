"""What keepalived makes of services and checks, and how long a death goes unnoticed."""

from __future__ import annotations

import pytest

from lvscompile.frontends.keepalived import lower
from lvscompile.ir.checks import (
    CheckSpec,
    ServiceSpec,
    likely_detection,
    micros,
    server_likely_detection,
    server_worst_detection,
    service_spec,
    worst_detection,
)
from lvscompile.ir.effective import master_down_interval, skew, vrrp_params
from lvscompile.ir.failover import failover, healthy, weights_when_well
from lvscompile.ir.site import Director
from lvscompile.syntax.keepalived.tree import read_configuration
from lvscompile.syntax.source import Source

NEW, OLD = (2, 4, 3), (1, 1, 15)
S = 1_000_000


def director(text: str) -> Director:
    return lower(read_configuration(Source("x", text)), "x")[0]


def spec(
    service: str = "", server: str = "", head: str = "10.0.0.1 80", real: str = "10.0.1.1 8080",
    version: tuple[int, ...] = NEW, above: str = "",
) -> ServiceSpec:  # fmt: skip
    text = f"{above}\nvirtual_server {head} {{\n{service}\nreal_server {real} {{\n{server}\n}}\n}}\n"
    host = director(text)
    return service_spec(host, host.services[0], version)


def check(kind: str = "TCP_CHECK", body: str = "", server: str = "", service: str = "",
          version: tuple[int, ...] = NEW) -> CheckSpec:  # fmt: skip
    return spec(service, f"{server}\n{kind} {{\n{body}\n}}", version=version).real_servers[0].checks[0]


def test_a_service_that_says_nothing() -> None:
    found = spec()
    assert (found.kind, found.address, found.family, found.port) == ("address", "10.0.0.1", 4, 80)
    assert (found.protocol, found.scheduler, found.method) == ("UDP", "wlc", "NAT")
    assert (found.persistence, found.quorum, found.hysteresis, found.alpha) == (0, 1, 0, False)
    assert found.sorry_server is None
    (server,) = found.real_servers
    assert (server.address, server.port, server.weight, server.method) == ("10.0.1.1", 8080, 1, "NAT")
    assert (server.inhibit_on_failure, server.alpha, server.checks) == (False, False, ())


@pytest.mark.parametrize(
    ("service", "field", "value"),
    [
        ("protocol tcp", "protocol", "TCP"),
        ("lb_algo rr", "scheduler", "rr"),
        ("lvs_sched sh", "scheduler", "sh"),
        ("lb_algo RR", "scheduler", "wlc"),
        ("lb_kind DR", "method", "DR"),
        ("lvs_method TUN", "method", "TUN"),
        ("persistence_timeout", "persistence", 360),
        ("persistence_timeout 50", "persistence", 50),
        ("persistence_granularity 255.255.255.0", "persistence", 360),
        ("alpha no", "alpha", True),
        ("weight 5\nquorum 3", "quorum", 3),
        ("weight 5\nquorum 9", "quorum", 5),
        ("weight 5\nquorum 3\nhysteresis 1", "hysteresis", 1),
        ("weight 5\nquorum 3\nhysteresis 3", "hysteresis", 2),
    ],
)
def test_a_service_by_its_words(service: str, field: str, value: object) -> None:
    assert getattr(spec(service), field) == value


@pytest.mark.parametrize(
    ("head", "above", "service", "protocol", "persistence"),
    [
        ("10.0.0.1", "", "protocol TCP", "TCP", 360),
        ("10.0.0.1 0", "", "protocol TCP", "TCP", 360),
        ("fwmark 7", "", "", "", 0),
        ("fwmark 7", "", "protocol TCP", "", 0),
        ("group G", "virtual_server_group G {\nfwmark 1\nfwmark 2\n}", "", "", 0),
        ("group G", "virtual_server_group G {\n10.0.0.1 80\nfwmark 2\n}", "", "UDP", 0),
        ("group G", "", "protocol SCTP", "SCTP", 0),
    ],
)
def test_marks_have_no_protocol(head: str, above: str, service: str, protocol: str, persistence: int) -> None:
    found = spec(service, head=head, above=above)
    assert (found.protocol, found.persistence) == (protocol, persistence)


@pytest.mark.parametrize(
    ("service", "server", "head", "real", "port", "method"),
    [
        ("", "", "10.0.0.1 80", "10.0.1.1 8080", 8080, "NAT"),
        ("", "", "10.0.0.1 80", "10.0.1.1", 80, "NAT"),
        ("", "", "10.0.0.1 80", "10.0.1.1 0", 80, "NAT"),
        ("lb_kind DR", "", "10.0.0.1 80", "10.0.1.1 8080", 80, "DR"),
        ("lb_kind TUN", "", "10.0.0.1 80", "10.0.1.1", 80, "TUN"),
        ("lb_kind DR", "lvs_method NAT", "10.0.0.1 80", "10.0.1.1 8080", 8080, "NAT"),
        ("", "lvs_method DR", "10.0.0.1 80", "10.0.1.1 8080", 80, "DR"),
        ("", "", "fwmark 1", "10.0.1.1 8080", 8080, "NAT"),
        ("lb_kind DR", "", "fwmark 1", "10.0.1.1 8080", None, "DR"),
        ("lb_kind DR", "", "group G", "10.0.1.1 8080", 8080, "DR"),
    ],
)
def test_only_masquerading_changes_ports(
    service: str, server: str, head: str, real: str, port: int | None, method: str
) -> None:
    (found,) = spec(service, server, head, real).real_servers
    assert (found.port, found.method) == (port, method)


def test_sorry_servers() -> None:
    sorry = spec("lb_kind DR\nsorry_server 10.0.1.9 8080").sorry_server
    assert sorry is not None
    assert (sorry.address, sorry.port, sorry.method, sorry.inhibit) == ("10.0.1.9", 80, "DR", False)
    text = "lb_kind DR\nsorry_server 10.0.1.9 8080\nsorry_server_inhibit\nsorry_server_lvs_method NAT"
    sorry = spec(text).sorry_server
    assert sorry is not None
    assert (sorry.port, sorry.method, sorry.inhibit) == (8080, "NAT", True)


@pytest.mark.parametrize(
    ("service", "server", "weight", "inhibit", "alpha"),
    [
        ("weight 7", "", 7, False, False),
        ("weight 7", "weight 0", 0, False, False),
        ("inhibit_on_failure\nalpha", "", 1, True, True),
        ("inhibit_on_failure off\nalpha off", "", 1, True, True),
        ("inhibit_on_failure\nalpha", "inhibit_on_failure no\nalpha false", 1, False, False),
        ("", "inhibit_on_failure\nalpha on", 1, True, True),
    ],
)
def test_servers_inherit(service: str, server: str, weight: int, inhibit: bool, alpha: bool) -> None:
    (found,) = spec(service, server).real_servers
    assert (found.weight, found.inhibit_on_failure, found.alpha) == (weight, inhibit, alpha)


def test_old_versions_do_not_know_newer_words() -> None:
    (found,) = spec("weight 7\ninhibit_on_failure\nretry 9\ndelay_loop 3", "TCP_CHECK {\n}", version=OLD).real_servers
    assert (found.weight, found.inhibit_on_failure) == (1, False)
    assert (found.checks[0].delay_loop, found.checks[0].retry) == (3 * S, 0)


def test_a_second_server_of_the_same_address_and_port_is_dropped() -> None:
    found = spec("real_server 10.0.1.1 8080 {\nweight 3\n}\nreal_server 10.0.1.1 8081 {\n}\n")
    assert [(server.port, server.weight) for server in found.real_servers] == [(8080, 3), (8081, 1)]


# kind -> delay_loop, connect_timeout, misc_timeout, retry, delay_before_retry, worst, likely: all by default
DEFAULTS: dict[str, tuple[int | None, ...]] = {
    "TCP_CHECK": (60, 5, None, 1, 1, 71, 61),
    "HTTP_GET": (60, 5, None, 1, 3, 73, 63),
    "SSL_GET": (60, 5, None, 1, 3, 73, 63),
    "SMTP_CHECK": (60, 5, None, 1, 1, 71, 61),
    "PING_CHECK": (60, 5, None, 1, 1, 71, None),
    "UDP_CHECK": (60, 5, None, 1, 1, None, 61),
    "DNS_CHECK": (60, 5, None, 3, 60, 260, 240),
    "MISC_CHECK": (60, None, 60, 0, 60, 120, 60),
    "FILE_CHECK": (0, None, None, 0, 0, None, None),
    "BFD_CHECK": (0, None, None, 0, 0, None, None),
}


@pytest.mark.parametrize("kind", DEFAULTS)
def test_checks_by_default(kind: str) -> None:
    found = check(kind)
    times = (
        found.delay_loop, found.connect_timeout, found.misc_timeout, found.retry * S, found.delay_before_retry,
        worst_detection(found), likely_detection(found),
    )  # fmt: skip
    assert times == tuple(None if t is None else t * S for t in DEFAULTS[kind])
    assert found.warmup == found.delay_loop
    assert not found.alpha


@pytest.mark.parametrize(
    ("kind", "service", "server", "body", "seconds"),
    [
        # delay_loop, attempt, retry, delay_before_retry
        ("TCP_CHECK", "delay_loop 10\nretry 2\ndelay_before_retry 4\nconnect_timeout 3", "", "", (10, 3, 2, 4)),
        ("TCP_CHECK", "delay_loop 10\nretry 2", "delay_loop 20\nretry 3", "", (20, 5, 3, 1)),
        ("TCP_CHECK", "delay_loop 10", "delay_loop 20", "delay_loop 30\nretry 0", (30, 5, 0, 1)),
        ("HTTP_GET", "delay_loop 6", "", "nb_get_retry 3\ndelay_before_retry 2", (6, 5, 3, 2)),
        ("HTTP_GET", "", "", "nb_get_retry 3\nretry 4", (60, 5, 4, 3)),
        ("HTTP_GET", "", "", "retry 4\nnb_get_retry 3", (60, 5, 3, 3)),
        ("HTTP_GET", "delay_before_retry 1", "", "", (60, 5, 1, 1)),
        ("DNS_CHECK", "delay_loop 10", "", "", (10, 5, 3, 10)),
        ("DNS_CHECK", "retry 1\ndelay_loop 10\ndelay_before_retry 2", "", "", (10, 5, 1, 2)),
        ("MISC_CHECK", "delay_loop 10", "", "misc_timeout 4\nretry 2", (10, 4, 2, 10)),
        ("MISC_CHECK", "delay_loop 10\nconnect_timeout 1", "", "misc_timeout 0", (10, 10, 0, 10)),
        ("TCP_CHECK", "", "", "delay_loop 5\ndelay_loop 7\ndelay_loop x", (7, 5, 1, 1)),
    ],
)
def test_checks_inherit(kind: str, service: str, server: str, body: str, seconds: tuple[int, ...]) -> None:
    found = check(kind, body, server, service)
    times = (found.delay_loop, found.attempt_timeout, found.retry * S, found.delay_before_retry)
    assert times == tuple(t * S for t in seconds)


def test_warmup_alpha_and_replies() -> None:
    assert check(service="warmup 3", server="delay_loop 9").warmup == 3 * S
    assert check(body="warmup 0").warmup == 0
    assert check(service="alpha").alpha
    assert not check(service="alpha", body="alpha off").alpha
    assert not check("UDP_CHECK").needs_reply
    assert worst_detection(check("UDP_CHECK", "require_reply")) == 71 * S


@pytest.mark.parametrize(
    ("kind", "body", "version", "retry"),
    [
        ("TCP_CHECK", "retry 3", (1, 2, 19), 0),  # the word came with 1.2.20
        ("TCP_CHECK", "retry 3", (1, 3, 5), 3),
        ("HTTP_GET", "nb_get_retry 3", OLD, 3),
        ("HTTP_GET", "nb_get_retry 3", (1, 3, 5), 3),
        ("HTTP_GET", "nb_get_retry 3", NEW, 3),
        ("HTTP_GET", "retry 3", (1, 3, 5), 1),
        ("MISC_CHECK", "retry 3", (1, 3, 5), 0),
    ],
)
def test_retries_by_version(kind: str, body: str, version: tuple[int, ...], retry: int) -> None:
    assert check(kind, body, version=version).retry == retry


def test_old_versions_have_no_newer_checks() -> None:
    assert (
        spec(server="UDP_CHECK {\n}\nTCP_CHECK {\n}", version=(2, 0, 20)).real_servers[0].checks[0].kind == "TCP_CHECK"
    )


def test_each_host_of_an_smtp_check_is_a_checker() -> None:
    text = "SMTP_CHECK {\nretry 4\ndelay_loop 9\nhost {\ndelay_loop 5\n}\nhost {\nconnect_ip 10.0.1.7\n}\n}"
    checks = spec(server=text).real_servers[0].checks
    assert [(each.delay_loop, each.retry) for each in checks] == [(5 * S, 4), (9 * S, 4)]


def test_worst_detection_of_the_reference_pair() -> None:
    found = check("HTTP_GET", "connect_timeout 3\nnb_get_retry 3\ndelay_before_retry 3", service="delay_loop 3")
    assert worst_detection(found) == 24 * S
    assert likely_detection(found) == 12 * S


@pytest.mark.parametrize(("delay", "worst"), [(2, 18), (4, 18), (6, 20)])
def test_a_script_counts_its_delays_from_its_start(delay: int, worst: int) -> None:
    body = f"misc_timeout 4\nretry 1\ndelay_before_retry {delay}\ndelay_loop 10"
    assert worst_detection(check("MISC_CHECK", body)) == worst * S


def test_the_quickest_check_of_a_server_counts() -> None:
    (server,) = spec("delay_loop 10", "HTTP_GET {\n}\nTCP_CHECK {\nretry 0\n}\nUDP_CHECK {\n}").real_servers
    assert server_worst_detection(server) == 15 * S
    assert server_likely_detection(server) == 10 * S
    (unchecked,) = spec().real_servers
    assert server_worst_detection(unchecked) is None
    assert server_likely_detection(unchecked) is None


@pytest.mark.parametrize(
    ("text", "value"),
    [("1", S), ("0.5", 500_000), (".5", 500_000), ("2.", 2 * S), ("+3", 3 * S), ("0.0000005", 1), ("1.0000004", S)],
)
def test_micros(text: str, value: int) -> None:
    assert micros(text) == value


# -- failover -------------------------------------------------------------------------------------------


def instance(body: str, more: str = "", name: str = "A") -> str:
    return f"{more}\nvrrp_instance {name} {{\nvirtual_router_id 1\n{body}\nvirtual_ipaddress {{\n10.0.0.1/24\n}}\n}}\n"


@pytest.mark.parametrize(
    ("body", "above", "version", "adverts"),
    [
        ("", "", NEW, 3),
        ("down_timer_adverts 5", "", NEW, 5),
        ("", "vrrp_down_timer_adverts 7", NEW, 7),
        ("down_timer_adverts 5", "vrrp_down_timer_adverts 7", NEW, 5),
        ("down_timer_adverts 0", "vrrp_down_timer_adverts 7", NEW, 7),
        ("down_timer_adverts 5", "vrrp_down_timer_adverts 7", (2, 1, 5), 3),
    ],
)
def test_down_timer_adverts(body: str, above: str, version: tuple[int, ...], adverts: int) -> None:
    host = director(instance(body, f"global_defs {{\n{above}\n}}"))
    params = vrrp_params(host, host.vrrp[0], version)
    assert params.down_timer_adverts == adverts
    assert master_down_interval(params) == adverts * S + skew(params)


@pytest.mark.parametrize(
    ("backup", "master", "crash", "stop"),
    [
        ("priority 100", "priority 150", 3_609_375, 609_375),
        ("priority 150", "priority 200", 3_414_062, 414_062),
        ("priority 100\nadvert_int 2", "priority 150\nadvert_int 2", 6_609_375, 609_375),
        ("priority 100\nversion 3\nadvert_int 0.1", "priority 150\nversion 3\nadvert_int 0.1", 360_937, 60_937),
        # A backup of version 3 goes by the master's interval.
        ("priority 100\nversion 3\nadvert_int 5", "priority 150\nversion 3\nadvert_int 0.1", 360_937, 60_937),
        ("priority 100\ndown_timer_adverts 5", "priority 150", 5_609_375, 609_375),
    ],
)
def test_failover(backup: str, master: str, crash: int, stop: int) -> None:
    hosts = [director(instance(body)) for body in (backup, master)]
    found = failover(*(vrrp_params(host, host.vrrp[0], NEW) for host in hosts))
    assert (found.crash, found.stop) == (crash, stop)


SCRIPT = "vrrp_script S {\nscript /bin/true\nweight 20\n}\nvrrp_script N {\nscript /bin/true\nweight -30\n}"
GROUP = "vrrp_sync_group G {\ngroup {\nA\n}\n%s\n}\n"


@pytest.mark.parametrize(
    ("above", "tracks", "priority"),
    [
        ("", "", 100),
        (SCRIPT, "track_script {\nS\n}", 120),
        (SCRIPT, "track_script {\nS weight 7\n}", 107),
        (SCRIPT, "track_script {\nS weight 7 reverse\n}", 100),
        (SCRIPT, "track_script {\nN\n}", 100),
        # When the script fails all is well, and worth 5: keepalived 2.2.7 goes from 100 to 105.
        (SCRIPT, "track_script {\nN weight -5 reverse\n}", 105),
        (SCRIPT, "track_script {\nS weight 250\n}", 254),
        ("", "track_script {\nS\n}\n", 100),
        ("", "track_interface {\neth1 weight 5\neth2\n}", 105),
        (SCRIPT + GROUP % "", "track_script {\nS\n}", 100),
        (SCRIPT + GROUP % "sync_group_tracking_weight", "track_script {\nS\n}", 120),
        (SCRIPT + GROUP % "track_script {\nS\n}", "", 120),
    ],
)
def test_priority_while_all_is_well(above: str, tracks: str, priority: int) -> None:
    host = director(instance(f"priority 100\n{tracks}", above))
    params = vrrp_params(host, host.vrrp[0], NEW)
    assert healthy(params, weights_when_well(host).get("A", 0)).priority == priority


def test_an_owner_stays_an_owner() -> None:
    host = director(instance("priority 255\ntrack_interface {\neth1 weight -5 reverse\n}"))
    assert healthy(vrrp_params(host, host.vrrp[0], NEW), weights_when_well(host)["A"]).priority == 255
