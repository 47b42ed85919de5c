"""Odd but sound configurations: the linter says nothing, and neither does keepalived 2.2.7."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import judge
import pytest
from places import Findings, instance, write

A = instance()
SCRIPTS = "global_defs {\n    enable_script_security\n    script_user root\n}\n"
INTERFACES = {"eth0": ("192.0.2.2/24", "2001:db8::2/64"), "eth1": ("198.51.100.2/24",), "eth2": ()}

# The host is called lvs1.
SOUND: dict[str, str | Mapping[str, str]] = {
    "empty": "",
    "only comments": "# nothing {\n! here }\n\n",
    "no newline at the end": A.rstrip("\n"),
    "crlf": A.replace("\n", "\r\n"),
    "tabs and form feeds": A.replace("    ", "\t").replace("interface eth0", "interface\v\feth0 \t"),
    "comments in odd places": """vrrp_instance VI_1 { # opens { here
    ! } closes nothing, and "this quote" is none
    interface eth0!x
    virtual_router_id 61#"
    virtual_ipaddress { # one "
        192.0.2.10/24 # } two
    } ! three {
} # }
""",
    "quotes": """vrrp_instance "VI 1" {
    interface "eth0"
    "virtual_router_id" 61
    authentication {
        auth_type "PASS"
        auth_pass "a{b}#c"
    }
    virtual_ipaddress {
        "192.0.2.10/24" dev "eth0"
    }
}
""",
    "braces anywhere": """vrrp_sync_group G{group{A B}}
vrrp_instance A
{
    interface eth0

    # the VRID

    virtual_router_id 61
    virtual_ipaddress
    # its list
    {
    192.0.2.10/24 } }
vrrp_instance B { interface eth0
virtual_router_id 52
virtual_ipaddress { 192.0.2.20/24 } }
""",
    "numbers": instance("priority +150", "advert_int 1.", "preempt_delay .5", "garp_master_delay 0005"),
    "the same list twice": A.replace(
        "    virtual_ip", "    virtual_ipaddress {\n        192.0.2.11/24\n    }\n    virtual_ip"
    ),
    "the same keyword twice": instance("priority 100", "priority 150", "state BACKUP", "state BACKUP"),
    "conditions": """vrrp_instance VI_1 {
    @lvs1 interface eth0
    @^lvs1 interface eth9
    virtual_router_id 61
    @lvs1 priority 150
    @lvs2 priority 100
    @lvs2 nonsense {
    virtual_ipaddress {
        192.0.2.10/24
    }
    @lvs2 }
    @lvs1
}
""",
    "definitions": """$VRID=61
$NET=192.0.2
$PEERS= \\
192.0.2.8 \\
192.0.2.9
$KIND=vrrp_instance
${KIND} VI_${VRID} {
    interface eth0
    virtual_router_id $VRID # not $VRID2
    $PRIO=77
    priority ${PRIO}
    unicast_src_ip ${NET}.2
    unicast_peer {
        $PEERS
    }
    virtual_ipaddress {
        ${NET}.10/24
    }
}
""",
    "a definition that opens and closes": "$A=vrrp_instance VI_1 {\n$Z=}\n$A\n" + A.split("\n", 1)[1].rstrip("}\n") + "}\n$Z\n",
    "a shell variable in a script": SCRIPTS + """vrrp_script web {
    script "/bin/sh -c 'test -n ${HOME}'"
}
""" + instance("track_script {", "    web", "}"),
    "generators": """vrrp_instance VI_1 {
    interface eth0
    virtual_router_id 61
    virtual_ipaddress {
        ~SEQ(i,10,13) 192.0.2.${i}/24
        ~SEQ(i,20,-5,10) 192.0.2.1${i}/32
        ~LST(a, 101, 105) 192.0.2.${a}/24
        ~SEQ(a,6,7) ~SEQ(b,1,2) 192.0.2.${a}${b}/24
    }
}
""",
    "includes": {
        "keepalived.conf": "include sites/*.conf\nvrrp_instance VI_1 {\n    include half.conf\n",
        "half.conf": "    interface eth0\n    virtual_router_id 61\n    include vips/{a,b}.conf\n}",
        "vips/a.conf": "virtual_ipaddress {\n    192.0.2.10/24\n",
        "vips/b.conf": "    192.0.2.11/24\n}\n",
        "sites/x.conf": instance(name="VI_2", vips=("192.0.2.20/24",)).replace("61", "52"),
        "sites/y.conf": "# nothing yet\n",
    },
    "unicast": """vrrp_instance VI_1 {
    interface eth0
    virtual_router_id 61
    unicast_src_ip 192.0.2.2
    unicast_peer {
        192.0.2.3 min_ttl 1 max_ttl 255
        192.0.2.4
    }
    unicast_ttl 64
    check_unicast_src
    virtual_ipaddress {
        192.0.2.10/24 brd 192.0.2.255 dev eth0 scope global label eth0:1
    }
    virtual_ipaddress_excluded {
        2001:db8::10/64
        203.0.113.1
    }
}
""",
    "unicast instances with one vrid": instance("unicast_src_ip 192.0.2.2", "unicast_peer {", "    192.0.2.3", "}")
    + instance(
        "unicast_src_ip 192.0.2.2", "unicast_peer {", "    192.0.2.4", "}", name="VI_2", vips=("192.0.2.20/24",)
    ),
    "two families with one vrid": A + instance("advert_int 0.25", name="VI_6", vips=("fe80::51/64", "2001:DB8::51/64")),
    "virtual macs": instance("use_vmac vrrp.51", "vmac_xmit_base")
    + instance("use_vmac", name="VI_2", vips=("192.0.2.20/24",)).replace("61", "52"),
    "one vrid on two interfaces": A
    + instance(name="VI_2", vips=("198.51.100.10/24",)).replace("eth0", "eth1"),
    "several sync groups, before and behind": """vrrp_sync_group G1 {
    group {
        VI_1 VI_2
    }
    notify_master "/bin/echo one two"
    smtp_alert no
}
""" + SCRIPTS + A + instance(name="VI_2", vips=("192.0.2.20/24",)).replace("61", "52")
    + instance(name="VI_3", vips=("192.0.2.30/24",)).replace("61", "53")
    + instance(name="VI_4", vips=("192.0.2.40/24",)).replace("61", "54")
    + "vrrp_sync_group G2 { group { VI_3\n VI_4 } }\n",
    "scripts": SCRIPTS + """vrrp_script a {
    script "/bin/echo one 'two three' \\"four\\""
    interval 2
    timeout 1
    weight -20
    rise 2
    fall 3
    user root root
    init_fail
}
vrrp_script b {
    script '/bin/echo one two'
    weight 10 reverse
}
""" + instance(
        'notify "/bin/echo x" root',
        "notify_backup '/bin/echo \"a b\"'",
        "track_script {",
        "    a",
        "    b weight 5",
        "}",
        "track_interface {",
        "    eth1",
        "    eth2 weight -10",
        "}",
    ),
    "a group of virtual servers": """virtual_server group WEB {
    lvs_sched wrr
    persistence_timeout
    lvs_method DR
    protocol TCP
    real_server 198.51.100.20 80 {
        weight 3
        TCP_CHECK { }
    }
    real_server 198.51.100.21 80 {
        TCP_CHECK
        {
        }
        weight 0
    }
}
virtual_server_group WEB {
    192.0.2.10 80
    192.0.2.11-14 80
    192.0.2.32/28 80
}
""",
    "firewall marks, tunnels, UDP": """virtual_server fwmark 7 {
    lb_algo sh
    sh-port
    lb_kind TUN type gue port 5555
    real_server 198.51.100.20 {
        weight 1
        PING_CHECK {
        }
    }
}
virtual_server 192.0.2.10 53 {
    delay_loop 5
    real_server 198.51.100.20 53 {
        DNS_CHECK {
            type a
            name www.example.com
        }
    }
    lb_kind NAT
    protocol udp
    lb_algo rr
    ops
}
""",
    "checks": """virtual_server 2001:db8::10 443 {
    delay_loop 6
    lb_algo wlc
    lb_kind DR
    persistence_timeout 300
    protocol TCP
    quorum 1
    hysteresis 0
    sorry_server 2001:db8::99 443
    sorry_server_inhibit
    alpha
    omega
    real_server 2001:db8::20 443 {
        inhibit_on_failure no
        SSL_GET {
            url {
                path "/a b?x=1#f"
                status_code 200-299
                digest 640205b7b0fc66c1ea91c463fac6334d
            }
            connect_timeout 3
            delay_before_retry 1.5
            virtualhost www.example.com
            enable_sni
        }
        SMTP_CHECK {
            helo_name lvs1.example.com
        }
    }
}
""",
    "static addresses, routes and rules": """static_ipaddress {
    198.51.100.5/24 dev eth1 scope global
}
static_routes {
    203.0.113.0/25 via 198.51.100.1 dev eth1
    default via 198.51.100.1 dev eth1 metric 100
}
static_rules {
    from 203.0.113.0/25 table 100 priority 1000
}
""" + instance(
        "virtual_routes {",
        "    src 192.0.2.10 to 203.0.113.128/25 via 192.0.2.9 dev eth0",
        "}",
        "virtual_rules {",
        "    to 203.0.113.128/25 iif eth0 table 100 priority 901",
        "}",
    ),
    "globals": """global_defs {
    notification_email { a@example.com b@example.com
        c@example.com }
    notification_email_from "ops@example.com"
    smtp_server 192.0.2.25
    router_id "LVS one"
    vrrp_version 3
    vrrp_garp_master_refresh 60
    vrrp_mcast_group4 224.0.0.18
    umask IRGRP|IROTH
    lvs_timeouts tcp 100 tcpfin 20 udp 30
}
global_defs {
    lvs_sync_daemon eth0 inst VI_1 id 5
}
""" + A,
    "another language in comments": "# Zürich, 東京, Москва\n" + A + "# \udcfcber\n",
    "a long line that fits": "# " + "x" * 1021 + "\n" + A,
}  # fmt: skip


def test_there_are_enough() -> None:
    assert len(SOUND) >= 25


@pytest.mark.parametrize("name", SOUND)
def test_the_linter_is_silent(name: str, findings: Findings) -> None:
    assert findings(SOUND[name]) == []


@pytest.mark.netns
@pytest.mark.parametrize("name", SOUND)
def test_keepalived_is_silent(name: str, tmp_path: Path) -> None:
    verdict = judge.judge(write(tmp_path, SOUND[name]), INTERFACES, "lvs1")
    assert verdict.messages == ()
    assert verdict.status == 0
