"""Scripts to the commands they run."""

from __future__ import annotations

import pytest

from lvscompile.frontends.shell import read_script
from lvscompile.frontends.shell.arithmetic import evaluate
from lvscompile.frontends.shell.conditions import judge
from lvscompile.frontends.shell.tools import only_looks
from lvscompile.frontends.shell.writes import printed
from lvscompile.ir.shell import Command, Embedded, Kept, Script
from lvscompile.syntax.source import Source


def read(text: str, mode: str = "script") -> Script:
    return read_script(Source("x", text), mode=mode)


def runs(text: str) -> list[str]:
    """The commands as lines, with ? for a word that is not known."""
    script = read(text)
    return [" ".join("?" if w is None else w for w in i.argv) for i in script.items if not isinstance(i, Embedded)]


def only(text: str) -> Command:
    (command,) = read(text).commands
    return command


CASES = {
    "ipvsadm -C": ["ipvsadm -C"],
    "/sbin/ipvsadm -C": ["ipvsadm -C"],
    "sudo ipvsadm -C": ["ipvsadm -C"],
    "sudo -u root -n /sbin/ipvsadm -C": ["ipvsadm -C"],
    "nohup time env -i A=b busybox ip a": ["ip a"],
    "exec nice -n 5 ipvsadm -C": ["ipvsadm -C"],
    'action "Clearing: " ipvsadm -C': ["ipvsadm -C"],
    "command -v ipvsadm": [],
    "/etc/init.d/keepalived start": ["/etc/init.d/keepalived start"],
    "I=/sbin/ipvsadm; $I -C": ["ipvsadm -C"],
    'I="iptables -t nat"; $I -F': ["iptables -t nat -F"],
    'I="iptables -t nat"; "$I" -F': ["iptables -t nat -F"],
    "$UNKNOWN -C": ["? -C"],
    "ipvsadm -A -t $VIP:80": ["ipvsadm -A -t ?"],
    "ipvsadm -A -t `hostname -i`:80": ["ipvsadm -A -t ?"],
    "V=1; ipvsadm -f $V; V=2; ipvsadm -f $V": ["ipvsadm -f 1", "ipvsadm -f 2"],
    "V=1; V=$(date); ipvsadm -f $V": ["ipvsadm -f ?"],
    "V=a; V+=b; ipvsadm $V": ["ipvsadm ab"],
    "read V; ipvsadm $V": ["ipvsadm ?"],
    "V=1; unset V; ipvsadm $V": ["ipvsadm ?"],
    "IFS=:; V=a:b; ipvsadm $V": ["ipvsadm ?"],
    "ipvsadm -f {1,2}x{3..4}": ["ipvsadm -f 1x3 1x4 2x3 2x4"],
    "ipvsadm -f '{1,2}' {a {} {1}": ["ipvsadm -f {1,2} {a {} {1}"],
    "for i in $(seq 2 -1 0); do ipvsadm -f $i; done": ["ipvsadm -f 2", "ipvsadm -f 1", "ipvsadm -f 0"],
    "N=2; for i in `seq $N`; do ipvsadm -f $((i*10)); done": ["ipvsadm -f 10", "ipvsadm -f 20"],
    "for i in $(ls); do ipvsadm -f $i; done": ["ipvsadm -f ?"],
    "for i in 1 2; do for j in a b; do [ $j = b ] && continue 2; ipvsadm $i $j; done; done": [
        "ipvsadm 1 a",
        "ipvsadm 2 a",
    ],
    "if [ -x /sbin/ipvsadm ]; then ipvsadm -C; else ipvsadm -Z; fi": ["ipvsadm -C", "ipvsadm -Z"],
    "if true; then V=1; else V=2; fi; ipvsadm $V": ["ipvsadm 1"],
    "if [ -e x ]; then V=1; else V=2; fi; ipvsadm $V": ["ipvsadm ?"],
    "if [ -e x ]; then V=1; else V=1; fi; ipvsadm $V": ["ipvsadm 1"],
    "[ -x /a ] || exit 0; ipvsadm -C": ["ipvsadm -C"],
    "ipvsadm -C || exit 1; ipvsadm -Z": ["ipvsadm -C", "ipvsadm -Z"],
    "ipvsadm -C; exit; ipvsadm -Z": ["ipvsadm -C"],
    "ipvsadm -C\nexit 0\nipvsadm -Z": ["ipvsadm -C"],
    "(exit 1); ipvsadm -C": ["ipvsadm -C"],
    "while :; do ipvsadm -C; done": [],
    "case $1 in start) ipvsadm -C;; stop) ipvsadm -Z;; esac": ["ipvsadm -C"],
    'if [ "$1" = start ]; then ipvsadm -C; fi': ["ipvsadm -C"],
    "case $(uname) in Linux) ipvsadm -C;; *) ipvsadm -Z;; esac": ["ipvsadm -C", "ipvsadm -Z"],
    "f() { ipvsadm $1; }": [],
    "f() { ipvsadm $1 $#; shift; g $1; }; g() { ipvsadm g$1; }; f a b": ["ipvsadm a 2", "ipvsadm gb"],
    "f() { local V=2; ipvsadm $V; }; V=1; f; ipvsadm $V": ["ipvsadm 2", "ipvsadm 1"],
    "f() { return; ipvsadm a; }; f; ipvsadm b": ["ipvsadm b"],
    "(V=2; ipvsadm $V); ipvsadm $V": ["ipvsadm 2", "ipvsadm ?"],
    "V=1 | true; ipvsadm ${V:-none}": ["ipvsadm none"],
    "mkdir /var/lock/x": ["mkdir /var/lock/x"],
    "echo Starting": [],
    "echo Starting >&2": [],
    "echo x > /dev/null": [],
    "cat /etc/hosts": ["cat /etc/hosts"],
    "ls -l; sleep 3; grep x y": [],
    ". /etc/init.d/functions": [],
    ". /etc/lvs.conf": [". /etc/lvs.conf"],
    "eval $X": ["eval ?"],
    "ipvsadm -C &\nipvsadm -Z": ["ipvsadm -C", "ipvsadm -Z"],
    "time ipvsadm -C": ["ipvsadm -C"],
    "[[ a == b* || x ]] && ipvsadm -C": ["ipvsadm -C"],
    "[[ abc == a* ]] || ipvsadm -C": [],
    "((x++)); ipvsadm -C": ["ipvsadm -C"],
    "set -- a b; ipvsadm $2 $#": ["ipvsadm b 2"],
    "ipvsadm -A \\\r\n -f 1\r\n": ["ipvsadm -A -f 1"],
}


@pytest.mark.parametrize("text", CASES)
def test_what_a_script_runs(text: str) -> None:
    assert runs(text) == CASES[text]
    assert runs(text + "\n") == CASES[text]


def test_what_stands_aside_says_why() -> None:
    def aside(text: str) -> list[tuple[str, str]]:
        return [(i.argv[1] or "", i.conditions[0].kind) for i in read(text).aside if not isinstance(i, Embedded)]

    assert aside("while :; do ipvsadm a; done") == [("a", "while")]
    assert aside("if false; then ipvsadm a; fi") == [("a", "branch")]
    assert aside("f() { ipvsadm a; }") == [("a", "uncalled")]
    assert aside("exit\nipvsadm a") == [("a", "unreached")]
    assert aside("ipvsadm a || ipvsadm b") == [("b", "failure")]
    assert aside("case $1 in start) ipvsadm a;; stop) ipvsadm b;; esac") == [("b", "branch")]
    assert aside("false && ipvsadm a") == [("a", "success")]


def test_conditions_say_what_decides() -> None:
    text = "if [ -x /a ]; then ipvsadm a; fi; ip a && ipvsadm b; for i in $X; do ipvsadm c; done; ipvsadm d"
    found = {
        c.argv[1]: [(k.kind, text[k.start : k.end]) for k in c.conditions]
        for c in read(text).commands
        if c.tool == "ipvsadm"
    }
    assert found == {"a": [("test", "[ -x /a ]")], "b": [("success", "ip a")], "c": [("loop", "$X")], "d": []}


def test_words_stand_where_they_are_written() -> None:
    text = 'V=192.0.2.1\nsudo  ipvsadm -A -t "$V":80 \\\n  -s wlc # c\n'
    command = only(text)
    assert command.argv == ("ipvsadm", "-A", "-t", "192.0.2.1:80", "-s", "wlc")
    assert [text[start:end] for start, end in command.places] == ["ipvsadm", "-A", "-t", '"$V":80', "-s", "wlc"]
    assert command.prefix == ("sudo",)
    assert command.origin.line == 2
    assert command.origin.text == 'sudo  ipvsadm -A -t "$V":80 \\\n  -s wlc # c\n'
    plain = only("  /sbin/ipvsadm  -C\n")
    assert [(span.start, span.end) for span in (plain.span(0), plain.span(1), plain.span())] == [
        (2, 15),
        (17, 19),
        (2, 19),
    ]


def test_what_is_not_known_is_named() -> None:
    command = only('ipvsadm -t $VIP:$(cat port) "${1%x}"')
    assert command.argv == ("ipvsadm", "-t", None, None)
    assert command.unresolved == ("$VIP", "${1%x}")


WRITTEN = {
    "echo 1 > /proc/sys/net/ipv4/ip_forward": ("/proc/sys/net/ipv4/ip_forward", "sysctl-value", False, "1\n"),
    "echo -n 1 >> /etc/sysctl.conf": ("/etc/sysctl.conf", "sysctl", True, "1"),
    "echo 'a' b > $F": ("", "", False, "a b\n"),
    "printf '%s = %s\\n' a 1 > /etc/sysctl.d/x.conf": ("/etc/sysctl.d/x.conf", "sysctl", False, "a = 1\n"),
    "cat > /etc/keepalived/keepalived.conf <<E\nx\nE": ("/etc/keepalived/keepalived.conf", "keepalived", False, "x\n"),
    "cat <<'E' > /etc/sysconfig/ipvsadm\n-A\nE": ("/etc/sysconfig/ipvsadm", "ipvsadm-save", False, "-A\n"),
    "V=2; cat > /etc/x <<E\n$V $V\nE": ("/etc/x", "", False, "2 2\n"),
    "cat > /etc/x <<E\n$V\nE": ("/etc/x", "", False, None),
    "tee -a /etc/sysctl.conf <<E\na=1\nE": ("/etc/sysctl.conf", "sysctl", True, "a=1\n"),
    "echo a | tee /etc/sysctl.conf": ("/etc/sysctl.conf", "sysctl", False, "a\n"),
    "echo 1 | sudo tee /proc/sys/net/ipv4/ip_forward >/dev/null": (
        "/proc/sys/net/ipv4/ip_forward",
        "sysctl-value",
        False,
        "1\n",
    ),
    "iptables-save > /etc/sysconfig/iptables": ("/etc/sysconfig/iptables", "iptables-save", False, None),
    "ipvsadm -Sn > /etc/sysconfig/ipvsadm": ("/etc/sysconfig/ipvsadm", "ipvsadm-save", False, None),
    "cd /etc/keepalived; echo x > keepalived.conf": ("/etc/keepalived/keepalived.conf", "keepalived", False, "x\n"),
    "(echo a) > /etc/x": ("/etc/x", "", False, "a\n"),
    "f() { echo a; }; f > /etc/x": ("/etc/x", "", False, "a\n"),
}


@pytest.mark.parametrize("text", WRITTEN)
def test_files_that_are_written(text: str) -> None:
    (written,) = only(text).written
    assert tuple(written)[:4] == WRITTEN[text]


def test_a_group_writes_one_file() -> None:
    commands = list(read("{ echo a; echo b; } > /etc/sysctl.conf").commands)
    assert [(c.written[0].append, c.written[0].text) for c in commands] == [(False, "a\n"), (True, "b\n")]


def test_a_here_document_that_is_verbatim_has_a_place() -> None:
    text = "V=1\ncat > /etc/sysctl.conf <<E\na = 1\nE\n"
    (written,) = only(text).written
    assert text[written.start : written.end] == "a = 1\n"
    (changed,) = only(text.replace("a = 1", "a = $V")).written
    assert (changed.start, changed.end, changed.text) == (-1, -1, "a = 1\n")


STDIN = {
    "ipvsadm -R <<E\n-A\nE": ("-A\n", ""),
    "ipvsadm -R < /etc/ipvs": (None, "/etc/ipvs"),
    "cat /etc/ipvs | ipvsadm -R": (None, "/etc/ipvs"),
    "echo -A -f 1 | ipvsadm -R": ("-A -f 1\n", ""),
    "(echo a; echo b) | ipvsadm -R": ("a\nb\n", ""),
    "V=3; ipvsadm -R <<< $V": ("3\n", ""),
    "date | ipvsadm -R": (None, ""),
    "(echo a; date) | ipvsadm -R": (None, ""),
}


@pytest.mark.parametrize("text", STDIN)
def test_standard_input(text: str) -> None:
    command = [c for c in read(text).commands if c.tool == "ipvsadm"][-1]
    assert (command.stdin, command.stdin_path) == STDIN[text]


def test_lines_of_a_script_are_accounted_for() -> None:
    text = "#!/bin/sh\n\nif true; then\n  mkdir x\n  ipvsadm -C\nfi\ncat > /etc/sysctl.conf <<E\na = 1\nE\nfi\n"
    script = read(text)
    assert [(stmt.line, verdict) for stmt, verdict in script.lines] == [
        *((line, "understood") for line in (1, 2, 3)),
        (4, "kept"),
        *((line, "understood") for line in (5, 6, 7)),
        (8, "embedded"),
        (9, "understood"),
        (10, "kept"),
    ]
    assert [(item.reason, item.message) for item in script.kept] == [("unknown", ""), ("broken", "unexpected `fi`")]
    assert [remark.kind for remark in script.remarks] == ["no-command"]


def test_remarks_on_what_is_not_followed() -> None:
    def kinds(text: str) -> list[str]:
        return [remark.kind for remark in read(text).remarks]

    assert kinds("while :; do :; done") == ["loop-not-run"]
    assert kinds("case $1 in start) :;; esac") == ["start-branch"]
    assert kinds("for i in $(seq 1 20000); do :; done") == ["too-many-rounds"]
    assert kinds("f() { f; }; f") == ["too-deep"]


def test_variables_at_the_end() -> None:
    assert read('A=1\nB="-D -C"\nC=$X\n').variables == {"A": "1", "B": "-D -C", "C": None}


MODES = {
    "#!/bin/sh\nThis is no note\n": "script",
    "VIP=192.0.2.1\nipvsadm -C\n": "script",
    "modprobe ip_vs\ntouch /var/lock/subsys/local\n": "script",
    "start() { ipvsadm -C; }\nstart\n": "script",
    "": "script",
    "# only a comment\n": "script",
    "KEEPALIVED_OPTIONS=-D\n": "script",
    "[root@lb1 ~]# ipvsadm -C\n": "document",
    "To clear it:\nipvsadm -C\n": "document",
    "ipvsadm -C\nipvsadm wird so benutzt\n": "document",
    "ipvsadm -Cで消す\n": "document",
    "vrrp_instance A {\n}\n": "document",
    "*nat\nCOMMIT\n": "document",
}


@pytest.mark.parametrize("text", MODES)
def test_scripts_and_notes_are_told_apart(text: str) -> None:
    assert read(text, "").mode == MODES[text]


LOOKS = {
    "ipvsadm": True,
    "ipvsadm -Ln": True,
    "ipvsadm --list --rate": True,
    "ipvsadm -C": False,
    "ipvsadm -A -t 192.0.2.1:80 -s lc": False,
    "ipvsadm -a -t 192.0.2.1:80 -r 192.0.2.2": False,
    "iptables -t nat -nvL": True,
    "iptables -A INPUT -j LOG": False,
    "iptables-save": True,
    "iptables-restore": False,
    "ip a": True,
    "ip -4 route show table 100": True,
    "ip route add default via 192.0.2.1": False,
    "sysctl -a": True,
    "sysctl net.ipv4.ip_forward": True,
    "sysctl -w net.ipv4.ip_forward=1": False,
    "sysctl net.ipv4.ip_forward=1": False,
    "sysctl -p": False,
    "service keepalived status": True,
    "service keepalived start": False,
    "systemctl start keepalived": False,
    "chkconfig --list": True,
    "chkconfig keepalived on": False,
    "ifconfig eth0": True,
    "ifconfig lo:0 192.0.2.1 up": False,
    "route -n": True,
    "route add default gw 192.0.2.1": False,
    "keepalived -t": True,
    "keepalived -D": False,
    "modprobe ip_vs": False,
    "nft list ruleset": True,
    "nft flush ruleset": False,
}


@pytest.mark.parametrize("line", LOOKS)
def test_commands_that_only_look(line: str) -> None:
    tool, *words = line.split()
    assert only_looks(tool, words) == LOOKS[line]


@pytest.mark.parametrize(
    ("text", "value"),
    [("1+2*3", "7"), ("(1+2)*3", "9"), ("7/-2", "-3"), ("-7%3", "-1"), ("A+1", "6"), ("$A-${A}", "0"), ("1/0", None), ("B", None), ("", None),
     ("1 2", None), ("(1", None), ("010", None), ("9999999999999999999", None), ("1+", None), ("2**3", None), ("--2", "2")],
)  # fmt: skip
def test_arithmetic(text: str, value: str | None) -> None:
    assert evaluate(text, {"A": "5"}.get) == value


@pytest.mark.parametrize(
    ("words", "verdict"),
    [([], False), (["a"], True), ([""], False), (["-n", "a"], True), (["-z", "a"], False), (["a", "=", "a"], True),
     (["a", "==", "b"], False), (["a", "!=", "b"], True), (["1", "-lt", "2"], True), (["x", "-lt", "2"], None), (["!", "a"], False),
     (["!", "-n", ""], True), (["-f", "/x"], None), ([None], None), (["a", "=", None], None), (["!", None], None),
     (["-f", "x", "-a", "a", "=", "b"], False), (["-f", "x", "-o", "a", "=", "a"], True), (["a", "-a", None], None),
     (["10", "-ge", "9", "-a", "10", "-le", "9"], False), (["1", "-eq", "1"], True), (["1", "-ne", "1"], False), (["2", "-gt", "1"], True)],
)  # fmt: skip
def test_tests(words: list[str | None], verdict: bool | None) -> None:
    assert judge(words, False) is verdict


@pytest.mark.parametrize(
    ("argv", "text"),
    [(["echo"], "\n"), (["echo", "-e", "a\\tb"], "a\tb\n"), (["echo", "a\\tb"], "a\\tb\n"), (["echo", "-n", "-x"], "-x"),
     (["echo", None], None), (["printf", "%s-%d%%\\n", "a", "1"], "a-1%\n"), (["printf", "%s\\n", "a", "b"], "a\nb\n"),
     (["printf", "%5s", "a"], None), (["printf", "%x", "1"], None), (["printf", "a\\n"], "a\n"), (["cat"], "in"), (["cat", "f"], None),
     (["tee", "f"], "in"), (["printf"], None)],
)  # fmt: skip
def test_what_is_printed(argv: list[str | None], text: str | None) -> None:
    assert printed(argv, "in") == text


def test_kept_commands_keep_their_words() -> None:
    (kept,) = read("sed -i 's/a/b/' /etc/sysctl.conf\n").kept
    assert isinstance(kept, Kept)
    assert kept.argv == ("sed", "-i", "s/a/b/", "/etc/sysctl.conf")
    assert kept.reason == "unknown"
