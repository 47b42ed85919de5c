"""Texts near a shell script, near a page of notes, and far from both."""

from __future__ import annotations

from hypothesis import strategies as st

from lvscompile.syntax.source import decode

PIECES = (
    "if", "then", "elif", "else", "fi", "for i in ", "1 2 3", "while true", "until", "do", "done", "case $1 in", "start)",
    ";;", "esac", "{", "}", "(", ")", "((", "))", "[[", "]]", "[ ", " ]", "function f", "f()", "f", "!", ";", ";;&", "&", "&&",
    "||", "|", "|&", "<", ">", ">>", "<<", "<<-", "<<<", "<<EOF", "<<'EOF'", "<<-E", "EOF", "\tE", "2>&1", ">&2", "&>", "1>",
    "'", '"', "`", "\\", "\\\\", "\\'", "$", "$$", "${", "$(", "$((", "${A", "${A}", "${A:-", "${A:=x}", "${#A}", "${A%x}", "$A",
    "$1", "$@", '"$@"', "$*", "$#", "$(seq 1 9)", "$(seq 1 99999999)", "$((A+1))", "$((1/0))", "$((9*9))", "`ls`", "{1,2}", "{1..9}",
    "{1..99999999}", "{a,{b,c}}", "A=", "A=1", "A=$A$A", "export A=x", "local B", "unset A", "set -- a b", "shift", "shift 3",
    "break", "continue 2", "return", "exit 0", "read A", "eval x", ". /etc/x", "cd /etc", "ipvsadm", "ipvsadm -A -t 192.0.2.1:80",
    "ipvsadm -D -t 192.0.2.1:80", "ipvsadm -C", "ipvsadm -Ln", "iptables -t nat -A PREROUTING -j REDIRECT", "iptables -F",
    "sudo", "sudo -u root ", "nohup", "env A=b", "exec", "/sbin/", "echo", "echo 1 > /proc/sys/net/ipv4/ip_forward", "printf '%s'",
    "cat /etc/keepalived/keepalived.conf", "cat > /etc/sysctl.conf <<EOF", "tee /etc/x", "vi /etc/sysctl.conf", "sysctl -p",
    "sysctl -w net.ipv4.ip_forward=1", "ip addr add 192.0.2.1/24 dev eth0", "ip rule del prio 100", "modprobe ip_vs", "yum install x",
    "service iptables save", "/etc/init.d/keepalived start", "/etc/sysctl.conf:", "[root@lb1 ~]# ", "root@lb1:~# ", "$ ", "# ",
    "> ", "lb1# ", "*nat", "*filter", ":INPUT ACCEPT [0:0]", "-A INPUT -j ACCEPT", "COMMIT", "vrrp_instance A {", "state MASTER",
    "virtual_ipaddress {", "net.ipv4.ip_forward = 1", "KEEPALIVED_OPTIONS=-D", "DEVICE=eth0", "auto eth0", "iface eth0 inet static",
    "IP Virtual Server version 1.2.1", "TCP  192.0.2.1:80 wlc", "  -> 192.0.2.2:80 Masq 1 0 0", "Chain INPUT (policy ACCEPT)",
    "== Notes ==", "- Director", "To delete it:", "Zum Löschen:", "消すには", "。", "the address of the server.", "#!/bin/sh",
    "|   |", "[web1]   [web2]", "---------", "\ufeff", "\xa0", "\udcff", "\0", "\x85", "\u2028", "\x1b[0m", "x" * 200, "*", "?", "[a", "~",
)  # fmt: skip
SPACES = (" ", " ", " ", "  ", "\t", "\n", "\n", "\n", "\n\n", "\r\n", "\r", "\\\n", "; ", "", "\v", "\f", "\u3000")

pieces = st.one_of(st.sampled_from(PIECES), st.sampled_from(SPACES), st.sampled_from(SPACES))
shell_like = st.lists(pieces, max_size=60).map("".join)
any_bytes = st.binary(max_size=300).map(decode)
SCRIPT = """\
#!/bin/sh
VIP=192.0.2.10
RS="198.51.100.11 198.51.100.12"
[ -x /sbin/ipvsadm ] || exit 0
start() {
    echo 1 > /proc/sys/net/ipv4/ip_forward
    ipvsadm -A -t $VIP:80 -s wlc
    for r in $RS; do
        ipvsadm -a -t ${VIP}:80 -r $r -m -w ${2:-1}
    done
    cat > /etc/keepalived/keepalived.conf <<EOF
vrrp_instance A {
  virtual_ipaddress { $VIP }
}
EOF
}
case "$1" in
    start) start ;;
    stop) ipvsadm -C ;;
esac
"""
NOTES = """\
== The director ==

First, load the module:
[root@lb1 ~]# modprobe ip_vs
[root@lb1 ~]# cat > /etc/sysctl.d/lvs.conf <<EOF
> net.ipv4.ip_forward = 1
> EOF
Die Adresse kommt dazu:
ip addr add 192.0.2.10/24 dev eth0
ipvsadm -A -t 192.0.2.10:80 -s rr

To delete it:
ipvsadm -D -t 192.0.2.10:80

cat /etc/keepalived/keepalived.conf
vrrp_instance A {
  state MASTER
}

*nat
-A POSTROUTING -o eth0 -j MASQUERADE
COMMIT
"""


@st.composite
def mutations(draw: st.DrawFn) -> str:
    """A script or notes in which a few pieces are missing, doubled or foreign."""
    text = draw(st.sampled_from((SCRIPT, NOTES)))
    for _ in range(draw(st.integers(1, 5))):
        start = draw(st.integers(0, len(text)))
        end = min(len(text), start + draw(st.sampled_from((0, 1, 1, 2, 10, 60))))
        change = draw(st.sampled_from(("cut", "double", "foreign", "stop")))
        if change == "cut":
            text = text[:start] + text[end:]
        elif change == "double":
            text = text[:end] + text[start:end] + text[end:]
        elif change == "foreign":
            text = text[:start] + draw(pieces) + text[end:]
        else:
            text = text[:start]
    return text


shell_texts = st.one_of(shell_like, mutations(), any_bytes, st.text(st.characters(exclude_categories=()), max_size=80))
