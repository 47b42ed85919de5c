"""Goes through a script as a shell would, without running anything: which commands, in which order."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from lvscompile.frontends.shell.calls import Calls
from lvscompile.frontends.shell.conditions import judge
from lvscompile.frontends.shell.expand import Field, Scope, expand_all, expand_one, matches, merge
from lvscompile.frontends.shell.status import ASSUMED, FAILED, OK, UNKNOWN, Context, Stop, status_of
from lvscompile.frontends.shell.walk import assigned, simples, span
from lvscompile.ir.shell import Command, Condition, Embedded, Kept
from lvscompile.syntax.remarks import Remark
from lvscompile.syntax.shell import nodes
from lvscompile.syntax.shell.nodes import Node, Part, Plain, Simple, Word
from lvscompile.syntax.shell.nodes import Sequence as Nodes
from lvscompile.syntax.shell.read import Reading
from lvscompile.syntax.statements import Stmt

# How often bodies of loops and functions are gone through, in all; how many commands they give, in all.
MAX_ROUNDS = 10_000
MAX_UNROLLED = 100_000
MAX_DEPTH = 60

_ALL = (Part("name", "@", True),)
_ABSENT = object()
_NOWHERE = Context()


class Runner:
    """Takes complete commands one after the other; `items` is what they run."""

    def __init__(self, mode: str = "script", is_boot: bool = False) -> None:
        self.scope = Scope()
        self.functions: dict[str, tuple[nodes.Function, Reading]] = {}
        self.items: list[Command | Kept | Embedded] = []
        self.aside: list[Command | Kept | Embedded] = []
        self.remarks: list[Remark] = []
        self.kept_at: set[int] = set()  # ids of the statements that hold a command nobody models
        self.visited: set[int] = set()
        self.conditions: tuple[Condition, ...] = ()
        self.stop: Stop | None = None
        self.last = OK  # what the last command has told
        self.context = Context()
        self._reading: Reading | None = None
        self._starts: list[int] = []
        self._partly: list[Reading] = []
        self._rounds = 0
        self._depth = 0
        self._remarked: set[tuple[str, int]] = set()
        self._locals: list[dict[str, object]] = []
        self._calls = Calls(self)
        self._mode = mode
        self._is_boot = is_boot

    def run(self, reading: Reading, context: Context = _NOWHERE) -> None:
        """Run one complete command."""
        self._enter(reading)
        self.context = context
        # One plain line has run when it is reached.
        if self.stop or len(reading.nodes) != 1 or not isinstance(reading.nodes[0], Plain):
            self._partly.append(reading)
        self.sequence(reading.nodes)
        if self._mode == "document":
            self.stop = None  # whoever wrote notes went on

    def finish(self) -> None:
        """Note all commands that have not run."""
        for reading in self._partly:
            self._enter(reading)
            for simple, why, decider in simples(reading.nodes):
                if id(simple) not in self.visited:
                    start, end = map(reading.place, span(decider))
                    self._calls.aside(simple, Condition(why, start, end))

    # What runs, in order.

    def sequence(self, nodes: Nodes) -> int:
        status = OK
        for node in nodes:
            if self.stop:
                break
            status = self.node(node)
        return status

    def node(self, node: Node) -> int:
        if isinstance(node, Simple):
            self.last = self._calls.simple(node)
            return self.last
        if self._depth >= MAX_DEPTH:
            self.remark("too-deep", node)
            return UNKNOWN
        self._depth += 1
        status = self._compound(node)
        self._depth -= 1
        self.last = status
        return status

    def _compound(self, node: Node) -> int:
        if isinstance(node, nodes.AndOr):
            return self._and_or(node)
        if isinstance(node, nodes.Pipeline):
            return self._pipeline(node)
        if isinstance(node, nodes.Function):
            self.functions[node.name] = (node, self.here())
            return OK
        with self._calls.into(node.redirects):
            if isinstance(node, nodes.If):
                return self._if(node)
            if isinstance(node, nodes.For):
                return self._for(node)
            if isinstance(node, nodes.While):
                self.remark("loop-not-run", node)
                for name in assigned((*node.condition, *node.body)):
                    self.scope.set(name, None)
                return UNKNOWN
            if isinstance(node, nodes.Case):
                return self._case(node)
            if isinstance(node, nodes.Brackets):
                return self._test(node)
            assert isinstance(node, nodes.Group)
            return self._group(node)

    def _and_or(self, node: nodes.AndOr) -> int:
        if node.background:
            with self.subshell():
                self._chain(node)
            return OK
        return self._chain(node)

    def _chain(self, node: nodes.AndOr) -> int:
        status, decider = self.node(node.first), node.first
        for operator, following in node.rest:
            if self.stop:
                break
            wanted = operator == "&&"
            if status in (OK, FAILED):
                if (status == OK) == wanted:
                    status = self.node(following)
            elif status == ASSUMED:
                if wanted:
                    status = self._under("success", decider, following)
            else:
                self._under("test", decider, following)
                status = UNKNOWN
            decider = following
        return status

    def _under(self, kind: str, decider: Node, node: Node) -> int:
        """Run under a condition. What only might stop the script does not stop it."""
        before = self.conditions
        self.conditions = (*before, self._condition(kind, *span(decider)))
        status = self.node(node)
        self.conditions = before
        if kind != "success":
            self.stop = None
        return status

    def _pipeline(self, node: nodes.Pipeline) -> int:
        status = OK
        if len(node.commands) == 1:
            status = self.node(node.commands[0])
        else:
            status = self._calls.piped(node.commands)
        if not node.negated:
            return status
        return {OK: FAILED, FAILED: OK}.get(status, UNKNOWN)

    @contextmanager
    def subshell(self) -> Iterator[None]:
        """What runs inside leaves no trace in variables, functions and folder."""
        scope, functions, local = self.scope, self.functions, self._locals
        self.scope, self.functions, self._locals = scope.copy(), dict(functions), [dict(names) for names in local]
        yield
        self.scope, self.functions, self._locals, self.stop = scope, functions, local, None

    def _group(self, node: nodes.Group) -> int:
        if not node.subshell:
            return self.sequence(node.body)
        with self.subshell():
            return self.sequence(node.body)

    def _test(self, node: nodes.Brackets) -> int:
        if not node.words:
            return UNKNOWN
        words = [None if w.value is None and not w.parts else expand_one(w, self.scope) for w in node.words]
        return status_of(judge(words, True))

    def _if(self, node: nodes.If) -> int:
        scopes: list[Scope] = []
        status = OK
        for condition, body in node.branches:
            verdict = self.sequence(condition)
            if self.stop:
                return verdict
            if verdict == FAILED:
                continue
            status = self._branch(body, scopes, bool(scopes) or verdict != OK, condition)
            if verdict == OK:
                break
        else:
            status = self._branch(node.otherwise, scopes, bool(scopes), node.branches[-1][0])
        merge(scopes, self.scope)
        return status if len(scopes) == 1 else UNKNOWN

    def _branch(self, body: Nodes, scopes: list[Scope], doubtful: bool, condition: Nodes) -> int:
        """Run one of several branches; `doubtful` where another one may run instead."""
        if not doubtful:
            scopes.append(self.scope)
            return self.sequence(body)
        outer, before = self.scope, self.conditions
        self.scope = outer.copy()
        if condition:
            start, end = span(condition[0])[0], span(condition[-1])[1]
            self.conditions = (*before, self._condition("test", start, end))
        status = self.sequence(body)
        scopes.append(self.scope)
        # What only might stop the script does not stop it.
        self.scope, self.conditions, self.stop = outer, before, None
        return status

    def _condition(self, kind: str, start: int, end: int) -> Condition:
        place = self.here().place
        return Condition(kind, place(start), place(end))

    def _for(self, node: nodes.For) -> int:
        words = node.words if node.words is not None else (Word(node.start, node.start, None, True, _ALL),)
        for field in expand_all(words, self.scope):
            if not self._round(node):
                break
            self.scope.set(node.name, field.text)
            before = self.conditions
            if field.text is None:
                self.conditions = (*before, self._condition("loop", field.word.start, field.word.end))
            self.sequence(node.body)
            self.conditions = before
            if self.stop and field.text is None:
                self.stop = None
            if self._leaves_loop():
                break
        return OK

    def _leaves_loop(self) -> bool:
        stop = self.stop
        if stop is None:
            return False
        if stop.kind in ("break", "continue"):
            self.stop = Stop(stop.kind, stop.levels - 1) if stop.levels > 1 else None
            return stop.kind == "break" or stop.levels > 1
        return True

    def _round(self, node: Node) -> bool:
        """Whether another round of a loop, or call of a function, may be run."""
        self._rounds += 1
        if self._rounds <= MAX_ROUNDS and len(self.items) <= MAX_UNROLLED + self._rounds:
            return True
        self.remark("too-many-rounds", node)
        return False

    def _case(self, node: nodes.Case) -> int:
        subject = expand_one(node.subject, self.scope)
        if subject is None and self._is_boot and self._is_first_parameter(node.subject):
            subject = "start"
            self.remark("start-branch", node)
        scopes: list[Scope] = []
        status = OK
        for branch in node.branches:
            verdict = matches(subject, branch.patterns, self.scope)
            if verdict is False:
                continue
            doubtful = verdict is None or bool(scopes)
            status = self._branch(branch.body, scopes, doubtful, (_as_node(node.subject),))
            if verdict:
                break
        else:
            if scopes:
                scopes.append(self.scope)
        merge(scopes, self.scope)
        return status if len(scopes) <= 1 else UNKNOWN

    def _is_first_parameter(self, word: Word) -> bool:
        return any(part.kind == "name" and part.text == "1" for part in word.parts) and self.scope.positional is None

    def call(self, name: str, fields: Sequence[Field], node: Simple) -> int:
        """Run the body of a function in place of its call."""
        function, reading = self.functions[name]
        if self._depth >= MAX_DEPTH:
            self.remark("too-deep", node)
            return UNKNOWN
        if not self._round(node):
            return UNKNOWN
        outer, before = self.scope.positional, self.here()
        self.scope.positional = [field.text for field in fields]
        self._enter(reading)
        self._locals.append({})
        self._depth += 1
        status = self.node(function.body)
        self._depth -= 1
        for variable, value in self._locals.pop().items():
            if value is _ABSENT:
                self.scope.values.pop(variable, None)
            else:
                self.scope.values[variable] = value  # type: ignore[assignment]
        self._enter(before)
        self.scope.positional = outer
        if self.stop and self.stop.kind == "return":
            self.stop = None
        return status

    # For the commands of the shell itself.

    def declare(self, name: str, value: str | None, is_local: bool) -> None:
        if is_local and self._locals:
            self._locals[-1].setdefault(name, self.scope.values.get(name, _ABSENT))
        self.scope.set(name, value)

    def leave(self, kind: str, levels: int) -> None:
        self.stop = Stop(kind, levels)

    def keep(self, node: Simple, fields: Sequence[Field]) -> int:
        return self._calls.keep(node, fields, "unknown")

    # What the others need.

    def here(self) -> Reading:
        assert self._reading is not None
        return self._reading

    def _enter(self, reading: Reading) -> None:
        self._reading = reading
        if len(reading.stmts) > 1:
            self._starts = [stmt.start for stmt in reading.stmts]

    def origin(self, offset: int) -> Stmt:
        """The statement that holds this offset of the source."""
        stmts = self.here().stmts
        return stmts[0] if len(stmts) == 1 else stmts[max(0, bisect_right(self._starts, offset) - 1)]

    def remark(self, kind: str, node: Node) -> None:
        """Notice something about a node, once."""
        start, end = map(self.here().place, span(node))
        if (kind, start) not in self._remarked:
            self._remarked.add((kind, start))
            self.remarks.append(Remark(kind, self.origin(start), start=start, end=end))


def _as_node(word: Word) -> Simple:
    return Simple(word.start, word.end, (), (word,))
