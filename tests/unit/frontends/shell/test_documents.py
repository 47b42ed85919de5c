"""Notes, how-to pages and session logs: what is a command, a file, output, prose."""

from __future__ import annotations

import pytest

from lvscompile.frontends.shell import read_script
from lvscompile.frontends.shell.files import kind_of, named_alone
from lvscompile.ir.shell import Command, Embedded, Kept, Script
from lvscompile.syntax.source import Source


def read(text: str) -> Script:
    return read_script(Source("x", text), mode="document")


def told(text: str) -> list[str]:
    """Commands as `role tool …`, files as `KIND path text`, kept ones as `kept …`."""
    found: list[str] = []
    for item in read(text).items:
        if isinstance(item, Embedded):
            found.append(f"{item.kind.upper()} {item.path} {item.text.strip()!r}")
        elif isinstance(item, Kept):
            found.append(f"kept {' '.join(word or '?' for word in item.argv)}")
        else:
            found.append(f"{item.role} {' '.join(word or '?' for word in item.argv)}")
    return found


PROSE = (
    "ipvsadm is the tool of choice here",
    "ipvsadm wird mit -C geleert",
    "ipvsadm -Cで全部消す",
    "ipvsadm -Lnの出力",
    "ipvsadm -A and then the address",
    "ipvsadm v1.24 2003/06/07 (compiled with popt and IPVS v1.2.0)",
    "ipvsadm Version 1.31",
    "ip rule でルールを見る",
    "ip route list table 100 で見る",
    "ip address of the director: 192.0.2.1",
    "ip forwarding must be on",
    "iptables -t nat -n -Lで見る",
    "iptables -F、これで空",
    "iptables rules are kept in a file",
    "route the packets to the director",
    "service keepalived needs a configuration",
    "sysctl -p to load it",
    "echo the value to the kernel",
    "cat shows the file",
    "modprobe the module first",
    "keepalived",
    "keepalived daemon",
    "make sure that it runs",
    "if you want to clear the table",
    "for each server do the same",
    "while it runs, nothing changes",
    "time to start",
    "[client] 192.0.2.7",
    "   |      [web1]   |",
    "-----------------------",
    "-m --masquerading",
    "-i --ipip",
    "Network address = 192.0.2.0",
    "ルーター越し。",
    "Zum Schluss: ipvsadm -C",
    "don't forget ipvsadm -C",
    "`ipvsadm -C` clears all",
    "https://example.net/howto?a=b&c=d",
)


@pytest.mark.parametrize("line", PROSE)
def test_prose_is_no_command(line: str) -> None:
    script = read(f"Notes.\n\n{line}\n\nMore of it.\n")
    assert not script.items
    assert script.counts() == {"understood": 0, "kept": 0, "prose": 5, "embedded": 0}


COMMANDS = {
    "ipvsadm -C": "run ipvsadm -C",
    "  /sbin/ipvsadm -A -t 192.0.2.1:80 -s rr": "run ipvsadm -A -t 192.0.2.1:80 -s rr",
    "sudo ipvsadm -At 192.0.2.1:80": "run ipvsadm -At 192.0.2.1:80",
    "ipvsadm -C # alles löschen": "run ipvsadm -C",
    "ipvsadm --set 900 120 300": "run ipvsadm --set 900 120 300",
    "ipvsadm -Ln": "display ipvsadm -Ln",
    "iptables -t mangle -A PREROUTING -d 192.0.2.1 -j MARK --set-mark 1": "run iptables -t mangle -A PREROUTING -d 192.0.2.1 -j MARK --set-mark 1",
    "iptables -A INPUT ! -s 192.0.2.0/24 -m comment --comment 'für den Test' -j DROP": "run iptables -A INPUT ! -s 192.0.2.0/24 -m comment --comment für den Test -j DROP",
    "iptables -I INPUT 3 -j ACCEPT": "run iptables -I INPUT 3 -j ACCEPT",
    "ip addr add 192.0.2.1/24 dev eth0": "run ip addr add 192.0.2.1/24 dev eth0",
    "ip rule del prio 100": "run ip rule del prio 100",
    "ip route show table 100": "display ip route show table 100",
    "echo 1 > /proc/sys/net/ipv4/ip_forward": "run echo 1",
    "sysctl -w net.ipv4.ip_forward=1": "run sysctl -w net.ipv4.ip_forward=1",
    "sysctl -p": "run sysctl -p",
    "ifconfig lo:0 192.0.2.1 netmask 255.255.255.255 up": "run ifconfig lo:0 192.0.2.1 netmask 255.255.255.255 up",
    "route add -host 192.0.2.1 dev lo:0": "run route add -host 192.0.2.1 dev lo:0",
    "modprobe ip_vs_rr": "run modprobe ip_vs_rr",
    "service keepalived start": "run service keepalived start",
    "systemctl enable keepalived.service": "run systemctl enable keepalived.service",
    "/etc/rc.d/init.d/keepalived reload": "run /etc/rc.d/init.d/keepalived reload",
    "chkconfig keepalived on": "run chkconfig keepalived on",
    "keepalived -D -f /etc/x.conf": "run keepalived -D -f /etc/x.conf",
    "yum -y install ipvsadm": "kept yum -y install ipvsadm",
    "vi /etc/unknown.conf": "kept vi /etc/unknown.conf",
    "make install": "kept make install",
    "[root@lb1 ~]# ./my-own-script": "kept ./my-own-script",
    "$ sudo ipvsadm -C": "run ipvsadm -C",
    "ipvsadm -A -t 192.0.2.1:80 \\\n  -s rr": "run ipvsadm -A -t 192.0.2.1:80 -s rr",
    "for i in 1; do ipvsadm -A -f $i; done": "run ipvsadm -A -f 1",
    "V=5\nipvsadm -A -f $V": "run ipvsadm -A -f 5",
}


@pytest.mark.parametrize("text", COMMANDS)
def test_commands_are_found(text: str) -> None:
    assert told(f"Hier:\n{text}\n\nEnde。\n") == [COMMANDS[text]]


def test_a_hash_is_a_prompt_where_no_command_is_without() -> None:
    assert told("Do:\n# ipvsadm -C\n# ipvsadm -A -f 1\n# that is all\n") == ["run ipvsadm -C", "run ipvsadm -A -f 1"]
    assert told("Do:\nipvsadm -C\n# ipvsadm -A -f 1\n") == ["run ipvsadm -C"]


def test_prompts_name_the_host() -> None:
    text = "[root@lb1 ~]# ipvsadm -C\n[root@lb2 ~]# cat /etc/sysctl.conf\nnet.ipv4.ip_forward = 1\nipvsadm -Z\n"
    assert [(item.host) for item in read(text).items if not isinstance(item, Kept)] == ["lb1", "lb2", "lb2", ""]


def test_output_of_prompted_commands_is_no_command() -> None:
    script = read(
        "[root@lb1 ~]# ./x\nservice keepalived: running\nall good\n[root@lb1 ~]# ipvsadm -v\nipvsadm v1.26 2008/5/15\n"
    )
    assert [prose.kind for prose in script.prose] == ["output", "output", "output"]
    assert [type(item) for item in script.items] == [Kept, Command]


FILES = {
    "cat /etc/keepalived/keepalived.conf\nvrrp_instance A {\n  priority 101   <-- 高い\n}\n\n次に\n": (
        "KEEPALIVED /etc/keepalived/keepalived.conf 'vrrp_instance A {\\n  priority 101   <-- 高い\\n}'"
    ),
    "vi /etc/sysctl.conf\n\nnet.ipv4.ip_forward = 1\n# c\nnet.ipv4.conf.all.rp_filter=0\nsysctl ist fertig\n": (
        "SYSCTL /etc/sysctl.conf 'net.ipv4.ip_forward = 1\\n# c\\nnet.ipv4.conf.all.rp_filter=0'"
    ),
    "/etc/network/interfaces:\nauto lo\niface lo inet loopback\n\nauto eth0\niface eth0 inet static\n  address 192.0.2.1\n\nDone.\n": (
        "INTERFACES /etc/network/interfaces "
        "'auto lo\\niface lo inet loopback\\n\\nauto eth0\\niface eth0 inet static\\n  address 192.0.2.1'"
    ),
    'more /etc/sysconfig/keepalived\nKEEPALIVED_OPTIONS="-D"\nText.\n': "OPTIONS /etc/sysconfig/keepalived 'KEEPALIVED_OPTIONS=\"-D\"'",
    "cat /etc/sysconfig/network\nNETWORKING=yes\nGATEWAY=192.0.2.1\n\nText.\n": "NETWORK /etc/sysconfig/network 'NETWORKING=yes\\nGATEWAY=192.0.2.1'",
    "cat /proc/sys/net/ipv4/ip_forward\n1\nText.\n": "SYSCTL-VALUE /proc/sys/net/ipv4/ip_forward '1'",
    "cat /etc/rc.local\n#!/bin/sh\nipvsadm -C\nfor i in 1 2\ndo ipvsadm -A -f $i\ndone\n\nThis is the end.\n": (
        "SCRIPT /etc/rc.local '#!/bin/sh\\nipvsadm -C\\nfor i in 1 2\\ndo ipvsadm -A -f $i\\ndone'"
    ),
    "cat /etc/my.conf\nvrrp_instance A {\n}\nText.\n": "KEEPALIVED /etc/my.conf 'vrrp_instance A {\\n}'",
    "*nat\n:PREROUTING ACCEPT [0:0]\n-A POSTROUTING -o eth0 -j MASQUERADE\nCOMMIT\n\n*filter\n-A INPUT -j DROP\nCOMMIT\n\nText.\n": (
        "IPTABLES-SAVE  '*nat\\n:PREROUTING ACCEPT [0:0]\\n-A POSTROUTING -o eth0 -j MASQUERADE\\nCOMMIT\\n\\n"
        "*filter\\n-A INPUT -j DROP\\nCOMMIT'"
    ),
    "-A -t 192.0.2.1:80 -s rr\n-a -t 192.0.2.1:80 -r 192.0.2.2:80 -m\nText.\n": (
        "IPVSADM-SAVE  '-A -t 192.0.2.1:80 -s rr\\n-a -t 192.0.2.1:80 -r 192.0.2.2:80 -m'"
    ),
    "DEVICE=eth0\nIPADDR=192.0.2.1\nText.\n": "IFCFG  'DEVICE=eth0\\nIPADDR=192.0.2.1'",
    "virtual_ipaddress {\n 192.0.2.1\n}\nlb_kind DR\n\nText.\n": "KEEPALIVED  'virtual_ipaddress {\\n 192.0.2.1\\n}\\nlb_kind DR'",
    "IP Virtual Server version 1.2.1 (size=4096)\nProt LocalAddress:Port Scheduler Flags\n  -> RemoteAddress:Port\n"
    "TCP  192.0.2.1:80 wlc\n  -> 192.0.2.2:80   Masq    1      0          0\nText.\n": (
        "IPVSADM-LISTING  'IP Virtual Server version 1.2.1 (size=4096)\\nProt LocalAddress:Port Scheduler Flags\\n"
        "  -> RemoteAddress:Port\\nTCP  192.0.2.1:80 wlc\\n  -> 192.0.2.2:80   Masq    1      0          0'"
    ),
}


@pytest.mark.parametrize("text", FILES)
def test_files_in_notes(text: str) -> None:
    assert [line for line in told(text) if line[0].isupper()] == [FILES[text]]


def test_a_file_ends_where_the_next_prompt_begins() -> None:
    text = (
        "[root@a ~]# cat /etc/keepalived/keepalived.conf\nvrrp_instance A {\n  state MASTER\n[root@a ~]# ipvsadm -C\n"
    )
    assert told(text)[1:] == [
        "KEEPALIVED /etc/keepalived/keepalived.conf 'vrrp_instance A {\\n  state MASTER'",
        "run ipvsadm -C",
    ]


def test_a_brace_that_is_missing_does_not_take_the_rest() -> None:
    text = "vrrp_instance A {\n  state MASTER\n\nThis is all there is.\nNothing else is needed here.\nThe daemon does it.\n\nipvsadm -C\n"
    assert told(text) == ["KEEPALIVED  'vrrp_instance A {\\n  state MASTER'", "run ipvsadm -C"]


def test_a_fragment_knows_the_file_that_was_spoken_of() -> None:
    (embedded,) = read("Das steht in /etc/rc.d/init.d/iptables so:\n\n*nat\nCOMMIT\n").embedded
    assert (embedded.path, embedded.near, embedded.shown) == ("", "/etc/rc.d/init.d/iptables", "fragment")


def test_headings_are_sections() -> None:
    text = "== Director ==\nipvsadm -C\n- Web server\nip addr add 192.0.2.1/32 dev lo\n"
    assert [command.section for command in read(text).commands] == ["Director", "Web server"]


UNDO = {
    "Add:\nipvsadm -A -t 192.0.2.1:80\n\nTo delete it:\nipvsadm -D -t 192.0.2.1:80\n": ["run", "undo"],
    "追加\nipvsadm -A -t 192.0.2.1:80\n消すとき\nipvsadm -D -t 192.0.2.1:80\n": ["run", "undo"],
    "Neu:\nipvsadm -a -t 192.0.2.1:80 -r 192.0.2.2 -m\nWeg damit:\n\nipvsadm -d -t 192.0.2.1:80 -r 192.0.2.2\n": [
        "run",
        "undo",
    ],
    "ipvsadm -A -f 1\nipvsadm -D -f 1\nEnd.\n": ["run", "run"],
    "Add:\nipvsadm -A -f 1\nAnother one goes:\nipvsadm -D -f 2\n": ["run", "run"],
    "Add:\nipvsadm -A -f 1\nOnce more, from the start:\nipvsadm -D -f 1\nipvsadm -A -f 1 -s rr\n": [
        "run",
        "run",
        "run",
    ],
    "Add:\nipvsadm -A -f 1\nClear it all:\nipvsadm -C\n": ["run", "undo"],
    "Add:\nipvsadm -A -f 1\nAnother set-up:\nipvsadm -C\nipvsadm -A -f 2\n": ["run", "run", "run"],
    "Clear:\nipvsadm -C\n": ["run"],
    "Add:\nipvsadm -A -f 1\nipvsadm -a -f 1 -r 192.0.2.2\nUndo:\nipvsadm -d -f 1 -r 192.0.2.2\nipvsadm -D -f 1\n": [
        "run",
        "run",
        "undo",
        "undo",
    ],
    "Weight:\nipvsadm -a -f 1 -r 192.0.2.2\nDrain:\nipvsadm -e -f 1 -r 192.0.2.2 -w 0\n": ["run", "run"],
    "Mark:\niptables -t mangle -A PREROUTING -d 192.0.2.1 -j MARK --set-mark 1\nZurück:\n"
    "iptables -t mangle -D PREROUTING -d 192.0.2.1 -j MARK --set-mark 1\n": ["run", "undo"],
    "Rule:\niptables -I INPUT 2 -j ACCEPT\nBack:\niptables -D INPUT -j ACCEPT\n": ["run", "undo"],
    "Rule:\nip rule add prio 100 fwmark 1 table 100\nBack:\nip rule del prio 100\n": ["run", "undo"],
    "Route:\nip route add local 0/0 dev lo table 100\nBack:\nip route del local 0/0 dev lo table 100\n": [
        "run",
        "undo",
    ],
    "Route:\nip route add local 0/0 dev lo table 100\nBack:\nip route del local 0/0 table 101\n": ["run", "run"],
    "Address:\nip addr add 192.0.2.1/24 dev eth0 label eth0:1\nBack:\nip addr del 192.0.2.1/24 dev eth0\n": [
        "run",
        "undo",
    ],
    "Start:\nservice keepalived start\nStop:\n/etc/init.d/keepalived stop\n": ["run", "undo"],
    "Load:\nmodprobe ip_vs\nUnload:\nmodprobe -r ip_vs\n": ["run", "undo"],
}


@pytest.mark.parametrize("text", UNDO)
def test_how_to_undo_it_is_not_done(text: str) -> None:
    assert [command.role for command in read(text).commands] == UNDO[text]


def test_scripts_undo_what_they_say() -> None:
    script = read_script(Source("x", "#!/bin/sh\n# add\nipvsadm -A -f 1\n# delete\nipvsadm -D -f 1\n"))
    assert [command.role for command in script.commands] == ["run", "run"]


def test_the_caller_says_what_is_plausible() -> None:
    text = "So:\nipvsadm -Q 7\n\nipvsadm -C\n"
    script = read_script(Source("x", text), {"ipvsadm": lambda words: list(words) == ["-Q", "7"]}, "document")
    assert [command.argv for command in script.commands] == [("ipvsadm", "-Q", "7")]
    assert [remark.kind for remark in script.remarks] == ["command-in-prose"]


def test_an_edited_file_that_is_shown_leaves_nothing_to_keep() -> None:
    script = read("vi /etc/sysctl.conf\nnet.ipv4.ip_forward = 1\n\nText.\n")
    assert not list(script.kept)
    assert script.counts() == {"understood": 1, "kept": 0, "prose": 2, "embedded": 1}


def test_a_here_document_behind_a_secondary_prompt() -> None:
    text = "[root@a ~]# cat > /etc/sysctl.conf <<EOF\n> net.ipv4.ip_forward = 1\n> EOF\n[root@a ~]# sysctl -p\n"
    first, second = read(text).commands
    assert first.written[0].text == "net.ipv4.ip_forward = 1\n"
    assert [text[start:end] for start, end in first.places] == ["cat"]
    assert second.argv == ("sysctl", "-p")
    assert [verdict for _, verdict in read(text).lines] == ["understood", "embedded", "understood", "understood"]


KINDS = {
    "/etc/keepalived/keepalived.conf": "keepalived",
    "keepalived.conf": "keepalived",
    "/etc/sysctl.d/90-lvs.conf": "sysctl",
    "/proc/sys/net/ipv4/ip_forward": "sysctl-value",
    "/etc/sysconfig/iptables": "iptables-save",
    "/etc/iptables/rules.v4": "iptables-save",
    "/etc/rc.d/init.d/iptables": "script",
    "/etc/sysconfig/ipvsadm": "ipvsadm-save",
    "/etc/ipvsadm.rules": "ipvsadm-save",
    "/etc/default/keepalived": "options",
    "/etc/sysconfig/network-scripts/ifcfg-lo:0": "ifcfg",
    "/etc/sysconfig/network-scripts/route-eth0": "route-file",
    "/etc/network/interfaces": "interfaces",
    "/etc/rc.d/rc.local": "script",
    "/etc/modules": "modules",
    "/proc/net/ip_vs": "ipvsadm-listing",
    "/etc/hosts": "",
    "": "",
}


@pytest.mark.parametrize("path", KINDS)
def test_kinds_of_files(path: str) -> None:
    assert kind_of(path) == KINDS[path]


@pytest.mark.parametrize(
    ("line", "path"),
    [("/etc/sysctl.conf\n", "/etc/sysctl.conf"), ("# /etc/sysctl.conf", "/etc/sysctl.conf"), ("**/etc/rc.local**:", "/etc/rc.local"),
     ("File: `/etc/modules`", "/etc/modules"), ("/etc/init.d/x start", ""), ("see /etc/sysctl.conf", ""), ("/sbin/ip", "")],
)  # fmt: skip
def test_lines_that_only_name_a_file(line: str, path: str) -> None:
    assert named_alone(line) == path


@pytest.mark.parametrize("text", ["/etc/sysctl.conf\n\n# net\n", "/etc/sysctl.conf\n\nnet.ipv4.ip_forward = 1\n"])
def test_a_blank_line_below_the_name_of_a_file_is_no_gap(text: str) -> None:
    script = read_script(Source("notes", text), mode="document")
    assert "".join(stmt.text for stmt, _ in script.lines) == text
    assert sum(script.counts().values()) == 3


def test_a_prompt_with_nothing_but_a_carriage_return_is_one_line() -> None:
    script = read_script(Source("log", "$\r\n$ ipvsadm -C\r\n"))
    assert [stmt.text for stmt, _ in script.lines] == ["$\r\n", "$ ipvsadm -C\r\n"]


@pytest.mark.parametrize("text", ["sudo -u", "sudo -u root", "env -u A", "nice -n"])
def test_a_prefix_without_a_command(text: str) -> None:
    script = read_script(Source("x", f"((x++)); {text}\n"), mode="script")
    assert not list(script.commands)


def test_a_label_that_takes_back() -> None:
    before = "[root@lvs1 ~]# ipvsadm -A -t 192.0.2.1:80\n"
    for label in ("To undo: ", "To delete it again: ", "削除するには：", "Zum Löschen: "):
        assert told(f"{before}{label}ipvsadm -D -t 192.0.2.1:80\n")[1:] == ["undo ipvsadm -D -t 192.0.2.1:80"], label


def test_other_labels_are_mentioned() -> None:
    for line in ("Note: ipvsadm -C clears the table", "Then: ipvsadm -C"):
        script = read(f"{line}\n")
        assert [(prose.kind, len(script.items)) for prose in script.prose] == [("mention", 0)], line
    assert [prose.kind for prose in read("To undo it: talk to the network group\nhttp://ipvsadm: no\n").prose] == [
        "prose",
        "prose",
    ]


def test_what_stands_between_prompts_takes_back_too() -> None:
    text = "[root@lvs1 ~]# ipvsadm -A -t 192.0.2.1:80\n\nTo delete it:\nipvsadm -D -t 192.0.2.1:80\n"
    assert told(text)[1:] == ["undo ipvsadm -D -t 192.0.2.1:80"]


def test_a_label_with_nothing_behind_it() -> None:
    assert told("Zum Löschen:\t&&\nTo undo: \n") == []
