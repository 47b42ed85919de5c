"""load(): inputs to a Site, and the counts of its statements."""

from __future__ import annotations

import io
from pathlib import Path

import pytest

import lvscompile
from lvscompile.app.load import count_statements, load
from lvscompile.ir.core import Target
from lvscompile.syntax.source import InputError

TEXT = """\
! prose
global_defs {
    router_id lvs1
}
$VIP=10.0.0.1/24
vrrp_instance VI_1 {
    state MASTER
    frob 1
    authentication {
        auth_type PASS
        auth_pass hush
    }
    virtual_ipaddress {
        $VIP
    }
}
virtual_server 10.0.0.1 80 {
    lb_algo rr
    real_server 10.0.0.2 80 {
        weight 1
    }
}
"""


@pytest.fixture
def conf(tmp_path: Path) -> str:
    path = tmp_path / "lvs1.conf"
    path.write_text(TEXT)
    return str(path)


def test_load_is_the_public_way_in() -> None:
    assert lvscompile.load is load
    with pytest.raises(AttributeError):
        lvscompile.unknown  # noqa: B018


def test_one_file(conf: str) -> None:
    loaded = load([conf])
    (director,) = loaded.site.directors
    assert director.name == "lvs1"
    assert [instance.name for instance in director.vrrp] == ["VI_1"]
    assert [address.address for address in director.vrrp[0].addresses] == ["10.0.0.1"]
    assert [(service.address, service.port) for service in director.services] == [("10.0.0.1", 80)]
    assert loaded.secrets == {"hush"}
    assert loaded.notes == ()
    assert [source.name for source in loaded.sources] == [conf]
    assert loaded.site.target.keepalived is None


def test_statements_are_counted(conf: str) -> None:
    counts = count_statements(load([conf]).trees)
    assert counts["kept"] == 1
    assert counts["understood"] == 14


def test_the_target_is_kept(conf: str) -> None:
    assert load([conf], target=Target((2, 2, 7))).site.target.keepalived == (2, 2, 7)


def test_the_host_is_its_config_id(tmp_path: Path) -> None:
    path = tmp_path / "shared.conf"
    path.write_text("@a vrrp_instance A {\n@b vrrp_instance B {\n}\n")
    loaded = load([f"a={path}", f"b={path}"])
    assert [[i.name for i in d.vrrp] for d in loaded.site.directors] == [["A"], ["B"]]
    assert [[i.name for i in d.vrrp] for d in load([f"x={path}"], config_id="b").site.directors] == [["B"]]


def test_included_files_are_sources(tmp_path: Path) -> None:
    (tmp_path / "more.conf").write_text("vrrp_instance M {\n}\n")
    (tmp_path / "main.conf").write_text("global_defs {\n}\ninclude more.conf\n")
    loaded = load([str(tmp_path / "main.conf")])
    assert [Path(source.name).name for source in loaded.sources] == ["main.conf", "more.conf"]
    assert [i.name for i in loaded.site.directors[0].vrrp] == ["M"]


def test_a_missing_file_is_an_input_error(tmp_path: Path) -> None:
    with pytest.raises(InputError) as caught:
        load([str(tmp_path / "none")])
    assert caught.value.reason == "no such file"


def test_standard_input(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(TEXT.encode())))
    assert load(["-"]).site.directors[0].name == "stdin"


def test_a_mistake_is_a_remark_not_an_error(conf: str) -> None:
    (host,) = load([conf]).hosts
    assert [remark.kind for remark in host.remarks] == ["unknown-keyword"]
