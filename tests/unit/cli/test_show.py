"""`lvscompile show` as its users call it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from conftest import Run

FIXTURES = Path(__file__).resolve().parents[3] / "fixtures"

REFERENCE = """\
lvs1 and lvs2
`- VRID 51 (VI_1): lvs1 is master, priority 101 against 100
   |- 192.168.10.100/24 on eth1 (eth1:100), held by lvs1
   |- 192.168.10.101/24 on eth1 (eth1:101), held by lvs1
   |- 192.168.20.200/24 on eth0, held by lvs1
   `- crash of lvs1: lvs2 takes over within 3.6 s; planned stop: 0.6 s

lvs1 (as keepalived 2.4.3 runs it)
|- VI_1: VRID 51 on eth0, VRRP 2, state MASTER, priority 101, advertises every 1 s, authentication PASS
|- 192.168.10.100:80: TCP, lc, NAT; a dead server is out after 24.0 s at worst, after 12.0 s if it refuses
|  |- 192.168.20.110:80, weight 1, HTTP_GET every 3 s, stays with weight 0 when dead
|  `- 192.168.20.111:80, weight 1, HTTP_GET every 3 s, stays with weight 0 when dead
|- 192.168.10.101:80: TCP, lc, NAT; a dead server is out after 24.0 s at worst, after 12.0 s if it refuses
|  `- 192.168.20.112:80, weight 1, HTTP_GET every 3 s, stays with weight 0 when dead
`- forwards IPv4 packets

lvs2 (as keepalived 2.4.3 runs it)
|- VI_1: VRID 51 on eth0, VRRP 2, state MASTER, priority 100, advertises every 1 s, authentication PASS
|- services: the same as on lvs1
`- forwards IPv4 packets
"""


def test_the_reference_pair(lvscompile: Run) -> None:
    done = lvscompile("show", "lvs1", "lvs2", cwd=FIXTURES / "reference-pair")
    assert (done.status, done.out) == (0, REFERENCE)
    assert done.out.isascii()


def test_a_farm_as_json(lvscompile: Run) -> None:
    done = lvscompile("show", "lvs1", "lvs2", "--format", "json", cwd=FIXTURES / "clean-dsr-farm")
    assert done.status == 0
    found = json.loads(done.out)
    assert found.keys() == {"version", "keepalived", "hosts", "clusters"}
    assert [host["name"] for host in found["hosts"]] == ["lvs1", "lvs2"]
    web, https, _, mail, imap = found["hosts"][0]["services"]
    assert (web["quorum"], web["method"], web["sorry_server"]["address"]) == (2, "DR", "198.51.100.130")
    assert (https["persistence_s"], imap["persistence_s"], web["persistence_s"]) == (600, 1800, None)
    assert [server["worst_detection_ms"] for server in web["real_servers"]] == [23000] * 3
    assert [server["checks"][0]["kind"] for server in mail["real_servers"]] == ["SMTP_CHECK"] * 2
    (cluster,) = found["clusters"]
    assert [(r["family"], r["master"], r["worst_failover_crash_ms"]) for r in cluster["routers"]] == [
        (4, "lvs1", 3609.375),
        (6, "lvs1", 3609.375),
    ]


@pytest.mark.parametrize("form", ["text", "json"])
def test_passwords_stay_out(lvscompile: Run, form: str, tmp_path: Path) -> None:
    path = tmp_path / "a.conf"
    body = "virtual_router_id 1\nauthentication {\nauth_type PASS\nauth_pass hush\n}\n"
    path.write_text(f"vrrp_instance hush {{\n{body}}}\nvrrp_script s {{\nscript '/bin/x auth_pass other'\n}}\n")
    done = lvscompile("show", str(path), "--format", form)
    assert done.status == 0
    assert "hush" not in done.out + done.err
    assert "PASS" in done.out


def test_options(lvscompile: Run, small: Path) -> None:
    twins = (f"a={small}", f"b={small}")
    assert lvscompile("show", *twins).out.startswith("a and b\n")
    assert lvscompile("show", *twins, "--no-peers").out.startswith("a (as keepalived 2.4.3 runs it)\n")
    assert lvscompile("show", str(small), "--target-keepalived", "2.2.7").out.startswith("small (as keepalived 2.2.7")
    assert lvscompile("show", "-", stdin=small.read_bytes()).status == 0


def test_a_broken_file_is_shown_as_far_as_it_goes(lvscompile: Run, broken: Path) -> None:
    done = lvscompile("show", str(broken))
    assert (done.status, done.err) == (0, "")
    assert "priority 100" in done.out


@pytest.mark.parametrize(
    "arguments",
    [("none.conf",), ("--format", "xml"), ("--target-keepalived", "x"), ("--kind", "a=b"), ("--frob",)],
)
def test_what_cannot_run(lvscompile: Run, tmp_path: Path, arguments: tuple[str, ...]) -> None:
    done = lvscompile("show", *arguments, cwd=tmp_path)
    assert (done.status, done.out) == (2, "")
    assert "Traceback" not in done.err


def test_names_that_no_terminal_should_see(lvscompile: Run, tmp_path: Path) -> None:
    path = tmp_path / "a.conf"
    path.write_bytes(b"vrrp_instance V\xe9\x1b[31m {\nvirtual_router_id 1\n}\n")
    done = lvscompile("show", str(path))
    assert done.status == 0
    assert "\x1b" not in done.out
    assert json.loads(lvscompile("show", str(path), "--format", "json").out)["hosts"][0]["instances"]
