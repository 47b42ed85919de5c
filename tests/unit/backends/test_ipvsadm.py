"""The table as ipvsadm takes it and prints it. The guest's tests restore it in a kernel."""

from __future__ import annotations

import pytest

from lvscompile.backends.ipvsadm import emit, save
from lvscompile.frontends.replay.ipvs import Replay
from lvscompile.ir.ipvs import Table
from lvscompile.syntax.ipvsadm.scan import scan
from lvscompile.syntax.source import Source


def table(*lines: str) -> Table:
    replay = Replay()
    replay.restore(scan(Source("rules", "\n".join(lines))))
    bad = [event.outcome for event in replay.events if event.outcome is None or not event.outcome.ok]
    assert not bad
    return replay.table()


SERVICE = "-A -t 192.0.2.1:80 -s rr"
SAME = (
    (SERVICE,),
    ("-A -u 192.0.2.1:53 -s wlc -p 360 -M 255.255.255.0 --pe sip -o",),
    ("-A --sctp-service [2001:db8::1]:80 -s sh -p 5 -M 64 -b sh-fallback,sh-port",),
    ("-A -t 192.0.2.1:80 -s sh -b sh-port,flag-3", "-A -t 192.0.2.1:81 -s rr -b flag-1,flag-3"),
    ("-A -f 1 -s rr", "-A -f 1 -6 -s rr", "-A -f 4294967295 -s rr"),
    (SERVICE, "-a -t 192.0.2.1:80 -r 198.51.100.5:8080 -m -w 3 -x 20 -y 10"),
    (SERVICE, "-a -t 192.0.2.1:80 -r 198.51.100.5:80 -i -w 1 --tun-type gue --tun-port 6080 --tun-csum"),
    (SERVICE, "-a -t 192.0.2.1:80 -r 198.51.100.5:80 -i -w 1 --tun-type gre --tun-csum"),
    (SERVICE, "-a -t 192.0.2.1:80 -r 198.51.100.5:80 -i -w 1 --tun-type gue --tun-port 6080"),
    (SERVICE, "-a -t 192.0.2.1:80 -r [2001:db8::5]:80 -i -w 0"),
    (SERVICE, "--set 30 0 60"),
    ("--start-daemon backup --mcast-interface eth1 --syncid 3 --sync-maxlen 1472 --mcast-port 9",),
)


@pytest.mark.parametrize("lines", SAME)
def test_what_is_said_is_written(lines: tuple[str, ...]) -> None:
    emitted = emit(table(*lines))
    assert emitted.text == "".join(f"{line}\n" for line in lines)
    assert emitted.losses == ()
    assert save(table(*emitted.text.split("\n"))) == save(table(*lines))


def test_the_order_is_that_of_addresses() -> None:
    lines = (
        "-A -t 10.0.0.1:80 -s rr", "-a -t 10.0.0.1:80 -r 192.168.0.1:80 -m -w 1", "-a -t 10.0.0.1:80 -r 9.0.0.1:80 -m -w 1",
        "-a -t 10.0.0.1:80 -r 9.0.0.1:8 -m -w 1", "-A -f 1 -s rr", "-A -t [2001:db8::1]:80 -s rr", "-A -t 9.0.0.1:80 -s rr",
        "-A -u 9.0.0.1:80 -s rr",
    )  # fmt: skip
    assert emit(table(*lines)).text.split("\n") == [
        lines[6], lines[0], lines[3], lines[2], lines[1], lines[7], lines[5], lines[4], "",
    ]  # fmt: skip


LOSSES = {
    "-A -t [2001:db8::1]:80 -s rr": ((1, 24), "", "1.25"),
    "-A --sctp-service 192.0.2.1:80 -s rr": ((1, 26), "", "1.27"),
    "-A -t 192.0.2.1:80 -s rr -p 5 --pe sip": ((1, 25), "-A -t 192.0.2.1:80 -s rr -p 5\n", "1.26"),
    "-A -u 192.0.2.1:80 -s rr -o": ((1, 25), "-A -u 192.0.2.1:80 -s rr\n", "1.26"),
    "-A -t 192.0.2.1:80 -s sh -b sh-port": ((1, 26), "-A -t 192.0.2.1:80 -s sh\n", "1.27"),
    "-A -t 192.0.2.1:80 -s mh -b mh-port": ((1, 29), "-A -t 192.0.2.1:80 -s mh\n", "1.30"),
    "--start-daemon master --mcast-interface eth0 --mcast-ttl 5": (
        (1, 28), "--start-daemon master --mcast-interface eth0\n", "1.29",
    ),
}  # fmt: skip


@pytest.mark.parametrize("line", LOSSES)
def test_what_an_older_ipvsadm_cannot_say(line: str) -> None:
    version, text, since = LOSSES[line]
    older = emit(table(line), version)
    assert (older.text, [(loss.kind, loss.detail) for loss in older.losses]) == (text, [("newer", since)])
    major, minor = map(int, since.split("."))
    assert emit(table(line), (major, minor)).losses == ()


def test_destinations_that_an_older_ipvsadm_cannot_name() -> None:
    mixed = table(SERVICE, "-a -t 192.0.2.1:80 -r 2001:db8::5 -i")
    assert (emit(mixed, (1, 27)).text, len(emit(mixed, (1, 27)).losses)) == (f"{SERVICE}\n", 1)
    tunnel = table(SERVICE, "-a -t 192.0.2.1:80 -r 198.51.100.5 -i --tun-type gre")
    assert (emit(tunnel, (1, 30)).text, len(emit(tunnel, (1, 30)).losses)) == (f"{SERVICE}\n", 1)
    plain = table(SERVICE, "-a -t 192.0.2.1:80 -r 198.51.100.5 -i")
    assert emit(plain, (1, 24)).losses == ()


def test_the_sync_id_that_1_24_refuses() -> None:
    text = emit(table("--start-daemon master --syncid 3"), (1, 24)).text
    assert text == "--start-daemon master --mcast-interface eth0\n"


def test_daemons_of_an_older_ipvsadm() -> None:
    plain = table("--start-daemon master --syncid 3")
    older = emit(plain, (1, 28))
    assert (older.text, older.losses) == ("--start-daemon master --mcast-interface eth0 --syncid 3\n", ())
    assert len(emit(table("--start-daemon master --sync-maxlen 500"), (1, 28)).losses) == 1
    assert emit(plain, (1, 25)).text == older.text


def test_services_of_an_unknown_start() -> None:
    replay = Replay(complete=False)
    replay.restore(scan(Source("log", "-e -t 192.0.2.1:80 -r 198.51.100.5:80 -m -w 0\n")))
    assert emit(replay.table()).text == "-A -t 192.0.2.1:80\n-a -t 192.0.2.1:80 -r 198.51.100.5:80 -m -w 0\n"


def saved(*lines: str) -> list[str]:
    return save(table(*lines)).split("\n")[:-1]


def test_what_save_prints() -> None:
    assert saved("-A -f 4294967295", "-A -t 192.0.2.1:80 -M 255.0.0.0 -s sh -b flag-3") == [
        "-A -f -1 -s wlc", "-A -t 192.0.2.1:80 -s sh -b ",
    ]  # fmt: skip
    assert saved(SERVICE, "-a -t 192.0.2.1:80 -r 198.51.100.5 -i -x 5")[1:] == [
        "-a -t 192.0.2.1:80 -r 198.51.100.5:80 -i -w 1 --tun-type ipip"
    ]
    gue = saved(SERVICE, "-a -t 192.0.2.1:80 -r 198.51.100.5 -i --tun-type gue --tun-port 6080")[1]
    assert gue.endswith("--tun-type gue --tun-port 6080 --tun-nocsum")


def test_what_save_prints_of_persistence() -> None:
    lines = (
        "-A -u 192.0.2.1:80 -s rr -p 300 -M 255.255.255.0 --pe sip -o",
        "-A -u 192.0.2.2:80 -s rr -p 300",
        "-A -u 192.0.2.3:80 -s mh -b mh-fallback,mh-port",
        "-A -f 2147483647 -s rr",
        "-A -f -2147483648 -s rr",
    )
    given = (*lines[:4], "-A -f 2147483648 -s rr")
    assert sorted(saved(*given)) == sorted(lines)


def test_ipv6_addresses_are_compared_in_full() -> None:
    base = "-a -t [2001:db8::1]:80 -r [2001:db8::{}]:80 -m -w 1"
    lines = saved("-A -t [2001:db8::1]:80", *(base.format(last) for last in ("9", "5", "7")))
    assert lines[1:] == [base.format(last) for last in ("5", "7", "9")]


def addresses(*servers: str) -> list[str]:
    lines = saved(SERVICE, *(f"-a -t 192.0.2.1:80 -r {server} -m" for server in servers))
    return [line.split()[4] for line in lines[1:]]


def test_addresses_are_compared_as_signed_differences() -> None:
    assert addresses("10.0.0.1:80", "192.168.0.1:80", "172.16.0.1:80") == [
        "172.16.0.1:80",
        "192.168.0.1:80",
        "10.0.0.1:80",
    ]
    assert addresses("10.0.0.2:80", "10.0.0.1:81", "10.0.0.1:80") == ["10.0.0.1:80", "10.0.0.1:81", "10.0.0.2:80"]


def test_where_there_is_no_order_the_way_they_came_counts() -> None:
    ring = ("8.8.8.8:80", "100.64.0.1:80", "200.1.1.1:80")
    assert addresses(*ring) != addresses(*reversed(ring))
    assert sorted(addresses(*ring)) == sorted(addresses(*reversed(ring)))


def test_services_in_order() -> None:
    lines = ["-A -t 192.168.0.1:80 -s rr", "-A -t 10.0.0.1:80 -s rr", "-A -u 10.0.0.1:80 -s rr",
             "-A -t [2001:db8::1]:80 -s rr", "-A -f 1 -s rr", "-A -f 1 -6 -s rr"]  # fmt: skip
    assert saved(*reversed(lines)) == lines
