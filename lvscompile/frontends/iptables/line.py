"""One iptables command line, word by word, as getopt_long(3) and iptables take it."""

from __future__ import annotations

from collections.abc import Sequence

from lvscompile.frontends.iptables import conditions
from lvscompile.frontends.iptables.getopt import COMMANDS, NONE, OPTIONAL, SHORT, Loaded, Own, Theirs, find, obsolete
from lvscompile.frontends.iptables.numbers import counted, within
from lvscompile.frontends.iptables.refusal import Fail
from lvscompile.syntax.iptables.names import protocol_name
from lvscompile.syntax.iptables.options import extension, match_of_protocol

LONGEST_NAME = 28
INT_MAX = 2**31 - 1


class Line:
    """What one command line has said so far."""

    __slots__ = (
        "argument", "at", "chain", "command", "counters", "family", "goto", "index", "invert", "loaded", "number",
        "proto_used", "protocol", "protocol_word", "repairs", "restore", "skip", "strict", "table", "target", "used",
        "words",
    )  # fmt: skip

    def __init__(self, words: Sequence[str], family: int, strict: bool, table: str) -> None:
        self.words = words
        self.family = family
        self.strict = strict
        self.table = table or "filter"
        self.restore = bool(table)
        self.command = self.chain = self.argument = ""
        self.number = 0
        self.counters: tuple[int, int] | None = None
        self.index = self.at = 0
        self.invert = self.proto_used = self.goto = self.skip = False
        self.loaded: list[Loaded] = []
        self.target: Loaded | None = None
        self.protocol: int = 0
        self.protocol_word = ""
        self.used: dict[str, tuple[bool, str]] = {}
        self.repairs: list[tuple[str, int]] = []

    # -- the loop

    def read(self) -> None:
        words = self.words
        count = len(words)
        while self.index < count:
            self.at = self.index
            word = words[self.index]
            self.index += 1
            if word[:2] == "--":
                if word == "--":
                    if self.index < count:
                        raise Fail("unknown arguments found on commandline")
                    break
                self._long(word)
            elif word[:1] == "-" and word != "-":
                if len(word) == 2:
                    self._own(word[1], SHORT.get(word[1]), None)
                else:
                    self._bundle(word)
            elif word == "!":
                if self.invert:
                    raise Fail("multiple consecutive ! not allowed")
                self.invert = True
                continue
            else:
                raise Fail(f"Bad argument `{word}'")
            if self.skip:
                return
            self.invert = False

    def _long(self, word: str) -> None:
        name, equals, value = word[2:].partition("=")
        given = value if equals else None
        found = find(name, self.loaded)
        if found is None and self._load_protocol():
            found = find(name, self.loaded)
            if found is None:
                self.loaded.pop()
                self.proto_used = False
        if found is None and not self.strict:
            found = obsolete(name, self.loaded)
            if found:
                self.repairs.append(("obsolete-option", self.at))
        if found is None:
            if self._unknown(name, given):
                return
            raise Fail(f'unknown option "{word}"')
        if isinstance(found, Own):
            if given is not None and found.takes == NONE:
                raise Fail(f'unknown option "{word}"')
            self._own(found.letter, found.takes, given)
        else:
            self._theirs(found, given)

    def _bundle(self, word: str) -> None:
        """`-nvL`, `-ptcp`."""
        place = 1
        while place < len(word):
            letter = word[place]
            takes = SHORT.get(letter)
            rest = word[place + 1 :]
            if takes is None or takes == NONE:
                self._own(letter, takes, None)
                place += 1
            else:
                self._own(letter, takes, rest or None)
                return

    def _load_protocol(self) -> bool:
        """The protocol's own match comes when one of its options does."""
        if not self.protocol_word or self.proto_used:
            return False
        self.proto_used = True
        number = within(self.protocol_word, 0, 255)
        name = self.protocol_word if number is None else protocol_name(number)
        found = match_of_protocol(name, self.family)
        if found is None:
            return False
        self.loaded.append(Loaded("match", found.name, found))
        return True

    # -- words of an option

    def _argument(self, given: str | None) -> str:
        if given is not None:
            return given
        if self.index >= len(self.words):
            raise Fail(f'option "{self.words[self.at]}" requires an argument')
        self.index += 1
        return self.words[self.index - 1]

    def _turned(self, given: str | None) -> str:
        """The word of an option, behind the `!` that old versions had there."""
        word = self._argument(given)
        if word == "!" and not self.strict and given is None and self.index < len(self.words):
            self.repairs.append(("negation-behind", self.index - 1))
            self.invert = not self.invert
            return self._argument(None)
        return word

    def _has_word(self) -> bool:
        return self.index < len(self.words) and self.words[self.index][:1] not in ("-", "!")

    def _optional(self, given: str | None = None) -> str:
        if given is not None:
            return given
        return self._argument(None) if self._has_word() else ""

    def _theirs(self, found: Theirs, given: str | None) -> None:
        loaded, row = found
        words = ""
        if row.words == 0:
            if given is not None:
                raise Fail(f'unknown option "{self.words[self.at]}"')
        else:
            words = self._turned(given)
            if row.words == 2:
                if not self._has_word():
                    raise Fail(f"--{row.written} requires two args.")
                words = f"{words}\0{self._argument(None)}"
        loaded.given.append((row.written, self.invert, words))

    def _unknown(self, name: str, given: str | None) -> bool:
        """An option that may be one of an extension that nobody knows here: its words are those up to the next."""
        if self.strict:
            return False
        owner = next((each for each in reversed(self.loaded) if each.extension is None), None)
        if owner is None:
            return False
        words = [given] if given is not None else []
        if not words and self.index < len(self.words) and self.words[self.index] == "!":
            follows = self.words[self.index + 1 : self.index + 2]
            if follows and follows[0][:1] != "-":
                self.invert = True
                self.index += 1
        while self._has_word() and given is None:
            words.append(self._argument(None))
        owner.given.append((name, self.invert, "\0".join(words)))
        return True

    # -- iptables' own options

    def _own(self, letter: str, takes: int | None, given: str | None) -> None:
        if letter in COMMANDS:
            self._command(letter, takes, given)
            return
        handler = _HANDLERS.get(letter)
        if takes is None or handler is None:
            raise Fail(f'unknown option "-{letter}"')
        handler(self, letter, given)

    def _once(self, letter: str, word: str = "", invertible: bool = False) -> None:
        if letter in self.used:
            raise Fail(f"multiple -{letter} flags not allowed")
        if self.invert and not invertible:
            raise Fail(f"cannot have ! before -{letter}")
        self.used[letter] = (self.invert, word)

    def _word_option(self, letter: str, given: str | None) -> None:
        word = self._turned(given)
        if letter in "io" and not word:
            raise Fail("Empty interface is likely to be undesired")
        self._once(letter, word, True)

    def _protocol(self, letter: str, given: str | None) -> None:
        self._turned(given)
        # Even where the word hangs on the letter, as in `-ptcp`, all of it is taken for the name.
        word = self.words[self.index - 1].lower()
        self._once("p", word, True)
        self.protocol_word = word
        self.protocol = conditions.protocol_number_of(word)
        if self.protocol == 0 and self.invert:
            raise Fail("rule would never match protocol")

    def _fragment(self, letter: str, given: str | None) -> None:
        if self.family == 6:
            raise Fail("`-f' is not supported in IPv6, use -m frag instead")
        self._once("f", "", True)

    def _flag(self, letter: str, given: str | None) -> None:
        if letter != "v" or "v" not in self.used:
            self._once(letter)

    def _match(self, letter: str, given: str | None) -> None:
        name = self._argument(given)
        if self.invert:
            raise Fail("unexpected ! flag before --match")
        if len(name.encode("utf-8", "surrogateescape")) > LONGEST_NAME:
            raise Fail(f'Invalid match name "{name}" ({LONGEST_NAME} chars max)')
        found = extension("match", name, self.family) or match_of_protocol(name, self.family)
        if found is None:
            if self.strict or not name:
                raise Fail(f"Couldn't load match `{name}':No such file or directory")
            self.repairs.append(("unknown-match", self.index - 1))
        self.loaded.append(Loaded("match", found.name if found else name, found))

    def _jump(self, letter: str, given: str | None) -> None:
        name = self._argument(given)
        self._once("j", name)
        if not name:
            raise Fail("Invalid target name (too short)")
        if len(name.encode("utf-8", "surrogateescape")) > LONGEST_NAME:
            raise Fail(f"Invalid target name `{name}' ({LONGEST_NAME} chars max)")
        if set(name) & set(" \t\n\v\f\r"):
            raise Fail(f"Invalid target name `{name}'")
        self.goto = letter == "g"
        self.target = Loaded("target", name, None if self.goto else extension("target", name, self.family))
        if not self.goto:
            self.loaded.append(self.target)

    def _table(self, letter: str, given: str | None) -> None:
        word = self._argument(given)
        if self.invert:
            raise Fail("unexpected ! flag before --table")
        if self.restore:
            raise Fail("The -t option cannot be used in iptables-restore.")
        self.table = word

    def _wait(self, letter: str, given: str | None) -> None:
        if self.restore:
            raise Fail(f"You cannot use `-{letter}' from iptables-restore")
        word = self._optional(given)
        if word and not word[:1].isdigit():
            raise Fail("wait seconds not numeric" if letter == "w" else "wait interval not numeric")

    def _modprobe(self, letter: str, given: str | None) -> None:
        self._argument(given)

    def _counters(self, letter: str, given: str | None) -> None:
        word = self._argument(given)
        self._once("c", word)
        packets, comma, octets = word.partition(",")
        if not comma:
            octets = self._optional()
        if not octets:
            raise Fail("-c requires packet and byte counter")
        found = counted(packets), counted(octets)
        for value, what in zip(found, ("packet", "byte"), strict=True):
            if value is None:
                raise Fail(f"-c {what} counter not numeric")
        self.counters = (found[0] or 0, found[1] or 0)

    def _of_family(self, letter: str, given: str | None) -> None:
        if int(letter) != self.family:
            if not self.restore:
                raise Fail("Try `iptables -h' or 'iptables --help' for more information.")
            self.skip = True

    def _show(self, letter: str, given: str | None) -> None:
        """-h and -V print something and stop."""
        self.skip = True

    # -- commands

    def _command(self, letter: str, takes: int | None, given: str | None) -> None:
        name = COMMANDS[letter]
        word = self._argument(given) if takes != OPTIONAL else self._optional(given)
        if letter == "N":
            conditions.chain_name(word, self.family)
        if self.invert:
            raise Fail("unexpected '!' flag")
        self._combine(letter, name)
        self.chain = word or self.chain
        if letter == "D" and self._has_word():
            self.number = self._rule_number()
        elif letter == "R":
            if not self._has_word():
                raise Fail("-R requires a rule number")
            self.number = self._rule_number()
        elif letter == "I":
            self.number = self._rule_number() if self._has_word() else 1
        elif letter in "LSZ" and self._has_word():
            self.number = self._rule_number()
        elif letter == "E":
            if not self._has_word():
                raise Fail("-E requires old-chain-name and new-chain-name")
            self.argument = self._argument(None)
        elif letter == "P":
            if not self._has_word():
                raise Fail("-P requires a chain and a policy")
            self.argument = self._argument(None)

    def _combine(self, letter: str, name: str) -> None:
        """-Z goes with -L and -S; nothing else goes with anything."""
        together = {"zero": ("list", "list-rules"), "list": ("zero",), "list-rules": ("zero",)}
        if self.command and self.command not in together.get(name, ()):
            other = next(key for key, value in COMMANDS.items() if value == self.command)
            raise Fail(f"Cannot use -{letter} with -{other}")
        if self.command:
            self.argument = "list"
        self.command = "zero" if self.command else name

    def _rule_number(self) -> int:
        word = self._argument(None)
        found = within(word, 1, INT_MAX)
        if found is None:
            raise Fail(f"Invalid rule number `{word}'")
        return found


_HANDLERS = {
    **dict.fromkeys("sdio", Line._word_option),
    "p": Line._protocol,
    "f": Line._fragment,
    **dict.fromkeys("vnx0", Line._flag),
    "m": Line._match,
    **dict.fromkeys("jg", Line._jump),
    "t": Line._table,
    **dict.fromkeys("wW", Line._wait),
    "M": Line._modprobe,
    "c": Line._counters,
    **dict.fromkeys("46", Line._of_family),
    **dict.fromkeys("hV", Line._show),
}
