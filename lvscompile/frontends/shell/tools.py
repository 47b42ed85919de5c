"""Which programs are known, what stands in front of them, and which of their runs only look."""

from __future__ import annotations

from collections.abc import Sequence


def _names(text: str) -> frozenset[str]:
    return frozenset(text.split())


# Handed on as commands, for their own front ends.
KNOWN = _names("""
    ipvsadm ipvsadm-save ipvsadm-restore arptables arptables-save arptables-restore sysctl ip iptables iptables-save
    iptables-restore ip6tables ip6tables-save ip6tables-restore iptables-legacy iptables-nft ip6tables-legacy
    ip6tables-nft iptables-legacy-save iptables-nft-save nft echo printf cat tee ifconfig route modprobe rmmod
    insmod service systemctl chkconfig update-rc.d keepalived ifup ifdown arping genhash hostname invoke-rc.d
""")
# Folders whose scripts start and stop a service: `/etc/init.d/NAME start`.
INIT_FOLDERS = ("/etc/init.d/", "/etc/rc.d/init.d/")
INIT = "init-script"

# They look, wait or speak, and change nothing that the model holds. The last ones are of the libraries of init scripts.
HARMLESS = _names("""
    ls ll ps ss netstat ping ping6 tcpdump curl dig host nslookup lsmod modinfo date uptime uname which id whoami w
    who df free dmesg tail head grep egrep fgrep wc top sleep logger traceroute telnet nc ab journalctl watch man
    clear history touch rpm dpkg sort uniq cut awk diff pwd arp conntrack lsof file more less success failure passed
    echo_success echo_failure log_daemon_msg log_end_msg log_begin_msg log_progress_msg log_success_msg
    log_failure_msg log_warning_msg log_action_msg log_action_begin_msg log_action_end_msg rc_status rc_reset
    rc_exit
""")
# Show a file, or open it in an editor: notes give its contents behind such a line.
SHOWING = frozenset({"cat", "more", "less", "head", "tail", "view", "zcat"})
EDITING = frozenset({"vi", "vim", "nano", "emacs", "joe", "mcedit", "ed", "gedit", "pico", "sudoedit", "visudo"})
# Programs without a model that notes about directors use: known to be commands, kept as they are.
COMMON = EDITING | _names("""
    yum dnf apt-get apt aptitude zypper pacman wget tar cd make cp mv ln rm mkdir rmdir chmod chown sed perl
    python gcc patch unzip gunzip gzip depmod kill killall pkill reboot shutdown poweroff halt init mount umount scp
    rsync ssh crontab useradd adduser groupadd passwd brctl vconfig ethtool git ipset tc ufw firewall-cmd setenforce
    restorecon semanage nmcli hostnamectl ldconfig ./configure configure rpmbuild install ntpdate su exit source
    docker ldirectord bash sh dpkg-reconfigure pcs crm xargs find dd mii-tool ifenslave
""")

# Words in front of a command, with the options of theirs that take a value.
PREFIXES = {
    "sudo": "ugChpRTtrUD",
    "nohup": "",
    "time": "fo",
    "exec": "a",
    "env": "uCS",
    "busybox": "",
    "nice": "n",
    "ionice": "cnp",
    "command": "",
    "builtin": "",
    "setsid": "",
    "stdbuf": "ioe",
    "doas": "uC",
    "chrt": "",
    "action": "",
}


def base(word: str) -> str:
    """The program's name without its folder; a script of an init folder is INIT."""
    if word.startswith(INIT_FOLDERS) and word.count("/") == word.rstrip("/").count("/"):
        return INIT
    return word.rpartition("/")[2] if word.startswith("/") else word


def strip_prefixes(words: Sequence[str | None]) -> int | None:
    """The index of the program's name behind sudo and its like; None where it is not known, the number of words where
    there is none."""
    at = 0
    while at < len(words):
        word = words[at]
        if word is None:
            return None
        name = base(word)
        if name not in PREFIXES:
            return at
        following = words[at + 1] if at + 1 < len(words) else None
        if name in ("command",) and following in ("-v", "-V"):
            return len(words)
        at = _behind_options(words, at + 1, PREFIXES[name], name)
    return len(words)


def _behind_options(words: Sequence[str | None], at: int, valued: str, name: str) -> int:
    while at < len(words):
        word = words[at]
        if word == "--":
            return at + 1
        if name == "action" and word is not None and (" " in word or ":" in word):
            at += 1  # Red Hat's `action "Doing so: " COMMAND`
        elif word and len(word) > 1 and word[0] == "-":
            # An option whose value is a word of its own.
            at += 2 if len(word) == 2 and word[1] in valued else 1
        elif word and "=" in word and name in ("env", "sudo", "doas") and not word.startswith(("/", "=")):
            at += 1
        else:
            return at
    return at


_LISTING_LETTERS = {"ipvsadm": "LlSvh", "iptables": "LSVh", "arptables": "LSVh"}
_LISTING_LONG = frozenset({"--list", "--save", "--version", "--help", "--list-rules"})
_IP_LOOKS = frozenset(("show", "list", "ls", "lst", "sh", "s", "l", "get", "monitor", "help", "save", "showdump"))


def only_looks(tool: str, words: Sequence[str | None]) -> bool:
    """Whether a run changes nothing; `words` are the words behind the program's name."""
    first = words[0] if words else ""
    if tool in ("ipvsadm", "iptables", "ip6tables", "arptables") or tool.startswith(("iptables-", "ip6tables-")):
        if tool.endswith("-restore"):
            return False
        if tool.endswith("-save"):
            return True
        letters = _LISTING_LETTERS.get(tool, _LISTING_LETTERS["iptables"])
        if tool == "ipvsadm":
            return not words or _is_listing(words[0], letters)
        return any(_is_listing(word, letters) for word in words)
    if tool == "ip":
        plain = [word for word in words if not (word or "").startswith("-")]
        return len(plain) < 2 or plain[1] in _IP_LOOKS
    if tool == "sysctl":
        marks = [word or "" for word in words]
        return not any((w.startswith("-") and set(w) & set("wpf")) or "=" in w or w == "--system" for w in marks)
    if tool in ("service", INIT, "systemctl"):
        verbs = {"status", "is-active", "is-enabled", "list-units", "show", "cat", "--status-all", "list-unit-files"}
        return not words or any(word in verbs for word in words)
    if tool == "chkconfig":
        return "--list" in words or len(words) < 2
    if tool == "nft":
        return "list" in words or first in ("-v", "--version", "-h", "monitor")
    if tool in ("keepalived", "modprobe"):
        looks = {"-v", "--version", "-h", "--help", "-t", "-l", "--config-test", "-n", "--show-depends", "-V", "-c"}
        return bool(words) and any(word in looks for word in words)
    if tool in ("ifconfig", "route", "hostname"):
        plain = [word for word in words if not (word or "").startswith("-")]
        return len(plain) < (2 if tool == "ifconfig" else 1)
    return tool in ("cat", "arping", "genhash")


def _is_listing(word: str | None, letters: str) -> bool:
    if word is None or not word.startswith("-"):
        return False
    if word.startswith("--"):
        return word.partition("=")[0] in _LISTING_LONG
    return word[1:2] in tuple(letters) or (word[1:].isalpha() and word[-1] in letters and word[-1] in "LS")
