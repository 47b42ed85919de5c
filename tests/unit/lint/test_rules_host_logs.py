"""Rules about the other commands of scripts and logs, and about how texts were read."""

from __future__ import annotations

import pytest
from places import Findings, shown

from lvscompile.syntax.findings import Finding

LVS = "ipvsadm -A -t 192.0.2.10:80 -s wlc\nipvsadm -a -t 192.0.2.10:80 -r 198.51.100.1:80 -m\n"
MORE = "ipvsadm -a -t 192.0.2.10:80 -r 198.51.100.2:80 -m"
BOOT, HAND, NOTES = "etc/rc.local", "usr/local/sbin/lvs.sh", "notes.txt"


def found(findings: Findings, path: str, text: str, **others: str) -> list[Finding]:
    """What is said of a text whose first three lines are well."""
    head = "".join(f"# {line}\n" for line in LVS.splitlines()) if path == NOTES else LVS
    files = {path: f"{'' if path == NOTES else '#!/bin/sh'}\n{head}{text}\n", **others}
    return [each for each in findings(lvs1=files) if "LVS639" < each.code < "LVS670"]


def codes(findings: Findings, path: str, text: str) -> list[str]:
    return [f"{each.code[3:]}{each.severity[0]}{each.span.begin()[0]}" for each in found(findings, path, text)]


AT_BOOT: list[tuple[str, str, list[str]]] = [
    ("nothing", "", []),
    ("kept", "rsync -a lvs2:/etc/lvs/ /lvs", ["640i4"]),
    ("a word that only the machine knows", "ip addr add $1 dev eth0", ["640i4"]),
    ("harmless", "sleep 3", []),
    ("broken", 'echo "x', ["642w4"]),
    ("broken, and kept", 'rsync /tmp/x\necho "x', ["640i4", "642w5"]),
    ("bash", "diff <(ls) <(ls /tmp)", ["640i4"]),
    ("condition", f"if ping x; then {MORE}; fi", ["643i4"]),
    ("condition of a program's presence", f"if [ -x /sbin/ipvsadm ]; then {MORE}; fi", []),
    ("condition of a file's presence", f"test -e /etc/x && {MORE}", []),
    ("condition of another thing", f"[ -n \"$(hostname)\" ] && {MORE}", ["643i4"]),
    ("condition of nothing that matters", "if ping x; then rsync /tmp/x; fi", ["640i4"]),
    ("condition of a listing", "if ping x; then ipvsadm -L -n; fi", []),
    ("condition of something else", "if ping x; then modprobe ip_vs; fi", []),
    ("condition of success", f"ipvsadm -Z && {MORE}", []),
    ("loop over what is not known", "for at in $(cat /etc/servers); do ipvsadm -d -t 192.0.2.10:80 -r 198.51.100.1:80; done", ["643i4"]),
    ("behind exit", f"exit 0\n{MORE}\n{MORE}", ["644w5"]),
    ("nothing behind exit", "exit 0\n", []),
    ("a listing behind exit", "exit 0\nipvsadm -L -n", []),
    ("something else behind exit", "exit 0\nservice sshd start", []),
    ("what is kept behind exit", "exit 0\nrsync /a", ["640i5"]),
    ("uncalled", f"more() {{ {MORE}; }}", ["644i4"]),
    ("uncalled, in the words of bash", f"function more {{ {MORE}; }}", ["644i4"]),
    ("called", f"more() {{ {MORE}; }}\nmore", []),
    ("named", f"more() {{ {MORE}; }}\ntrap more EXIT", []),
    ("a branch that is not taken", f"MORE=no\nif [ $MORE = yes ]; then {MORE}; fi", []),
    ("iptables", "iptables -A INPUT --dport 80 -j ACCEPT", ["645e4"]),
    ("ip6tables", "ip6tables -A INPUT --dport 80 -j ACCEPT", ["645e4"]),
    ("iptables, policy", "iptables -P INPUT ACCEPTED", ["645e4"]),
    ("iptables, what the kernel never takes", "iptables -A INPUT -j MASQUERADE", ["645e4"]),
    ("iptables, deleted in case", "iptables -D INPUT -j ACCEPT", []),
    ("iptables, deleted with a name", "iptables -D INPUT -s client.example.org -j ACCEPT", []),
    ("iptables, a built-in chain deleted", "iptables -X INPUT", []),
    ("iptables, made in case", "iptables -N LVS\niptables -N LVS", []),
    ("iptables, chain made later", "iptables -A LVS -j ACCEPT\niptables -N LVS", ["645e4"]),
    ("iptables, target made later", "iptables -A INPUT -j LVS\niptables -N LVS", ["645e4"]),
    ("iptables, chain made later elsewhere", "iptables -A LVS -j ACCEPT\niptables -t nat -N LVS", []),
    ("iptables, chain of another family", "iptables -A LVS -j ACCEPT\nip6tables -N LVS", []),
    ("iptables, chain that others make", "iptables -A RH-Firewall-1-INPUT -j ACCEPT", []),
    ("iptables, a name", "iptables -A INPUT -s client.example.org -j ACCEPT", []),
    ("ip", "ip addr add 192.0.2.10/33 dev eth0", ["646e4"]),
    ("route", "route add -net 192.0.2.0 netmask 255.0.255.0 dev eth0", ["646e4"]),
    ("ip, what may be there", "ip addr add 192.0.2.10/32 dev eth0\nip addr add 192.0.2.10/32 dev eth0", []),
    ("ip, a name", "ip route add default via 192.0.2.1 table uplink", []),
    ("ip, well", "ip link set lo up", []),
    ("sysctl", "sysctl -w net.ipv4.ip_forward = 1", ["647e4"]),
    ("sysctl twice", "sysctl -w net.ipv4.ip_forward =1\nsysctl -w net.ipv4.ip_forward =1", ["647e4", "647e5"]),
    ("sysctl, well", "sysctl -w net.ipv4.ip_forward=1", []),
    ("while", f"while ping x; do\n{MORE}\ndone", ["648i4"]),
    ("while without anything that matters", "while ping x; do sleep 1; done", []),
    ("while, and something behind exit", f"while ping x; do sleep 1; done\nexit 0\n{MORE}", ["644w6"]),
    ("while that loads modules", "while ping x; do modprobe ip_vs; done", []),
    ("while with what is kept", "while ping x; do rsync /a; done", ["640i4"]),
    ("too many rounds", "for a in 0 1 2 3 4 5 6 7 8 9; do for b in 0 1 2 3 4 5 6 7 8 9; do for c in 0 1 2 3 4 5 6 7 8 9; do "
     "for d in 0 1 2 3 4 5 6 7 8 9; do for e in 0 1 2; do ls; done; done; done; done; done", ["648w4"]),
    ("restored from a file", "iptables-restore < /etc/firewall", ["650i4"]),
    ("restored from a file by ipvsadm", "ipvsadm -R < /etc/rules", ["650i4"]),
    ("listed beside a file", "ipvsadm -L -n < /etc/rules", []),
    ("another reads a file", "tee /tmp/x < /etc/rules", []),
    ("saved to a file", "ipvsadm -S -n > /etc/rules", []),
]  # fmt: skip


@pytest.mark.parametrize(("text", "wanted"), [row[1:] for row in AT_BOOT], ids=[row[0] for row in AT_BOOT])
def test_at_boot(findings: Findings, text: str, wanted: list[str]) -> None:
    assert codes(findings, BOOT, text) == wanted


@pytest.mark.parametrize(
    ("path", "text", "wanted"),
    [
        (HAND, f"exit 0\n{MORE}", ["644i5"]),
        (HAND, "iptables -A INPUT --dport 80 -j ACCEPT", ["645e4"]),
        (NOTES, "[root@lvs1 ~]# iptables -A INPUT --dport 80 -j ACCEPT", ["645w4"]),
        (NOTES, "[root@lvs1 ~]# ip addr add 192.0.2.10/33 dev eth0", ["646w4"]),
        (NOTES, "[root@lvs1 ~]# sysctl -w net.ipv4.ip_forward = 1", ["647w4"]),
        (NOTES, "[root@lvs1 ~]# ipvsadm -L -n\n\nipvsadm shows the table when it is called alone.", ["641i6"]),
        (NOTES, "[root@lvs1 ~]# ipvsadm -L -n\n[root@lvs1 ~]# make all", ["640i5"]),
    ],
)
def test_elsewhere(findings: Findings, path: str, text: str, wanted: list[str]) -> None:
    assert codes(findings, path, text) == wanted


def test_a_file_that_is_given_is_no_secret(findings: Findings) -> None:
    rules = "*filter\n:INPUT ACCEPT [0:0]\nCOMMIT\n"
    text = "iptables-restore < /etc/sysconfig/iptables"
    assert found(findings, BOOT, text, **{"etc/sysconfig/iptables": rules}) == []


def test_a_dump_is_no_command(findings: Findings) -> None:
    rules = "*filter\n:INPUT ACCEPT [0:0]\n-A INPUT --dport 80 -j ACCEPT\nCOMMIT\n"
    assert [each.code for each in found(findings, BOOT, "", **{"etc/sysconfig/iptables": rules})] == ["LVS640"]


def test_each_text_by_itself(findings: Findings) -> None:
    said = found(findings, BOOT, "rsync /a", **{HAND: "#!/bin/sh\n\nrsync /b\n"})
    assert [each.message.partition("; ")[2] for each in said] == ["1 kept as it is: line 4", "1 kept as it is: line 3"]


def test_prose(findings: Findings) -> None:
    line = "ipvsadm shows the table when it is called alone."
    (one,) = found(findings, NOTES, f"[root@lvs1 ~]# ipvsadm -L -n\n\n{line}")
    assert one.message == "line 6 begins like a command, and is taken for prose: not run"
    (two,) = found(findings, NOTES, f"[root@lvs1 ~]# ipvsadm -L -n\n\n{line}\n\n{line}")
    assert two.message == "lines 6, 8 begin like a command, and are taken for prose: not run"


def test_lines_of_other_texts(findings: Findings) -> None:
    sysctl = "net.ipv4.ip_forward = 1\n\nwhat is this\nand this\n# a comment\n"
    (finding,) = found(findings, BOOT, "", **{"etc/sysctl.conf": sysctl})
    assert finding.message == "3 of 5 lines understood; 2 kept as they are: lines 3, 4"
    assert shown(finding) == "LVS640 info/none 3:1-13"


SAID: list[tuple[str, str, str, str]] = [
    ("rsync -a lvs2:/etc/lvs/ /lvs", "LVS640 info/none 4:1-29", "2 of 3 commands understood; 1 kept as it is: line 4", "look at"),
    ("rsync /a\nrsync /b", "LVS640 info/none 4:1-9", "2 of 4 commands understood; 2 kept as they are: lines 4, 5", ""),
    ('echo "x', "LVS642 warning/latent 4:6-7", "a double quote is not closed", "close what is open"),
    (f"if ping x; then\n{MORE}\nfi", "LVS643 info/none 5:1-50", "1 command runs only under conditions that depend on the machine (line 5): it is read as if it ran", "remove what"),
    (f"if ping x; then\n{MORE}\n{MORE}\nfi", "LVS643 info/none 5:1-50", "2 commands run only under conditions that depend on the machine (lines 5, 6): they are read as if they ran", ""),
    (f"exit 0\n{MORE}\n{MORE}", "LVS644 warning/outage 5:1-50", "ended before: 2 commands (lines 5, 6) never run", "`exit`"),
    (f"more() {{ {MORE}; }}", "LVS644 info/none 4:10-59", "nobody calls the function: 1 command (line 4)", "call the function"),
    ("iptables -A INPUT --dport 80 -j ACCEPT", "LVS645 error/latent 4:19-26", 'iptables says `unknown option "--dport"`', "correct"),
    ("ip6tables -A LVS -j ACCEPT\nip6tables -N LVS", "LVS645 error/latent 4:11-27 +5:11-17", "ip6tables says `No chain", "make the chain"),
    ("ip addr add 192.0.2.10/33 dev eth0", "LVS646 error/latent 4:13-26", "ip says `Error: any valid prefix", "correct it"),
    ("sysctl -w net.ipv4.ip_forward = 1", "LVS647 error/latent 4:11-30", "the setting stays as it is", "without blanks"),
    (f"while ping x; do\n{MORE}\ndone", "LVS648 info/none 4:1-6:5", "not followed (line 5)", "ipvsadm -S -n"),
    ("iptables-restore < /etc/firewall", "LVS650 info/none 4:1-17", "iptables-restore loads /etc/firewall", "give the file"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "place", "message", "help"), SAID)
def test_said(findings: Findings, text: str, place: str, message: str, help: str) -> None:
    (finding,) = found(findings, BOOT, text)
    assert shown(finding) == place
    assert message in finding.message
    assert help in finding.help


def test_a_page_about_several_hosts(findings: Findings) -> None:
    page = "[root@lvs1 ~]# ipvsadm -L -n\n[root@lvs2 ~]# make all\n[root@lvs2 ~]# ipvsadm -L -n\n"
    found = [each for each in findings(page={"notes.txt": page}) if each.code == "LVS640"]
    assert [each.message for each in found] == ["2 of 3 commands understood; 1 kept as it is: line 2"]


def test_many_lines_are_cut(findings: Findings) -> None:
    (finding,) = found(findings, BOOT, "rsync /x\n" * 15)
    assert finding.message.endswith("lines 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15 …")
