"""What the tests of the linter are written with: texts, the files of hosts, and how a table shows a finding."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from lvscompile.syntax.findings import Finding, Span

# What a sound configuration with scripts has.
SECURE = "global_defs {\n    enable_script_security\n    script_user root\n}\n"

Texts = str | bytes | Mapping[str, str | bytes]
Findings = Callable[..., list[Finding]]


def write(folder: Path, texts: Texts) -> Path:
    """Write one text, or several by name, into a folder: its keepalived.conf, or the folder where that is a whole host's
    (a name has a slash, or none is keepalived.conf).
    """
    named = {"keepalived.conf": texts} if isinstance(texts, str | bytes) else texts
    for name, text in named.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text if isinstance(text, bytes) else text.encode("utf-8", "surrogateescape"))
    whole = "keepalived.conf" not in named or any(name.startswith(("etc/", "usr/")) for name in named)
    return folder if whole else folder / "keepalived.conf"


def place(span: Span) -> str:
    """`line:column-line:column`, the second just behind the last character; `line:column-column` on one line."""
    (line, column), (end_line, end_column) = span.begin(), span.finish()
    return f"{line}:{column}-{end_column}" if line == end_line else f"{line}:{column}-{end_line}:{end_column}"


def shown(finding: Finding) -> str:
    """`CODE severity/effect place`, then `+ place` for each related place."""
    related = "".join(f" +{place(note.span)}" for note in finding.related)
    return f"{finding.code} {finding.severity}/{finding.effect} {place(finding.span)}{related}"


def instance(*lines: str, name: str = "VI_1", vips: tuple[str, ...] = ("192.0.2.10/24",)) -> str:
    """A sound vrrp_instance with some lines more, which begin at line 4."""
    body = [f"vrrp_instance {name} {{", "    interface eth0", "    virtual_router_id 61"]
    body += [f"    {line}" for line in lines]
    body += ["    virtual_ipaddress {", *(f"        {vip}" for vip in vips), "    }", "}"]
    return "\n".join(body) + "\n"


def service(*lines: str) -> str:
    """A sound virtual_server with some lines more in its real server, which begin at line 6."""
    head = ["virtual_server 192.0.2.10 80 {", "    lb_algo rr", "    lb_kind NAT", "    protocol TCP"]
    server = ["    real_server 198.51.100.1 80 {", *(f"        {line}" for line in lines), "    }"]
    return "\n".join([*head, *server, "}"]) + "\n"
