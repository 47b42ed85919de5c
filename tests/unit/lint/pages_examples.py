"""The examples on the rules' pages (`lvscompile/lint/pages/README.md` has their little language)."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path

from lvscompile.lint import pages
from lvscompile.lint.pages import page

SECTIONS = ("What happens", "Bad", "Good", "How to mend", "Evidence")
PAGES = sorted(path.stem for path in Path(pages.__file__).parent.glob("LVS*.md"))
_FENCE = re.compile(r"^```(?P<info>[^\n]*)\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)
_PLACEHOLDERS = {"nul": ("<NUL>", "\0"), "long": ("<LONG>", "x" * 1100)}


@dataclass
class Example:
    """One example: the files of each host, and what the tests are told about it."""

    hosts: dict[str, dict[str, str]] = field(default_factory=dict)
    executable: set[str] = field(default_factory=set)
    target: str = ""
    also: set[str] = field(default_factory=set)
    live: bool = False
    whole: set[str] = field(default_factory=set)
    """Hosts that are directories."""
    converted: bool = False
    """It shows what a conversion loses, not what the linter finds."""
    to: str = "keepalived"
    vrrp: str = ""
    """What the conversion is asked for."""

    def write(self, folder: Path) -> dict[str, Path]:
        """Lay the files out, one folder a host; the main file of each."""
        for host, files in self.hosts.items():
            for name, text in files.items():
                path = folder / host / name
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(text, encoding="utf-8")
                path.chmod(0o755 if name in self.executable else 0o644)
        return {host: self.main(folder, host) for host in self.hosts}

    def main(self, folder: Path, host: str) -> Path:
        """What is given to the linter: a keepalived.conf, or the directory of a whole host."""
        return folder / host if host in self.whole else folder / host / "keepalived.conf"


def title(code: str) -> tuple[str, str, str]:
    """Code, name and severity as the page's first line says them."""
    match = re.match(r"# (\S+) (\S+) \((\w+)\)\n", page(code) or "")
    assert match is not None, f"{code}.md does not begin with a title"
    return match[1], match[2], match[3]


def sections(code: str) -> dict[str, str]:
    """The page's sections by heading, in their order; the text before the first under ""."""
    parts = re.split(r"^## (.+)\n", page(code) or "", flags=re.MULTILINE)
    return {"": parts[0], **dict(zip(parts[1::2], parts[2::2], strict=True))}


def example(code: str, section: str) -> Example:
    found = Example()
    host = "lvs1"
    for fence in _FENCE.finditer(sections(code)[section]):
        language, *words = fence["info"].split()
        assert language in ("keepalived", "convert", "file"), fence["info"]
        found.converted = found.converted or language == "convert"
        name, text = "keepalived.conf", fence["text"]
        if language == "file":
            host, _, name = words.pop(0).partition("/")
            found.whole.add(host)
        for word in words:
            key, _, value = word.partition("=")
            if key == "include":
                name = value
            elif key == "executable":
                found.executable.add(name)
            elif key == "live":
                found.live = True
            elif key == "bom":
                text = "\ufeff" + text
            elif key in _PLACEHOLDERS:
                text = text.replace(*_PLACEHOLDERS[key])
            elif key == "convert":
                found.converted = True
            elif key == "to":
                found.to = value
            elif key == "vrrp":
                found.vrrp = value
            elif key == "target":
                found.target = value
            elif key == "also":
                found.also.update(value.split(","))
            else:
                assert re.fullmatch(r"lvs\d", word), f"unknown word in {fence['info']!r}"
                host = word
        files = found.hosts.setdefault(host, {})
        assert name not in files, f"{name} of {host} is there twice"
        files[name] = text
    return found
