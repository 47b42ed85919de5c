"""What an extension must be given at least, and what it makes of what it was given."""

from __future__ import annotations

from collections.abc import Mapping

from lvscompile.frontends.iptables.finish_matches import MATCHES
from lvscompile.frontends.iptables.finish_targets import TARGETS
from lvscompile.frontends.iptables.found import Finish

# One of these at least, or the message.
NEEDS: Mapping[tuple[str, str], tuple[tuple[str, ...], str]] = {
    ("match", "conntrack"): ((), "conntrack: At least one option is required"),
    ("match", "owner"): ((), "owner: At least one of --uid-owner, --gid-owner or --socket-exists is required"),
    ("match", "iprange"): ((), "iprange match: You must specify `--src-range' or `--dst-range'"),
    ("match", "addrtype"): (
        ("src-type", "dst-type"), "addrtype: you must specify --src-type or --dst-type"),
    ("match", "physdev"): ((), "PHYSDEV: no physdev option specified"),
    ("match", "devgroup"): ((), "devgroup match: You must specify either '--src-group' or '--dst-group'"),
    ("match", "multiport"): ((), "multiport expection an option"),
    ("match", "recent"): (
        ("set", "rcheck", "update", "remove"),
        "recent: you must specify one of `--set', `--rcheck' `--update' or `--remove'",
    ),
    ("match", "connlimit"): (
        ("connlimit-upto", "connlimit-above"),
        'You must specify "--connlimit-above" or "--connlimit-upto".',
    ),
    ("match", "hashlimit"): (("hashlimit-upto", "hashlimit-above"), "You have to specify --hashlimit"),
    ("match", "ttl"): ((), "TTL match: You must specify one of `--ttl-eq', `--ttl-lt', `--ttl-gt"),
    ("match", "hl"): ((), "HL match: You must specify one of `--hl-eq', `--hl-lt', `--hl-gt'"),
    ("match", "dscp"): ((), "DSCP match: Parameter --dscp is required"),
    ("match", "ecn"): ((), "ECN match: some option required"),
    ("match", "ipvs"): ((), "IPVS: At least one option is required"),
    ("match", "set"): ((), "You must specify `--match-set' with proper arguments"),
    ("match", "policy"): (("dir",), "policy match: neither --dir in nor --dir out specified"),
    ("target", "MARK"): (
        (), "MARK: One of the --set-xmark, --{and,or,xor,set}-mark options is required"),
    ("target", "CONNMARK"): (
        ("set-xmark", "set-mark", "and-mark", "or-mark", "xor-mark", "save-mark", "restore-mark"),
        "CONNMARK target: No operation specified",
    ),
    ("target", "TOS"): ((), "TOS: An action is required"),
    ("target", "DSCP"): ((), "DSCP target: Parameter --set-dscp is required"),
    ("target", "TTL"): ((), "TTL: You must specify an action"),
    ("target", "HL"): ((), "HL: You must specify an action"),
    ("target", "TCPMSS"): ((), "TCPMSS target: At least one parameter is required"),
    ("target", "ECN"): ((), "ECN target: An operation is required"),
    ("target", "SET"): (
        ("add-set", "del-set", "map-set"),
        "You must specify either `--add-set' or `--del-set' or `--map-set'",
    ),
}  # fmt: skip

FINISH: Mapping[tuple[str, str], Finish] = {
    **{("match", name): finish for name, finish in MATCHES.items()},
    **{("target", name): finish for name, finish in TARGETS.items()},
}
