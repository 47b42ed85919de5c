"""The words of `convert --vrrp`, as vrid=51,interface=eth1,priority=150,state=MASTER,advert=1,name=VI_1,auth=WORD."""

from __future__ import annotations

import re

from lvscompile.app.compose import Vrrp

_NEEDED = ("vrid", "interface", "priority")
# Word -> what it looks like, the lowest and the highest number, what is said otherwise.
_WORDS: dict[str, tuple[str, float, float, str]] = {
    "vrid": (r"[0-9]{1,3}", 1, 255, "a number from 1 to 255 is needed"),
    "interface": (r"[^\s/,\"#!{}@$~]{1,15}", 0, 0, "a name of at most 15 characters is needed"),
    "priority": (r"[0-9]{1,3}", 1, 255, "a number from 1 to 255 is needed"),
    "state": (r"MASTER|BACKUP", 0, 0, "MASTER or BACKUP is needed"),
    "advert": (r"[0-9]{1,3}(?:\.[0-9]{1,2})?", 0.01, 255, "seconds from 0.01 to 255 are needed"),
    "name": (r"[^\s,\"#!{}@$~]+", 0, 0, "one word is needed"),
    "auth": (r"[^\s,\"]{1,8}", 0, 0, "one to eight characters are needed"),
}


def parse_vrrp(text: str) -> Vrrp:
    """Raises ValueError with the reason."""
    words: dict[str, str] = {}
    for part in text.split(","):
        name, equals, value = part.strip().partition("=")
        if name not in _WORDS or not equals:
            raise ValueError(f"{part!r} is none of {', '.join(f'{each}=' for each in _WORDS)}.")
        if name in words:
            raise ValueError(f"{name} is there twice.")
        pattern, low, high, needed = _WORDS[name]
        if not re.fullmatch(pattern, value) or (high and not low <= float(value) <= high):
            raise ValueError(f"{name}={'...' if name == 'auth' else value}: {needed}.")
        words[name] = value
    missing = [name for name in _NEEDED if name not in words]
    if missing:
        raise ValueError(f"{', '.join(missing)} must be said too.")
    return Vrrp(int(words.pop("vrid")), words.pop("interface"), int(words.pop("priority")), **words)
