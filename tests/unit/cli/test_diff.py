"""`lvscompile diff`: statuses, text and JSON."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

ONE = """\
vrrp_instance VI_1 {
    interface eth0
    virtual_router_id 61
    priority 150
    nopreempt
    authentication {
        auth_type PASS
        auth_pass onesecret
    }
    virtual_ipaddress {
        10.0.0.1/24
    }
}
vrrp_instance VI_2 {
    interface eth1
    virtual_router_id 52
    virtual_ipaddress {
        10.0.1.1/24
    }
}
"""
TWO = """\
vrrp_instance VI_1 {
    virtual_ipaddress {
        10.0.0.1/24 dev eth1
    }
    priority 140
    virtual_router_id 61
    interface eth0
    advert_int 2
    authentication {
        auth_type PASS
        auth_pass twosecret
    }
}
"""
CHANGES = """\
top level
  - vrrp_instance VI_2  (one.conf:14)
vrrp_instance VI_1
  - priority 150  (one.conf:4)
  + priority 140  (two.conf:5)
  - nopreempt  (one.conf:5)
  + nopreempt off  (the default)
  - advert_int 1  (the default)
  + advert_int 2  (two.conf:8)
vrrp_instance VI_1 > authentication
  - auth_pass ********  (one.conf:8)
  + auth_pass ********  (two.conf:11)
vrrp_instance VI_1 > virtual_ipaddress
  - 10.0.0.1/24  (one.conf:11)
  + 10.0.0.1/24 dev eth1  (two.conf:3)
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "one.conf").write_text(ONE)
    (tmp_path / "two.conf").write_text(TWO)
    return tmp_path


def test_the_same(lvscompile, folder: Path) -> None:
    (folder / "three.conf").write_text(
        "# another\n"
        + ONE.replace("    priority 150\n", "").replace("nopreempt", "nopreempt\n  advert_int 1.0\n  priority 0150")
    )
    done = lvscompile("diff", "one.conf", "three.conf", cwd=folder)
    assert (done.status, done.out, done.err) == (0, "", "")


def test_changes_are_grouped_by_object(lvscompile, folder: Path) -> None:
    done = lvscompile("diff", "one.conf", "two.conf", cwd=folder)
    assert (done.status, done.out, done.err) == (1, CHANGES, "")


def test_the_other_way_round(lvscompile, folder: Path) -> None:
    done = lvscompile("diff", "two.conf", "one.conf", cwd=folder)
    assert done.status == 1
    assert sorted(line[2:3] for line in done.out.splitlines()) == sorted(
        {"-": "+", "+": "-"}.get(line[2:3], line[2:3]) for line in CHANGES.splitlines()
    )
    assert "  + vrrp_instance VI_2  (one.conf:14)\n" in done.out


def test_an_object_missing_as_a_whole_is_one_line(lvscompile, folder: Path) -> None:
    (folder / "none.conf").write_text("global_defs {\n}\n")
    done = lvscompile("diff", "one.conf", "none.conf", cwd=folder)
    assert done.out == "top level\n  - vrrp_instance VI_1  (one.conf:1)\n  - vrrp_instance VI_2  (one.conf:14)\n"


def test_json(lvscompile, folder: Path) -> None:
    done = lvscompile("diff", "one.conf", "two.conf", "--format", "json", cwd=folder)
    assert done.status == 1
    found = json.loads(done.out)
    assert found.keys() == {"version", "changes"}
    assert found["version"] == 1
    changes = {tuple(change["path"]): (change["before"], change["after"]) for change in found["changes"]}
    assert changes["vrrp_instance VI_1", "priority"] == (
        {"value": "150", "file": "one.conf", "line": 4, "column": 5},
        {"value": "140", "file": "two.conf", "line": 5, "column": 5},
    )
    assert changes["vrrp_instance VI_2",][1] is None
    assert changes["vrrp_instance VI_1", "authentication", "auth_pass"][0]["value"] == "********"
    same = lvscompile("diff", "one.conf", "one.conf", "--format", "json", cwd=folder)
    assert (same.status, json.loads(same.out)) == (0, {"version": 1, "changes": []})


@pytest.mark.parametrize("form", ["text", "json"])
@pytest.mark.parametrize(
    "order", [("one.conf", "two.conf"), ("two.conf", "one.conf"), ("one.conf", "bare.conf"), ("bare.conf", "one.conf")]
)
def test_secrets_are_not_shown(lvscompile, folder: Path, form: str, order: tuple[str, str]) -> None:
    bare = ONE.replace("        auth_pass onesecret\n", "").replace(
        "nopreempt", 'nopreempt\n notify "/bin/x onesecret"'
    )
    (folder / "bare.conf").write_text(bare)
    done = lvscompile("diff", *order, "--format", form, cwd=folder)
    assert done.status == 1
    assert "auth_pass" in done.out
    assert "secret" not in done.out + done.err


def test_standard_input(lvscompile, folder: Path) -> None:
    done = lvscompile("diff", "one.conf", "-", stdin=ONE.encode(), cwd=folder)
    assert (done.status, done.out) == (0, "")
    assert lvscompile("diff", "lvs1=-", "two.conf", stdin=ONE.encode(), cwd=folder).status == 1


def test_the_target_decides(lvscompile, folder: Path) -> None:
    (folder / "three.conf").write_text(ONE.replace("nopreempt", "nopreempt\n  timer_expired_backup 3"))
    assert lvscompile("diff", "one.conf", "three.conf", cwd=folder).status == 1
    assert lvscompile("diff", "one.conf", "three.conf", "--target-keepalived", "2.2.7", cwd=folder).status == 0


def test_one_file_for_two_hosts(lvscompile, folder: Path) -> None:
    (folder / "shared.conf").write_text("vrrp_instance A {\n@lvs1 priority 150\n@lvs2 priority 140\n}\n")
    done = lvscompile("diff", "lvs1=shared.conf", "lvs2=shared.conf", cwd=folder)
    assert done.out == ("vrrp_instance A\n  - priority 150  (shared.conf:2)\n  + priority 140  (shared.conf:3)\n")
    assert lvscompile("diff", "lvs1=shared.conf", "lvs2=shared.conf", "--config-id", "lvs1", cwd=folder).status == 0


def test_colours(lvscompile, folder: Path) -> None:
    assert "\x1b" not in lvscompile("diff", "one.conf", "two.conf", cwd=folder).out
    assert "\x1b" in lvscompile("diff", "one.conf", "two.conf", "--color", "always", cwd=folder).out


def test_control_characters_do_not_reach_the_terminal(lvscompile, folder: Path) -> None:
    (folder / "a.conf").write_text("vrrp_instance \x1b[31mA {\n}\n")
    (folder / "b.conf").write_text("vrrp_instance B {\n  notify /bin/\x1b[2J\n}\n")
    (folder / "c.conf").write_text("vrrp_instance B {\n}\n")
    assert "\x1b" not in lvscompile("diff", "a.conf", "b.conf", cwd=folder).out
    assert "\x1b" not in lvscompile("diff", "b.conf", "c.conf", cwd=folder).out


@pytest.mark.parametrize(
    "arguments",
    [
        ("one.conf",),
        ("one.conf", "none"),
        ("one.conf", "two.conf", "one.conf"),
        ("one.conf", "two.conf", "--format", "xml"),
    ],
)
def test_what_cannot_run(lvscompile, folder: Path, arguments: tuple[str, ...]) -> None:
    done = lvscompile("diff", *arguments, cwd=folder)
    assert (done.status, done.out) == (2, "")
    assert "Traceback" not in done.err


def test_standard_input_can_be_read_once(lvscompile) -> None:
    assert lvscompile("diff", "-", "-", stdin=ONE.encode()).status == 2


SCRIPT = "#!/bin/sh\nipvsadm -A -t 192.0.2.10:80 -s rr\nipvsadm -a -t 192.0.2.10:80 -r 198.51.100.1:80 -m -w {}\n"


def test_a_script_and_what_it_is_converted_to(lvscompile, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    (tmp_path / "old.sh").write_text(SCRIPT.format(1))
    (tmp_path / "new.conf").write_text(lvscompile("convert", "old.sh", cwd=tmp_path).out)
    assert lvscompile("diff", "old.sh", "new.conf", cwd=tmp_path).status == 0
    (tmp_path / "old.sh").write_text(SCRIPT.format(2))
    done = lvscompile("diff", "old.sh", "new.conf", cwd=tmp_path)
    assert done.status == 1
    assert "- weight 2  (old.sh:3)" in done.out
