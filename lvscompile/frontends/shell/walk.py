"""All simple commands of a text, run or not."""

from __future__ import annotations

from collections.abc import Iterator

from lvscompile.syntax.shell.nodes import AndOr, Case, For, Function, Group, If, Node, Pipeline, Simple, While
from lvscompile.syntax.shell.nodes import Sequence as Nodes


def simples(nodes: Nodes, why: str = "unreached", at: Node | None = None) -> Iterator[tuple[Simple, str, Node]]:
    """Each simple command, with why it may stand aside, and the node that says so."""
    for node in nodes:
        if isinstance(node, Simple):
            yield node, why, at or node
        elif isinstance(node, AndOr):
            yield from simples((node.first,), why, at)
            for operator, following in node.rest:
                yield from simples((following,), "failure" if operator == "||" else "success", node)
        elif isinstance(node, Pipeline):
            yield from simples(node.commands, why, at)
        elif isinstance(node, If):
            for condition, body in node.branches:
                yield from simples(condition, why, at)
                yield from simples(body, "branch", node)
            yield from simples(node.otherwise, "branch", node)
        elif isinstance(node, For):
            yield from simples(node.body, "loop", node)
        elif isinstance(node, While):
            yield from simples(node.condition, "while", node)
            yield from simples(node.body, "while", node)
        elif isinstance(node, Case):
            for branch in node.branches:
                yield from simples(branch.body, "branch", node)
        elif isinstance(node, Group):
            yield from simples(node.body, why, at)
        elif isinstance(node, Function):
            yield from simples((node.body,), "uncalled", node)


def span(node: Node) -> tuple[int, int]:
    """Start and end of a node."""
    if isinstance(node, AndOr):
        return span(node.first)[0], span(node.rest[-1][1] if node.rest else node.first)[1]
    if isinstance(node, Pipeline):
        return span(node.commands[0])[0], span(node.commands[-1])[1]
    return node.start, node.end


def assigned(nodes: Nodes) -> set[str]:
    """Names of the variables that these commands may set."""
    found: set[str] = set()
    for simple, _, _ in simples(nodes):
        found.update(assignment.name for assignment in simple.assignments)
        words = [word.value or "" for word in simple.words]
        if words and words[0] in ("read", "export", "local", "declare", "readonly", "typeset", "unset", "getopts"):
            found.update(word.partition("=")[0] for word in words[1:] if word and word[0] != "-")
    return found | {node.name for node in nodes if isinstance(node, For)}
