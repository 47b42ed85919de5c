"""7xx: what a conversion leaves out."""

from __future__ import annotations

from lvscompile.ir.core import Loss
from lvscompile.lint.engine import Context, Emit
from lvscompile.lint.hints import obsolete_keyword
from lvscompile.lint.registry import rule
from lvscompile.syntax.keepalived.keywords import blocks
from lvscompile.syntax.keepalived.words import BLANKS, code_end, words
from lvscompile.syntax.secrets import Masker

# Leaving these out weakens what protects the virtual addresses, or what decides who holds them.
GUARDS = frozenset({"auth_hmac", "no_virtual_ipaddress", "unicast_fault_no_peer", "check_unicast_src"})


def _first_word(loss: Loss) -> str:
    found = words(loss.origin.text)
    return found[0] if found else loss.origin.text.strip()


def _shown(loss: Loss) -> str:
    """The statement without its comment. Of a long one its first word: a part of a secret would not be masked."""
    text = loss.origin.text
    code = Masker().line(text[: code_end(text)].strip(BLANKS))
    return code if len(code) <= 60 else f"{_first_word(loss)} ..."


@rule("LVS701", "unknown-left-out", "warning", "loss-unknown")
def unknown_left_out(loss: Loss, ctx: Context, emit: Emit) -> None:
    """A statement that keepalived ignores: the output does without."""
    word = _first_word(loss)
    if any(obsolete_keyword(word, block) is not None for block in blocks()):
        return
    emit((loss.origin, 0), f"`{word}` is left out: keepalived ignores it where it stands, so the output means the same")


@rule("LVS702", "obsolete-left-out", "info", "loss-unknown")
def obsolete_left_out(loss: Loss, ctx: Context, emit: Emit) -> None:
    """A word that keepalived no longer knows: the output does without."""
    word = _first_word(loss)
    if any(obsolete_keyword(word, block) is not None for block in blocks()):
        emit((loss.origin, 0), f"`{word}` is left out: no keepalived of today does anything with it")


@rule("LVS703", "block-left-out", "warning", "loss-skipped")
def block_left_out(loss: Loss, ctx: Context, emit: Emit) -> None:
    """A block that keepalived skips: the output does without."""
    text = loss.origin.text
    head = text[: code_end(text)].strip(BLANKS).rstrip("{" + BLANKS)
    emit(loss.origin, f"`{head}` is left out with all that is in it: keepalived skips the block")


@rule("LVS704", "rejected-left-out", "warning", "loss-rejected")
def rejected_left_out(loss: Loss, ctx: Context, emit: Emit) -> None:
    """A value that keepalived rejects: the output leaves the default."""
    stays = f", and goes on with {loss.detail}" if loss.detail else ""
    emit(loss.origin, f"`{_shown(loss)}` is left out: keepalived rejects it{stays}")


@rule("LVS705", "newer-left-out", "warning", "loss-newer")
def newer_left_out(loss: Loss, ctx: Context, emit: Emit) -> None:
    """A word that the target version does not have yet."""
    word = _first_word(loss)
    since = "is in no release yet" if loss.detail == "next" else f"came with keepalived {loss.detail}"
    guard = word in GUARDS
    emit(
        (loss.origin, 0),
        f"`{word}` is left out: it {since}, and the target does not have it"
        + ("; without it the hosts are guarded less than they were" if guard else ""),
        severity="error" if guard else "",
        effect="latent" if guard else "",
        help="choose a newer --target-keepalived" + (", or say --allow-lossy" if guard else ""),
    )


@rule("LVS706", "late-reference-left-out", "warning", "loss-too-early", effect="latent")
def late_reference_left_out(loss: Loss, ctx: Context, emit: Emit) -> None:
    """A reference to something defined only later: keepalived does not find it, the output does not have it."""
    word = _first_word(loss)
    if loss.detail:
        why = f"`{word}` is left out: it stands before the `{loss.detail}` that it needs, so keepalived ignores it"
    elif "track_group" in words(loss.origin.text)[1:]:
        why = f"`track_group` of `{word}` is left out: the group is defined only further down, so keepalived ignores it"
    else:
        why = f"`{word}` is left out: it is defined only further down, so keepalived ignores the line"
    emit(
        (loss.origin, 0),
        f"{why}; the output keeps that meaning",
        help="if it should count, move what it needs before it, and convert again",
    )
