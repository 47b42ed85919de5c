"""Rules about ipvsadm commands: in scripts of the boot, scripts for the hand, logs, and saved rules."""

from __future__ import annotations

import pytest
from places import Findings, shown

from lvscompile.syntax.findings import Finding

A = "ipvsadm -A -t 192.0.2.10:80 -s wlc"
S1 = "ipvsadm -a -t 192.0.2.10:80 -r 198.51.100.1:80 -m"
S2 = "ipvsadm -a -t 192.0.2.10:80 -r 198.51.100.2:80 -m"
BOOT, HAND, NOTES, RULES = "etc/rc.local", "usr/local/sbin/lvs.sh", "notes.txt", "etc/ipvsadm.rules"


def text(path: str, lines: tuple[str, ...]) -> str:
    if path == NOTES:
        return "".join(f"[root@lvs1 ~]# {line}\n" if line.startswith("ipvsadm") else f"{line}\n" for line in lines)
    if path == RULES:
        return "".join(f"{line.removeprefix('ipvsadm ')}\n" for line in lines)
    return "".join(f"{line}\n" for line in ("#!/bin/sh", *lines))


def found(findings: Findings, path: str, *lines: str, **others: str) -> list[Finding]:
    files = {path: text(path, lines)} | {name.replace("__", "/"): each for name, each in others.items()}
    return [each for each in findings(lvs1=files) if "LVS600" < each.code < "LVS640"]


def codes(findings: Findings, path: str, *lines: str, **others: str) -> list[str]:
    """Codes, each with its first letter of severity and its line: `601e3`."""
    return [
        f"{each.code[3:]}{each.severity[0]}{each.span.begin()[0]}" for each in found(findings, path, *lines, **others)
    ]


# Commands of the boot (from line 2), and what is said of them.
AT_BOOT: list[tuple[str, tuple[str, ...], list[str]]] = [
    ("same again", (A, A, S1), ["601i3"]),
    ("other again", (A, "ipvsadm -A -t 192.0.2.10:80 -s rr", S1), ["601e3"]),
    ("persistent again", (A, f"{A} -p 60 -M 255.255.255.0", S1), ["601e3"]),
    ("more options again", (A.replace("-t", "-u"), f"{A.replace('-t', '-u')} -o", S1.replace("-t", "-u")), ["601e3"]),
    ("tolerated", (A, f"{A} -p 60 2>/dev/null", S1), []),
    ("tolerated otherwise", (A, f"{A} -p 60 >/dev/null 2>&1", S1), []),
    ("tolerated by true", (A, f"{A} -p 60 || true", S1), []),
    ("deleted between", (A, "ipvsadm -D -t 192.0.2.10:80", f"{A} -p 60", S1), []),
    ("cleared between", (A, "ipvsadm -C", f"{A} -p 60", S1), []),
    ("server twice", (A, S1, S1), ["602i4"]),
    ("server twice, weight", (A, S1, f"{S1} -w 3"), ["602e4"]),
    ("server twice, other thresholds", (A, S1, f"{S1} -x 9 -y 3"), ["602e4"]),
    ("server twice, tunnel", (A, S1, S1.replace("-m", "-i")), ["602e4"]),
    ("server again after its deletion", (A, S1, S2, "ipvsadm -d -t 192.0.2.10:80 -r 198.51.100.1:80", f"{S1} -w 2"), []),
    ("no service", (A, S1, S2.replace(":80 -r", ":81 -r")), ["603e4"]),
    ("no service, said once", (A, S1, S2.replace(":80 -r", ":81 -r"), S1.replace(":80 -r", ":81 -r")), ["603e4"]),
    ("service later", (S1, A, S2), ["603e2"]),
    ("deletion in case", ("ipvsadm -D -t 192.0.2.10:80", A, S1), []),
    ("deletion of nothing", (A, S1, "ipvsadm -D -t 192.0.2.10:81"), ["603w4"]),
    ("deletion of nothing, tolerated", (A, S1, "ipvsadm -D -t 192.0.2.10:81 2> /dev/null"), []),
    ("deletion of nothing, added in vain", (A, S1, "ipvsadm -D -t 192.0.2.10:81", "ipvsadm -A -t 192.0.2.10:81 -s wcl"), ["603w4", "614e5"]),
    ("edit of nothing", (A, S1, "ipvsadm -E -t 192.0.2.10:81 -s rr"), ["603e4"]),
    ("no service, as it was refused", (A, S1, "ipvsadm -A -t 192.0.2.10:81 -s wcl", S2.replace(":80 -r", ":81 -r")), ["614e4"]),
    ("no service, as its address is short", ("ipvsadm -A -t 192.0.10:80 -s rr", S1), ["610e2"]),
    ("no server", (A, S1, f"{S2.replace('-a', '-e')} -w 0"), ["604e4"]),
    ("deletion of no server", (A, S1, "ipvsadm -d -t 192.0.2.10:80 -r 198.51.100.2:80"), ["604e4"]),
    ("deletion of a server in case", (A, "ipvsadm -d -t 192.0.2.10:80 -r 198.51.100.1:80", S1), []),
    ("no server, as it was refused", (A, S2, f"{S1} -y 9", f"{S1.replace('-a', '-e')} -w 0"), ["606e4"]),
    ("edit before the addition", (A, f"{S1.replace('-a', '-e')} -w 3", S1), ["604e3"]),
    ("deletion behind the only addition", (A, S1, "ipvsadm -d -t 192.0.2.10:80 -r 198.51.100.3:80", S2), ["604e4"]),
    ("no port", (A, S1, "ipvsadm -A -t 192.0.2.11 -s rr"), ["605e4"]),
    ("thresholds", (A, S2, f"{S1} -x 5 -y 9"), ["606e4"]),
    ("lower threshold alone", (A, S2, f"{S1} -y 9"), ["606e4"]),
    ("thresholds of an edit", (A, S1, f"{S1.replace('-a', '-e')} -x 5 -y 9"), ["606e4"]),
    ("multicast", (A, S1, S1.replace("198.51.100.1:", "224.0.0.1:")), ["607e4"]),
    ("option", (A, S1, f"{S2} --wieght 3"), ["608e4"]),
    ("deletion without server", (A, S1, "ipvsadm -d -t 192.0.2.10:80"), ["608e4"]),
    ("deletion without address", (A, S1, "ipvsadm -D"), ["608e4"]),
    ("name that the host may know", (A, S1, S1.replace("198.51.100.1:", "web1.example.org:")), []),
    ("deletion with scheduler", (A, S1, "ipvsadm -D -t 192.0.2.10:80 -s wlc"), ["609e4"]),
    ("three numbers", (A, S1, S1.replace("100.1:", "7:")), ["610w4"]),
    ("three numbers of a known one", (A, S1, "ipvsadm -d -t 192.0.10:80 -r 198.51.100.1:80"), ["610e4"]),
    ("octal", (A, S1, S1.replace("100.1:", "100.010:")), ["610w4"]),
    ("octal of a known one", (A, S1, S2.replace("51.100.2:", "051.100.1:")), ["610e4"]),
    ("octal, the same", (A, S1, S2.replace("51.100.2:", "51.100.02:")), []),
    ("three numbers, meant so", (A, S1, S1.replace("198.51.100.1:", "198.51.0.7:"), S1.replace("100.1:80", "7:81")), []),
    ("zeros, the same", (A, S1, S2.replace("100.2:", "00.2:")), []),
    ("two numbers", (A, S1, S1.replace("198.51.100.1:", "10.1:")), ["610i4"]),
    ("hexadecimal", (A, S1, S1.replace("198.51.100.1:", "0xc6336402:")), ["610i4"]),
    ("glued to its option", (A, S1, "ipvsadm -a -t192.0.2.10:80 -r198.51.7:80 -m"), ["610w4"]),
    ("long option", (A, S1, "ipvsadm -a -t 192.0.2.10:80 --real-server=198.51.7:80 -m"), ["610w4"]),
    ("edit loses persistence", (f"{A} -p 60", S1, "ipvsadm -E -t 192.0.2.10:80 -s rr"), ["611w4"]),
    ("edit loses the scheduler", (A.replace("wlc", "rr"), S1, "ipvsadm -E -t 192.0.2.10:80 -p 60"), ["611w4"]),
    ("edit states all", (f"{A} -p 60", S1, "ipvsadm -E -t 192.0.2.10:80 -s rr -p 90"), []),
    ("edit loses flags", ("ipvsadm -A -t 192.0.2.10:80 -s sh -b sh-port", S1, "ipvsadm -E -t 192.0.2.10:80 -s sh"), ["611w4"]),
    ("edit under a condition", (f"{A} -p 60", S1, "if ping x; then ipvsadm -E -t 192.0.2.10:80 -s rr; fi"), []),
    ("edit loses the method", (A, S1, S2, "ipvsadm -e -t 192.0.2.10:80 -r 198.51.100.1:80 -w 0"), ["612w5"]),
    ("edit loses the weight", (A, f"{S1} -w 4", "ipvsadm -e -t 192.0.2.10:80 -r 198.51.100.1:80 -m -x 9"), ["612w4"]),
    ("edit keeps all", (A, S1, "ipvsadm -e -t 192.0.2.10:80 -r 198.51.100.1:80 -m -w 3"), []),
    ("another port by -g", (A, S1.replace("1:80 -m", "1:81 -g")), ["613w3"]),
    ("another port by -i", (A, S1.replace("1:80 -m", "1:81 -i")), ["613w3"]),
    ("another port by default", (A, S1.replace("1:80 -m", "1:81")), ["613w3"]),
    ("another port, masqueraded", (A, S1.replace("1:80", "1:81")), []),
    ("no port by -g", (A, S1.replace("1:80 -m", "1 -g")), []),
    ("same port by -g", (A, S1.replace("-m", "-g")), []),
    ("port 0 by -g", (A, S1.replace("1:80 -m", "1:0 -g")), []),
    ("port of a service of all ports", ("ipvsadm -A -t 192.0.2.10:0 -s rr -p 60", S1.replace(":80 -r", ":0 -r").replace("-m", "-g")), []),
    ("port of a mark", ("ipvsadm -A -f 1 -s rr", "ipvsadm -a -f 1 -r 198.51.100.1:81 -g"), []),
    ("port of a deletion", (A, S1, S2, "ipvsadm -d -t 192.0.2.10:80 -r 198.51.100.2:80"), []),
    ("port and method of an edit", (A, S2, S1.replace("-m", "-i"), "ipvsadm -e -t 192.0.2.10:80 -r 198.51.100.1:81 -w 3"), ["612w5"]),
    ("scheduler", (A, S1, "ipvsadm -A -t 192.0.2.10:81 -s least"), ["614e4"]),
    ("engine", (A, S1, "ipvsadm -A -u 192.0.2.10:81 -s rr -p 60 --pe isp"), ["614e4"]),
    ("-p alone", (f"{A} -p", S1), ["621i2"]),
    ("-p with its time", (f"{A} -p 60", S1), []),
    ("-p glued", (f"{A} -p60", S1), []),
    ("--persistent alone", (f"{A} --persistent", S1), ["621i2"]),
    ("dh", (A.replace("wlc", "dh"), S1), ["624w2"]),
    ("lblc", (A.replace("wlc", "lblc"), S1), ["624i2"]),
    ("dh in vain", (A, S1, A.replace("wlc", "dh")), ["601e4"]),
    ("dh of a mark", ("ipvsadm -A -f 1 -s dh", "ipvsadm -a -f 1 -r 198.51.100.1 -m"), []),
    ("daemon twice", (A, S1, *["ipvsadm --start-daemon master --mcast-interface eth0"] * 2), ["625e5"]),
    ("no daemon to stop", (A, S1, "ipvsadm --stop-daemon backup"), ["625e4"]),
    ("other family beside a daemon", (A, S1, "ipvsadm --start-daemon master", "ipvsadm -a -t 192.0.2.10:80 -r [2001:db8::1]:80 -i"), ["625e5"]),
    ("mask as a length", (f"{A} -p 60 -M 24", S1), ["626w2"]),
    ("mask for nothing", (f"{A} -M 255.255.255.0", S1), ["626i2"]),
    ("mask", (f"{A} -p 60 -M 255.255.252.0", S1), []),
    ("mask in vain", (f"{A} -p 60", S1, f"{A} -p 60 -M 24"), ["601e4"]),
    ("mask of one client", (f"{A} -p 60 -M 255.255.255.255", S1), []),
    ("mask of IPv6", ("ipvsadm -A -t [2001:db8::1]:80 -s rr -p 60 -M 64", "ipvsadm -a -t [2001:db8::1]:80 -r [2001:db8::2]:80 -m"), []),
    ("flush in the middle", (A.replace(":80", ":81"), "ipvsadm -C", A, S1), ["616w3"]),
    ("flush, and all again", (A, S1, "ipvsadm -C", A, S1), []),
    ("flush under a condition, in the middle", (A.replace(":80", ":81"), "if ping x; then ipvsadm -C; fi", A, S1), []),
    ("added under a condition before the flush", (f"if ping x; then {A.replace(':80', ':81')}; fi", "ipvsadm -C", A, S1), []),
    ("flush under a condition", (A, S1, "if ping x; then ipvsadm -C; fi"), []),
    ("deleted before the flush", (A.replace(":80", ":81"), "ipvsadm -D -t 192.0.2.10:81", "ipvsadm -C", A, S1), []),
    ("nothing is left", (A, S1, "ipvsadm -C"), ["617w4"]),
    ("nothing is left, by -D", (A, S1, "ipvsadm -D -t 192.0.2.10:80"), ["617w4"]),
    ("nothing is left, and more", (A, S1, "ipvsadm -C", "ipvsadm --set 1 2 3", "ipvsadm -D -t 192.0.2.10:80 || true"), ["617w4"]),
    ("nothing is left, perhaps", (A, S1, "if ping x; then ipvsadm -D -t 192.0.2.10:80; fi"), []),
    ("no servers", (A,), ["618w2"]),
    ("no servers, as one failed", (A, f"{S1} -y 9"), ["606e3"]),
    ("no servers, and another failure", (A, "ipvsadm -A -t 192.0.2.10:81 -s wcl"), ["618w2", "614e3"]),
    ("no servers, if one is taken away", (A, S1, "if ping x; then ipvsadm -d -t 192.0.2.10:80 -r 198.51.100.1:80; fi"), []),
    ("no servers, perhaps", (A, f"if ping x; then {S1}; fi"), []),
    ("no servers, but another program", (A, "/usr/sbin/add-servers"), []),
    ("drained", (A, f"{S1} -w 0", f"{S2} -w 0"), ["619w4"]),
    ("drained but for one", (A, f"{S1} -w 0", S2), []),
]  # fmt: skip


@pytest.mark.parametrize(("lines", "wanted"), [row[1:] for row in AT_BOOT], ids=[row[0] for row in AT_BOOT])
def test_at_boot(findings: Findings, lines: tuple[str, ...], wanted: list[str]) -> None:
    assert codes(findings, BOOT, *lines) == wanted


# What depends on what was there before is said only of texts that know it.
ELSEWHERE: list[tuple[str, str, tuple[str, ...], list[str]]] = [
    ("what others added", HAND, (S1,), []),
    ("what others added, to delete", HAND, ("ipvsadm -d -t 192.0.2.10:80 -r 198.51.100.1:80",), []),
    ("by hand, after a flush", HAND, ("ipvsadm -C", S1), ["603e3"]),
    ("by hand, no such server", HAND, ("ipvsadm -C", A, S1, "ipvsadm -d -t 192.0.2.10:80 -r 198.51.100.2:80"), ["604w5"]),
    ("by hand, edit of no such server", HAND, ("ipvsadm -C", A, S1, f"{S2.replace('-a', '-e')} -w 2"), ["604e5"]),
    ("by hand, edit of what is not known", HAND, ("ipvsadm -E -t 192.0.2.10:80 -p 60",), []),
    ("by hand, ends with nothing", HAND, ("ipvsadm -C", A, S1, "ipvsadm -D -t 192.0.2.10:80"), ["617i5"]),
    ("by hand, flush in the middle", HAND, (A.replace(":80", ":81"), "ipvsadm -C", A, S1), ["616w3"]),
    ("by hand, no servers", HAND, ("ipvsadm -C", A), []),
    ("not repeatable", HAND, (A, S1), ["620i2"]),
    ("repeatable by -D", HAND, ("ipvsadm -D -t 192.0.2.10:80", A, S1), []),
    ("repeatable as tolerated", HAND, (f"{A} 2>/dev/null", S1), []),
    ("not repeatable, perhaps", HAND, (f"if ping x; then {A}; fi", S1), []),
    ("notes, unknown", NOTES, (S1.replace("-a", "-e"), "ipvsadm -D -t 192.0.2.10:80"), []),
    ("notes, twice", NOTES, (A, f"{A} -p 60", S1), ["601e2"]),
    ("notes, refused", NOTES, (A, S1, "ipvsadm -D -t 192.0.2.10:80 -s lc"), ["609e3"]),
    ("notes, no servers", NOTES, (A,), []),
    ("notes, flush in the middle", NOTES, (A.replace(":80", ":81"), "ipvsadm -C", A, S1), []),
    ("notes that undo", NOTES, (A, S1, "", "To delete it again:", "", "ipvsadm -D -t 192.0.2.10:80"), ["615i6"]),
    ("rules", RULES, (A, S1), []),
    ("rules, no servers", RULES, (A,), ["618w1"]),
    ("rules, twice", RULES, (A, f"{A} -p 60", S1), ["601e2"]),
    ("rules, a comment", RULES, (A, f"{S1} # web1", S2), ["608e2"]),
    ("rules, a name", RULES, (A, S1, S2.replace("198.51.100.2", "web2.example.org")), ["622w3"]),
    ("rules, a word of 1.26", RULES, (A, S1, "-A -u 192.0.2.10:53 -s rr ops", "-a -u 192.0.2.10:53 -r 198.51.100.1:53 -m"), ["623e3"]),
    ("rules, a negative mark", RULES, (A, S1, "-A -f -5 -s rr", "-a -f -5 -r 198.51.100.1 -m"), ["623e3", "623e4"]),
    ("rules, a lost flag", RULES, (A, S1, "-A -t 192.0.2.10:81 -s rr -b ", "-a -t 192.0.2.10:81 -r 198.51.100.1:81 -m"), ["623e3"]),
]  # fmt: skip


@pytest.mark.parametrize(("path", "lines", "wanted"), [row[1:] for row in ELSEWHERE], ids=[row[0] for row in ELSEWHERE])
def test_elsewhere(findings: Findings, path: str, lines: tuple[str, ...], wanted: list[str]) -> None:
    assert codes(findings, path, *lines) == wanted


# Findings whose whole message or help counts: the words that are only there sometimes are not.
WHOLE: list[tuple[str, tuple[str, ...], str, str]] = [
    (BOOT, (A, S1.replace(":80 -m", ""), S1.replace("-m", "-i")), "",
     "write `-e` to change it, with all its options, or remove the line that is wrong"),
    (BOOT, (A, f"{A} -p 60", S1), "", "write `-E` to change it, with all its options, or remove the line that is wrong"),
    (BOOT, (A, S1, S1.replace(":80 -r", ":81 -r")), "there is no service 192.0.2.10:81 here: ipvsadm says `Service not defined`, "
     "and the real server gets no traffic", "the address has 192.0.2.10:80"),
    (BOOT, ("ipvsadm -A -f 1 -s rr", "ipvsadm -a -f 1 -r 198.51.100.1 -m", "ipvsadm -a -f 2 -r 198.51.100.1 -m"), "",
     "add the service first"),
    (BOOT, (A, S1, f"{S2.replace('-a', '-e')} -w 0"), "", "name it as it was added, with its port"),
    (BOOT, (A, S1, "ipvsadm -d -t 192.0.2.10:80 -r 198.51.100.1:81"), "", "line 3 added 198.51.100.1:80"),
    (BOOT, (A, S1, "ipvsadm -e -t 192.0.2.10:80 -r 198.51.100.1:81 -m"), "", "line 3 added 198.51.100.1:80"),
    (BOOT, (A, S1.replace("-m", "-i"), "ipvsadm -e -t 192.0.2.10:80 -r 198.51.100.1:81 -m"), "",
     "line 3 added 198.51.100.1:80, as with -g and -i the port is that of the service"),
    (BOOT, (A, S1, A.replace(":80", ":81"), S2.replace(":80 -r", ":81 -r"), f"{S2.replace('-a', '-e')} -w 2"), "",
     "name it as it was added, with its port"),
    (BOOT, (A, S2, f"{S1} -x 5 -y 9"), "the lower threshold 9 is above the upper one (5): the kernel says "
     "`Numerical result out of range`, and the real server gets no traffic", "write `-x` with more than 9, or leave `-y` out"),
    (BOOT, (A, S1, "ipvsadm -A -t 192.0.2.10:81 -s wcl"), "there is no scheduler `wcl`: ipvsadm says `Scheduler or persistence "
     "engine not found`, and the service is not made", "did you mean `wlc`?"),
    (BOOT, (A, S1, S1.replace("100.1:", "7:")), "198.51.7 is 198.51.0.7: the missing numbers are filled in with 0 before the "
     "last one", "write all four numbers, without leading zeros"),
    (BOOT, (A, S1, f"if ping x; then {S1.replace('-a', '-d').replace(' -m', '').replace('100.1:', '7:')}; fi"),
     "198.51.7 is 198.51.0.7: the missing numbers are filled in with 0 before the last one", ""),
    (BOOT, (A.replace(":80", ":81"), A.replace(":80", ":82"), "ipvsadm -C", A, S1), "-C empties the table: of the services before "
     "it, 192.0.2.10:81, 192.0.2.10:82 are gone, and not added again", ""),
    (BOOT, (A, S1, "ipvsadm -C"), "behind this no service is left: line 2 added 192.0.2.10:80", "remove the command, or move it "
     "to the top"),
    (HAND, ("ipvsadm -C", A, S1, "ipvsadm -C"), "", "if the last commands only tell how to take it all back, leave them out of "
     "what is converted"),
    (NOTES, (A, S1, "", "To delete it:", "", "ipvsadm -D -t 192.0.2.10:80"), "line 6 reverts what earlier lines do, as notes tell "
     "how to: it is left out", ""),
    (NOTES, (A, S1, "", "To delete it:", "", f"{S1.replace('-a', '-d').replace(' -m', '')}", "ipvsadm -D -t 192.0.2.10:80"), "lines 6, 7 "
     "revert what earlier lines do, as notes tell how to: they are left out", ""),
    (BOOT, (f"{A} -p 60", S1, "ipvsadm -E -t 192.0.2.10:80 -s rr"), "-E replaces all that the service had: it loses `-p 60`", ""),
    (BOOT, (A, f"{S1} -w 4", f"{S1.replace('-a', '-e')} -x 9"), "-e replaces all that the real server had: it loses `-w 4` and "
     "has `-w 1` now", ""),
    (BOOT, (A, S1.replace("1:80 -m", "1:81 -g")), "198.51.100.1:81 becomes 198.51.100.1:80: -g cannot change the port, and ipvsadm "
     "takes that of the service without a word", ""),
    (BOOT, (A.replace("wlc", "dh"), S1), "dh chooses by the destination's address, and that of 192.0.2.10:80 is always the same: all "
     "connections go to one real server", ""),
    (BOOT, (A.replace("wlc", "lblc"), S1), "lblc chooses by the destination's address, and that of 192.0.2.10:80 is always the same: "
     "one real server gets all until it is overloaded", ""),
    (RULES, (A, S1, f"{S2} # web2"), "ipvsadm says `unexpected argument #`, and the real server gets no traffic", ""),
    (RULES, (A, S1, f"{S2} # web2", S2), "ipvsadm says `unexpected argument #`, and the real server gets no traffic, stops, and never "
     "comes to the 1 line behind it", ""),
    (RULES, (A, S1, "ipvsadm -A -t 192.0.2.11 -s rr", S2), "the service has no port, and is not persistent: ipvsadm says `Zero port "
     "specified for non-persistent service`, stops, and never comes to the 1 line behind it", ""),
    (RULES, (A, S1, "-A -t 192.0.2.10:81 -s rr -b ", "-a -t 192.0.2.10:81 -r 198.51.100.1:81 -m"), "`-b` with nothing behind it is how "
     "a scheduler flag without a name is printed, and no ipvsadm reads it: the line is not restored", "write `-b flag-3`"),
    (RULES, ("-A -f -5 -s rr", "-a -f 4294967291 -r 198.51.100.1 -m", "-a -f 4294967291 -r 198.51.100.2 -m"), "a firewall mark above "
     "2147483647 is printed as a number below zero, and no ipvsadm reads it: the line is not restored, nor are the 2 behind it", ""),
]  # fmt: skip


@pytest.mark.parametrize(("path", "lines", "message", "help"), WHOLE)
def test_whole(findings: Findings, path: str, lines: tuple[str, ...], message: str, help: str) -> None:
    (finding,) = found(findings, path, *lines)
    assert message in ("", finding.message)
    assert help in ("", finding.help)


def test_only_what_stops_a_restore_costs_lines(findings: Findings) -> None:
    said = [each.message for each in found(findings, RULES, A, f"{S2} --wieght 3", f"{S1} # web1", S2)]
    assert ["stops" in each for each in said] == [False, True]


def test_only_a_restore_is_stopped(findings: Findings) -> None:
    here = ("ipvsadm -R <<EOF", f"{A} #", A, "EOF")
    said = [each.message for each in found(findings, BOOT, f"{A} -x 3", *here) if each.code == "LVS608"]
    assert ["stops" in each for each in said] == [False, True]


def test_a_service_that_two_boot_scripts_add(findings: Findings) -> None:
    text = f"#!/bin/sh\n{A}\n"
    assert codes(findings, BOOT, f"{A} -p 60", S1, **{"etc/rc.d/rc.local": text}) == []


def test_what_a_text_says_itself_counts_first(findings: Findings) -> None:
    notes = text(NOTES, (A, f"{S1} -w 4", f"{S1.replace('-a', '-e')} -x 9"))
    (finding,) = found(findings, BOOT, A, S1, S2, **{NOTES: notes})
    assert finding.message.endswith("it loses `-w 4` and has `-w 1` now")


def test_two_numbers_may_be_meant(findings: Findings) -> None:
    (finding,) = found(findings, BOOT, A, S1, S1.replace("198.51.100.1:", "10.1:"))
    assert (finding.severity, finding.effect) == ("info", "none")


def test_a_script_of_the_boot_may_build_on_saved_rules(findings: Findings) -> None:
    rules = text(RULES, (A, S1))
    assert codes(findings, BOOT, S2, etc__sysconfig__ipvsadm=rules) == []
    assert codes(findings, BOOT, A, f"{A} -p 60", etc__sysconfig__ipvsadm=rules) == ["601e3"]


def test_notes_repeat_what_a_script_does(findings: Findings) -> None:
    notes = text(NOTES, (f"{A} -p 60", S1))
    both = {BOOT: text(BOOT, (A, S1)), NOTES: notes}
    assert [each.code for each in findings(lvs1=both) if each.code.startswith("LVS6")] == []


def test_an_edit_in_notes_of_what_a_script_added(findings: Findings) -> None:
    notes = text(NOTES, ("ipvsadm -e -t 192.0.2.10:80 -r 198.51.100.1:80 -w 0",))
    (finding,) = found(findings, BOOT, A, S1, S2, **{NOTES: notes})
    assert shown(finding) == "LVS612 warning/latent 1:24-67 +3:1-50"
    assert "it loses `-m` and has `-g` now: masquerading becomes direct routing" in finding.message


def test_keepalived_fills_the_table_too(findings: Findings) -> None:
    conf = "virtual_server 192.0.2.10 81 {\n lb_algo rr\n lb_kind NAT\n real_server 198.51.100.1 80 {\n }\n}\n"
    lines = (S1.replace(":80 -r", ":81 -r"), A, "ipvsadm -d -t 192.0.2.10:80 -r 198.51.100.9:80")
    assert codes(findings, BOOT, *lines) == ["603e2", "604e4"]
    assert codes(findings, BOOT, *lines, **{"etc/keepalived/keepalived.conf": conf}) == []


def test_keepalived_may_add_the_servers(findings: Findings) -> None:
    conf = "virtual_server 192.0.2.10 81 {\n lb_algo rr\n lb_kind NAT\n real_server 198.51.100.1 80 {\n }\n}\n"
    assert codes(findings, BOOT, A, **{"etc/keepalived/keepalived.conf": conf}) == []


def test_several_on_one_line(findings: Findings) -> None:
    both = found(findings, BOOT, f"ipvsadm -C; {A}; {A.replace(':80', ':81')}")
    assert [shown(each) for each in both] == ["LVS618 warning/outage 2:21-47", "LVS618 warning/outage 2:57-83"]


def test_the_effects(findings: Findings) -> None:
    (always,) = found(findings, BOOT, A.replace("wlc", "dh"), S1)
    assert shown(always) == "LVS624 warning/latent 2:32-34"
    (often,) = found(findings, BOOT, A.replace("wlc", "lblcr"), S1)
    assert shown(often) == "LVS624 info/none 2:32-37"


def test_what_stops_a_restore_is_an_outage(findings: Findings) -> None:
    (finding,) = found(findings, RULES, A, S1, "ipvsadm -d -t 192.0.2.10:80", S2)
    assert finding.effect == "outage"


@pytest.mark.parametrize(
    "filler", ["service ipvsadm start", "/opt/fill", "ipvsadm -R < /root/rules", "ipvsadm -A -t $1 -s rr"]
)
def test_what_fills_the_table_is_not_known(findings: Findings, filler: str) -> None:
    lines = (S1.replace(":80 -r", ":81 -r"), A, "ipvsadm -d -t 192.0.2.10:80 -r 198.51.100.9:80")
    assert codes(findings, BOOT, filler, *lines) == []
    assert codes(findings, BOOT, "service sshd start", "touch /tmp/x", *lines) == ["603e4", "604e6"]


def test_branches_are_not_held_together(findings: Findings) -> None:
    script = (f"if ping x; then {A}; else {A} -p 60; fi", f"{A} -p 90", S1, S1.replace(":80 -r", ":81 -r"))
    assert codes(findings, BOOT, *script) == ["603e5"]


def test_what_follows_a_failure_does_not_run(findings: Findings) -> None:
    failing = f"{A} -p 60"
    assert codes(findings, BOOT, A, S1, f"{failing} && {S1} -w 3") == ["601e4"]
    assert codes(findings, BOOT, A, S1, f"ipvsadm -Z && {S1} -w 3") == ["602e4"]


def test_a_loop_runs_for_each_word(findings: Findings) -> None:
    script = (A, "for at in 1 2 7; do ipvsadm -a -t 192.0.2.10:80 -r 198.51.$at:80 -m; done")
    assert [each.message.partition(":")[0] for each in found(findings, BOOT, *script)] == [
        "198.51.1 is 198.51.0.1",
        "198.51.2 is 198.51.0.2",
        "198.51.7 is 198.51.0.7",
    ]


def test_restoring_empties_the_table_first(findings: Findings) -> None:
    here = ("ipvsadm-restore <<EOF", "-A -t 192.0.2.10:80 -s rr", "-a -t 192.0.2.10:80 -r 198.51.100.1:80 -m", "EOF")
    assert codes(findings, BOOT, A, S1, *here) == []
    assert codes(findings, BOOT, A, S1, "ipvsadm -R <<EOF", *here[1:]) == ["601e5", "602i6"]


def test_what_a_broken_line_costs(findings: Findings) -> None:
    (finding,) = found(findings, RULES, A, f"{S1} # web1", S2, S2.replace("2:80", "3:80"))
    assert finding.effect == "outage"
    assert finding.message == (
        "ipvsadm says `unexpected argument #`, and the real server gets no traffic, stops, and never comes to the 2 lines "
        "behind it"
    )
    (finding,) = found(findings, RULES, A, S1, "-A -f 1 -s rr ops", "-a -f 1 -r 198.51.100.1 -m")
    assert finding.message.endswith("the line is not restored, nor is the one behind it")


# Finding, and what its message and its help hold.
SAID: list[tuple[tuple[str, ...], str, str, str]] = [
    ((A, "ipvsadm -A -t 192.0.2.10:80 -s rr -p 60", S1), "LVS601 error/latent 3:9-40 +2:9-35",
     "keeps `-s wlc`; `-s rr -p 60` here", "`-E`"),
    ((f"{A} -p 60", A, S1), "LVS601 error/latent 3:9-35 +2:9-41", "keeps `-p 60`; no such option here", "`-E`"),
    ((A, S1.replace("-m", "-g"), S1.replace("1:80", "1:81").replace("-m", "-i")), "LVS602 error/latent 4:9-50 +3:9-50",
     "keeps `-g`; `-i --tun-type ipip`", "two ports of one server need -m"),
    ((A, S1, S1.replace("-t", "-u")), "LVS603 error/outage 4:15-28", "`Service not defined`, and the real server gets no",
     "the address has 192.0.2.10:80 (TCP)"),
    ((S1, A, S2), "LVS603 error/outage 2:15-28 +3:9-35", "no service 192.0.2.10:80 yet", "move the line behind"),
    ((A, S1, "ipvsadm -E -t 192.0.2.11:80 -s rr"), "LVS603 error/latent 4:15-28", "`No such service`, and nothing changes",
     "add the service first"),
    ((A, S1.replace("1:80", "1:81"), S2, "ipvsadm -e -t 192.0.2.10:80 -r 198.51.100.1:81 -w 0"),
     "LVS604 error/latent 5:32-47", "has no real server 198.51.100.1:80", "write `-m`: without it"),
    ((A, S2, S1.replace("-m", "-g"), "ipvsadm -d -t 192.0.2.10:80 -r 198.51.100.1:81"),
     "LVS604 error/none 5:32-47", "nothing is deleted", "line 4 added 198.51.100.1:80, as with -g"),
    ((A, S2, S1, "ipvsadm -d -t 192.0.2.10:80 -r 198.51.100.1:81"), "LVS604 error/none 5:32-47", "", "line 4 added 198.51.100.1:80"),
    ((A, S1, "ipvsadm -A -t 192.0.2.10 -s rr"), "LVS605 error/outage 4:15-25", "`Zero port specified", "`-p SECONDS`"),
    ((A, S2, f"{S1} -y 9"), "LVS606 error/outage 4:54-55", "the upper one, which is not set", "`-x` with more than 9"),
    ((A, S1, f"{S1.replace('-a', '-e')} -x 5 -y 9"), "LVS606 error/latent 4:59-60", "the real server stays as it is", ""),
    ((A, S1, f"{S2} --wieght 3"), "LVS608 error/outage 4:51-59", "`--wieght: unknown option`", "did you mean `--weight`?"),
    ((A, S1, f"{S2} --wt 3"), "LVS608 error/outage 4:51-55", "", "no abbreviations"),
    ((A, S1, "ipvsadm -d -t 192.0.2.10:80"), "LVS608 error/none 4:9-28", "You need to supply", "delete the service with -D"),
    ((A, S1, "ipvsadm -E -t 192.0.2.10:80 -m"), "LVS608 error/latent 4:29-31", "nothing changes", "write it with -a"),
    ((A, S1, "ipvsadm -D -t 192.0.2.10:80 -p 60"), "LVS609 error/none 4:32-34", "nothing is deleted", "`ipvsadm -D -t ADDRESS:PORT`"),
    ((A, S1, "ipvsadm -d -t 192.0.10:80 -r 198.51.100.1:80"), "LVS610 error/outage 4:15-26",
     "192.0.10 is 192.0.0.10: the missing numbers are filled in with 0 before the last one. ipvsadm says `Service not defined`",
     "did you mean 192.0.2.10?"),
    ((A, S1, S1.replace("100.1:", "100.010:")), "LVS610 warning/outage 4:32-49", "begins with 0 is octal", "all four numbers"),
    ((f"{A} -p 60", S1, "ipvsadm -E -t 192.0.2.10:80 -s rr"), "LVS611 warning/latent 4:9-34 +2:9-41",
     "it loses `-p 60`", "write `-p 60` again"),
    ((A.replace("wlc", "rr"), S1, "ipvsadm -E -t 192.0.2.10:80 -p 60"), "LVS611 warning/latent 4:9-34 +2:9-34",
     "loses `-s rr` and has `-s wlc` now", ""),
    ((A, f"{S1} -w 4", "ipvsadm -e -t 192.0.2.10:80 -r 198.51.100.1:80 -w 9"), "LVS612 warning/outage 4:9-52 +3:9-55",
     "masquerading becomes direct routing, which", "write `-m` again"),
    ((A, f"{S1} -w 4", "ipvsadm -e -t 192.0.2.10:80 -r 198.51.100.1:80 -m -x 9"), "LVS612 warning/latent 4:9-55 +3:9-55",
     "it loses `-w 4` and has `-w 1` now", ""),
    ((A, S1.replace("1:80 -m", "1:81 -i")), "LVS613 warning/outage 3:32-47", "198.51.100.1:81 becomes 198.51.100.1:80: -i cannot", "`-m`"),
    ((A, S1.replace("1:80 -m", "1:81")), "LVS613 warning/outage 3:32-47", "without -m the method is direct routing", ""),
    ((A, S1, "ipvsadm -A -t 192.0.2.10:81 -s wcl"), "LVS614 error/outage 4:32-35", "the service is not made", "did you mean `wlc`?"),
    ((A, S1, "ipvsadm -A -t 192.0.2.10:81 -s qqq"), "LVS614 error/outage 4:32-35", "", "choose one of rr, wrr"),
    ((A, S1, "ipvsadm -E -t 192.0.2.10:80 -s lblcx"), "LVS614 error/latent 4:32-37", "nothing changes", "did you mean `lblc`?"),
    ((A, S1, "ipvsadm -A -u 192.0.2.10:81 -s rr -p 60 --pe isp"), "LVS614 error/outage 4:46-49", "no persistence engine `isp`", "sip"),
    ((A, S1, "ipvsadm --stop-daemon backup"), "LVS625 error/latent 4:9-29", "`No daemon is running`", "start the daemon before"),
    ((A, S1, "ipvsadm -Z -t 192.0.2.10:81"), "LVS603 error/outage 4:15-28", "it does nothing", ""),
    ((A.replace(":80", ":81"), "ipvsadm -C", A, S1), "LVS616 warning/outage 3:9-11 +2:9-35", "192.0.2.10:81 is gone", ""),
    ((A, S1, "ipvsadm -C"), "LVS617 warning/outage 4:9-11 +2:9-35", "line 2 added 192.0.2.10:80", "move it to the top"),
    ((A,), "LVS618 warning/outage 2:9-35", "192.0.2.10:80 has no real server", ""),
    ((A, f"{S1} -w 0", f"{S2} -w 0"), "LVS619 warning/outage 4:9-55", "all 2 real servers of 192.0.2.10:80", ""),
]  # fmt: skip


@pytest.mark.parametrize(("lines", "place", "message", "help"), SAID)
def test_said(findings: Findings, lines: tuple[str, ...], place: str, message: str, help: str) -> None:
    (finding,) = found(findings, BOOT, *lines)
    assert shown(finding) == place
    assert message in finding.message
    assert help in finding.help


SAVES = {
    "ipvsadm -S > /etc/sysconfig/ipvsadm": 1,
    "ipvsadm --save > /etc/sysconfig/ipvsadm": 1,
    "ipvsadm-save > /etc/sysconfig/ipvsadm": 1,
    "ipvsadm -Sn > /etc/sysconfig/ipvsadm": 0,
    "ipvsadm -S -n > /etc/sysconfig/ipvsadm": 0,
    "ipvsadm --save --numeric > /etc/sysconfig/ipvsadm": 0,
    "ipvsadm-save -n > /etc/sysconfig/ipvsadm": 0,
    "ipvsadm -S": 0,
    "ipvsadm -L > /tmp/list": 0,
    "ipvsadm -S $1 > /tmp/list": 1,
    "ipvsadm > /tmp/list": 0,
    "iptables -S > /tmp/list": 0,
}


@pytest.mark.parametrize("command", SAVES)
def test_saving_with_names(findings: Findings, command: str) -> None:
    assert codes(findings, BOOT, A, S1, command) == ["622i4"] * SAVES[command]


def test_a_log_that_shows_the_table_first(findings: Findings) -> None:
    lines = ("ipvsadm -L -n", LISTING, "ipvsadm -d -t 192.0.10:80 -r 198.51.100.1:80", "ipvsadm -D -t 192.0.2.12:80")
    first, second = found(findings, NOTES, *lines)
    assert shown(first) == "LVS610 error/outage 8:30-41"
    assert "`Service not defined`" in first.message
    assert first.help == "did you mean 192.0.2.10?"
    assert shown(second) == "LVS603 warning/none 9:30-43"
    assert codes(findings, NOTES, lines[3], *lines[:2]) == []
    assert codes(findings, NOTES, *lines[:2], f"{A} -p 60") == []


LISTING = (
    "IP Virtual Server version 1.2.1 (size=4096)\nProt LocalAddress:Port Scheduler Flags\n"
    "  -> RemoteAddress:Port           Forward Weight ActiveConn InActConn\nTCP  192.0.2.10:80 wlc\n"
    "  -> 198.51.100.1:80              Masq    0      0          0\nTCP  192.0.2.10:81 wlc"
)


def test_a_listing_of_drained_servers(findings: Findings) -> None:
    files = {"etc/sysctl.conf": "net.ipv4.ip_forward = 1\n", "table.txt": f"{LISTING}\n"}
    found = [each for each in findings(lvs1=files) if each.code.startswith("LVS6")]
    assert [(each.code, each.span.begin()[0]) for each in found] == [("LVS619", 5), ("LVS618", 6)]
