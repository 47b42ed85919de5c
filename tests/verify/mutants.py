"""Takes the conditions out of the rules, one at a time, and sees whether a test minds.

    python tests/verify/mutants.py [--only MODULE|CODE] [--shard K/N] [--whole] [--record]

Each function in `lvscompile/lint/rules/` is changed in one place (a condition always true, or never; an operand of an
`and` left out; a comparison turned round, or off by one), and the linter's unit tests run until one fails. A mutant that
no test notices is a survivor: a condition that nobody tests, or one that changes nothing. Survivors must be explained
in `survivors.json`, and an explanation that explains nothing is an error too.

With `--whole` there is one mutant a rule: the rule with all of its conditions taken out at once.

All mutants run in forks of one process that has collected the tests once, so each takes a fraction of a second.
"""

from __future__ import annotations

import argparse
import ast
import copy
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from importlib import import_module
from pathlib import Path
from types import FunctionType, ModuleType
from typing import NamedTuple

import pytest
from _pytest.runner import runtestprotocol

ROOT = Path(__file__).resolve().parents[2]
EXPLAINED = Path(__file__).with_name("survivors.json")
EVIDENCE = ROOT / "tests" / "evidence" / "mutants.json"
LIMIT = 60  # seconds that one mutant's tests may take
BROKEN = 3

_FUTURE = ast.parse("from __future__ import annotations").body[0]  # what a module's annotations name need not exist
_TURNED = {
    ast.Lt: (ast.LtE, ast.GtE), ast.LtE: (ast.Lt, ast.Gt), ast.Gt: (ast.GtE, ast.LtE), ast.GtE: (ast.Gt, ast.Lt),
    ast.Eq: (ast.NotEq,), ast.NotEq: (ast.Eq,), ast.In: (ast.NotIn,), ast.NotIn: (ast.In,),
    ast.Is: (ast.IsNot,), ast.IsNot: (ast.Is,),
}  # fmt: skip


class Mutant(NamedTuple):
    """One changed function. `code` is the rule's, or "" for a helper of several rules."""

    module: str
    function: str
    code: str
    change: str
    tree: ast.FunctionDef

    @property
    def key(self) -> str:
        return f"{self.module}.{self.function}: {self.change}"


def mutants_of(module: ModuleType) -> Iterator[Mutant]:
    """All mutants of a module's functions, in order."""
    assert module.__file__ is not None
    tree = ast.parse(Path(module.__file__).read_text())
    for node in tree.body:
        if isinstance(node, ast.FunctionDef):
            name = module.__name__.rpartition(".")[2]
            for change, changed in _changes(node):
                yield Mutant(name, node.name, _code(node), change, changed)


class _Unconditional(ast.NodeTransformer):
    """Guards that leave early never hold, every other condition always does."""

    def visit_If(self, node: ast.If) -> ast.If:
        self.generic_visit(node)
        leaves = all(isinstance(each, ast.Return | ast.Continue) for each in node.body)
        node.test = ast.copy_location(ast.Constant(not leaves), node.test)
        return node


def whole(module: ModuleType) -> Iterator[Mutant]:
    """Each rule of a module without any of its conditions."""
    assert module.__file__ is not None
    for node in ast.parse(Path(module.__file__).read_text()).body:
        if isinstance(node, ast.FunctionDef) and _code(node):
            code, node.decorator_list = _code(node), []
            changed = ast.fix_missing_locations(_Unconditional().visit(copy.deepcopy(node)))
            if ast.dump(changed) != ast.dump(node):
                yield Mutant(module.__name__.rpartition(".")[2], node.name, code, "no conditions", changed)


def _code(function: ast.FunctionDef) -> str:
    for decorator in function.decorator_list:
        if isinstance(decorator, ast.Call) and getattr(decorator.func, "id", "") == "rule":
            first = decorator.args[0]
            assert isinstance(first, ast.Constant)
            return str(first.value)
    return ""


def _changes(function: ast.FunctionDef) -> Iterator[tuple[str, ast.FunctionDef]]:
    seen: dict[str, int] = {}
    for at, node in enumerate(ast.walk(function)):
        for text, make in _replacements(node):
            changed = copy.deepcopy(function)
            target = next(other for place, other in enumerate(ast.walk(changed)) if place == at)
            make(target)
            changed.decorator_list = []
            seen[text] = seen.get(text, 0) + 1
            yield text + (f" #{seen[text]}" if seen[text] > 1 else ""), ast.fix_missing_locations(changed)


def _replacements(node: ast.AST) -> Iterator[tuple[str, object]]:
    """What can be changed at a node: a text that says what, and a function that does it to the node's copy."""
    if isinstance(node, ast.If | ast.IfExp):
        text = ast.unparse(node.test)
        for value in (True, False):
            yield f"`{text}` is {value}", _setter("test", ast.Constant(value))
    elif isinstance(node, ast.comprehension):
        for number, test in enumerate(node.ifs):
            yield f"filter `{ast.unparse(test)}` left out", _dropper("ifs", number)
    elif isinstance(node, ast.BoolOp):
        for number, operand in enumerate(node.values):
            yield f"`{ast.unparse(operand)}` left out of `{ast.unparse(node)}`", _neutral(number)
    elif isinstance(node, ast.Compare) and len(node.ops) == 1:
        for other in _TURNED.get(type(node.ops[0]), ()):
            changed = copy.deepcopy(node)
            changed.ops = [other()]
            yield f"`{ast.unparse(node)}` becomes `{ast.unparse(changed)}`", _setter("ops", [other()])


def _setter(field: str, value: object) -> object:
    return lambda node: setattr(node, field, value)


def _dropper(field: str, number: int) -> object:
    def drop(node: ast.AST) -> None:
        values = getattr(node, field)
        setattr(node, field, values[:number] + values[number + 1 :])

    return drop


def _neutral(number: int) -> object:
    """An operand is left out by what changes nothing in its place: an `and` of one operand alone is no tree."""

    def replace(node: ast.BoolOp) -> None:
        node.values[number] = ast.Constant(isinstance(node.op, ast.And))

    return replace


def apply(mutant: Mutant) -> None:
    """Put the mutant in the place of the function, for the rest of this process."""
    module = import_module(f"lvscompile.lint.rules.{mutant.module}")
    scope: dict[str, object] = {}
    exec(compile(ast.Module([_FUTURE, mutant.tree], []), str(module.__file__), "exec"), module.__dict__, scope)
    made, original = scope[mutant.function], getattr(module, mutant.function)
    assert isinstance(made, FunctionType)
    assert isinstance(original, FunctionType)
    original.__code__ = made.__code__


class Runner:
    """A pytest plugin that runs the collected tests again for each mutant, in forks."""

    def __init__(self, mutants: Sequence[Mutant]) -> None:
        self.mutants = mutants
        self.survivors: list[str] = []

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        items[:] = [item for item in items if item.get_closest_marker("netns") is None]

    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        start = time.monotonic()
        if _killed(None, session.items):
            pytest.exit("the tests fail without any mutant", 2)
        for number, mutant in enumerate(self.mutants, 1):
            items = sorted(session.items, key=lambda item: _distance(item, mutant))
            killed = _killed(mutant, items)
            if not killed:
                self.survivors.append(mutant.key)
                print(f"SURVIVES {mutant.code or '-'} {mutant.key}", flush=True)
            if number % 100 == 0:
                print(f"{number} of {len(self.mutants)}, {time.monotonic() - start:.0f} s", flush=True)
        return True


def _distance(item: pytest.Item, mutant: Mutant) -> int:
    """The tests most likely to mind come first."""
    if mutant.code and mutant.code in item.nodeid:
        return 0
    if mutant.module in item.nodeid:
        return 1
    return 2 if "test_pages" in item.nodeid or "test_silent" in item.nodeid else 3


def _killed(mutant: Mutant | None, items: Sequence[pytest.Item]) -> bool:
    child = os.fork()
    if child == 0:
        signal.alarm(LIMIT)  # a mutant that never ends is noticed, too
        if mutant is not None:
            null = os.open(os.devnull, os.O_WRONLY)
            os.dup2(null, 1)
            os.dup2(null, 2)
        try:
            if mutant is not None:
                apply(mutant)
        except Exception:
            os._exit(BROKEN)
        try:
            for item in items:
                reports = runtestprotocol(item, log=False, nextitem=None)
                if any(report.failed for report in reports):
                    print(*(report.longrepr for report in reports if report.failed), sep="\n", flush=True)
                    os._exit(1)
        except BaseException:
            os._exit(1)
        os._exit(0)
    status = os.waitpid(child, 0)[1]
    if os.WIFEXITED(status) and os.WEXITSTATUS(status) == BROKEN:
        raise RuntimeError(f"this mutant cannot be made: {mutant}")
    return status != 0


def rule_modules() -> list[ModuleType]:
    from lvscompile.lint.registry import FAMILIES, WHOLE, all_rules

    all_rules()
    return [import_module(f"lvscompile.lint.rules.{family}") for family in (*FAMILIES, *WHOLE)]


def _chosen(only: str, shard: str, at_once: bool) -> list[Mutant]:
    found = [mutant for module in rule_modules() for mutant in (whole if at_once else mutants_of)(module)]
    found = [m for m in found if only in ("", m.module, m.code, m.function)]
    number, _, of = shard.partition("/")
    return found[int(number) % int(of) :: int(of)] if shard else found


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--only", default="", help="a rule module, a rule's code, or a function")
    parser.add_argument("--shard", default="", metavar="K/N", help="each N-th mutant, from the K-th")
    parser.add_argument("--whole", action="store_true", help="one mutant a rule: all of its conditions at once")
    parser.add_argument("--record", action="store_true", help=f"write {EVIDENCE.relative_to(ROOT)}")
    options = parser.parse_args()
    mutants = _chosen(options.only, options.shard, options.whole)
    runner = Runner(mutants)
    start = time.monotonic()
    arguments = ["-qq", "-p", "no:cacheprovider", "--capture=no", str(ROOT / "tests/unit/lint")]
    status = pytest.main(arguments, plugins=[runner])
    if status not in (0, 5):
        return 2
    explained = json.loads(EXPLAINED.read_text()) if EXPLAINED.exists() else {}
    unexplained = [key for key in runner.survivors if key not in explained]
    ran = {mutant.key for mutant in mutants}
    stale = [key for key in explained if key in ran and key not in runner.survivors]
    if not (options.only or options.shard or options.whole):
        stale += [key for key in explained if key not in ran]
    print(
        f"{len(mutants)} mutants of {len({(m.module, m.function) for m in mutants})} functions: "
        f"{len(mutants) - len(runner.survivors)} killed, {len(runner.survivors)} survived, "
        f"{len(unexplained)} of them without a reason"
    )
    for key in stale:
        print(f"explained, but killed or gone: {key}")
    if options.record:
        figures = {
            "commit": _commit(), "kind": "all conditions at once" if options.whole else "each condition", "mutants": len(mutants), "killed": len(mutants) - len(runner.survivors),
            "explained": len(runner.survivors) - len(unexplained), "unexplained": unexplained,
            "seconds": round(time.monotonic() - start),
        }  # fmt: skip
        EVIDENCE.write_text(json.dumps(figures, indent=2) + "\n")
    return 1 if unexplained or stale else 0


def _commit() -> str:
    return subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.strip()


if __name__ == "__main__":
    sys.exit(main())
