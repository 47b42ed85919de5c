"""keepalived takes what `convert` makes of scripts, and of the fixtures' hosts."""

from __future__ import annotations

from pathlib import Path

import pytest
from corpus import REPOSITORY, guess_interfaces
from judge import Cls, judge

from lvscompile.app.compose import Vrrp
from lvscompile.app.convert import to_keepalived
from lvscompile.app.load import load
from lvscompile.ir.core import Target

pytestmark = pytest.mark.netns

TARGET = Target((2, 2, 7))
SET_UPS = ("host-a-nat-by-hand", "host-d-draining", "host-e-dsr", "host-f-one-armed-ftp")
SCRIPT = """\
#!/bin/sh
ipvsadm -C
ipvsadm -A -t 192.0.2.10:80 -s sh -b sh-port -p 300 -M 255.255.255.0
ipvsadm -a -t 192.0.2.10:80 -r 198.51.100.5:80 -m -w 2 -x 20 -y 10
ipvsadm -a -t 192.0.2.10:80 -r 198.51.100.6 -g
ipvsadm -A -f 7 -6 -s mh -b mh-fallback
ipvsadm -a -f 7 -6 -r 2001:db8::5 -i
ipvsadm -A -u 192.0.2.10:53 -s rr -o
ipvsadm -a -u 192.0.2.10:53 -r 198.51.100.5:53 -i --tun-type gue --tun-port 6080
ipvsadm -A -t [2001:db8::7]:80 -p 9 -M 64
ipvsadm -a -t [2001:db8::7]:80 -r [2001:db8::8]:8080 -m
ipvsadm --set 100 20 30
ipvsadm --start-daemon master --mcast-interface eth1 --syncid 9
ip addr add 192.0.2.10/24 brd + dev eth1 label eth1:1
ip addr add 198.51.100.1/24 dev eth0
ip -6 addr add 2001:db8::7/64 dev eth1
ip route add 10.0.0.0/8 via 198.51.100.2 dev eth0 metric 5
ip route add local 0/0 dev lo table 100
ip rule add fwmark 1 table 100 prio 100
ip rule add from 192.0.2.10 iif eth0 table 7 prio 9
ip -6 rule add fwmark 2/255 table 9 prio 5
"""


def messages(path: Path, text: str, name: str) -> list[str]:
    path.write_text(text)
    verdict = judge(path, guess_interfaces(text), name)
    # A service that is drained has no weight left: keepalived says so.
    return [m.text for m in verdict.messages if m.cls is not Cls.ENVIRONMENT]


@pytest.mark.parametrize("vrrp", [None, Vrrp(71, "eth1", 150, "WEB", "MASTER", "1", "hunter2")])
@pytest.mark.parametrize("checks", ["", "tcp", "http"])
def test_a_script(vrrp: Vrrp | None, checks: str, tmp_path: Path) -> None:
    script = tmp_path / "rc.local"
    script.write_text(SCRIPT)
    conversion = to_keepalived(load([f"lvs1={script}"], target=TARGET), TARGET, vrrp=vrrp, checks=checks)
    assert messages(tmp_path / "keepalived.conf", conversion.outputs[0].text, "lvs1") == []


@pytest.mark.parametrize("vrrp", [None, Vrrp(171, "eth1", 150, "WEB")])
@pytest.mark.parametrize("name", SET_UPS)
def test_set_ups(name: str, vrrp: Vrrp | None, tmp_path: Path) -> None:
    hosts = [
        f"{folder.name}={folder}" for folder in sorted((REPOSITORY / "fixtures" / name).iterdir()) if folder.is_dir()
    ]
    conversion = to_keepalived(load([h for h in hosts if "expected" not in h], target=TARGET), TARGET, vrrp=vrrp)
    (output,) = conversion.outputs
    assert messages(tmp_path / "keepalived.conf", output.text, output.host) == []
