"""Notes that put a command behind a few words and a colon: `To undo: ipvsadm -D …`."""

from __future__ import annotations

import re

_LABEL = re.compile(r"[ \t]*[^:：\r\n`\"'/=]{1,60}(?::[ \t]+|：[ \t]*)")
_TAKES_BACK = re.compile(
    r"undo|remov|delet|revert|roll ?back|take (?:it )?back|entfern|lösch|rückgängig|削除|取り消|戻", re.IGNORECASE
)


def label_end(text: str) -> int:
    """Where the line goes on behind its label; 0 where it has none."""
    label = _LABEL.match(text)
    return label.end() if label else 0


def undo_label(text: str) -> int:
    """The same for labels that tell how to take something back."""
    end = label_end(text)
    return end if end and _TAKES_BACK.search(text, 0, end) else 0
