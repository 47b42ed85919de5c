"""The replayed table: what each command does to it, and how it fails. The guest's tests hold the kernel against it."""

from __future__ import annotations

import pytest

from lvscompile.backends.ipvsadm import save
from lvscompile.frontends.ipvsadm import parse
from lvscompile.frontends.replay.ipvs import Replay
from lvscompile.frontends.replay.unicast import is_unicast
from lvscompile.ir.ipvs import Destination, Event, Service
from lvscompile.syntax.ipvsadm.scan import scan
from lvscompile.syntax.source import Source
from lvscompile.syntax.statements import Stmt


def run(replay: Replay, *lines: str) -> Event:
    """Run command lines; the last one's event."""
    for number, line in enumerate(lines, 1):
        origin = Stmt("COMMAND", Source("log", line), 0, len(line), number, line)
        event = replay.run(parse(line.split()), origin)
    return event


def last(*lines: str, **options: object) -> tuple[int, str]:
    outcome = run(Replay(**options), *lines).outcome  # type: ignore[arg-type]
    assert outcome is not None
    return outcome.status, outcome.message


def table(*lines: str) -> str:
    replay = Replay()
    run(replay, *lines)
    return save(replay.table())


ADD = "-A -t 192.0.2.1:80 -s rr"
SERVER = "-a -t 192.0.2.1:80 -r 198.51.100.5:8080 -m -w 3"
V6 = "-A -t [2001:db8::1]:80 -s rr"
INVALID = "Invalid operation.  Possibly wrong module version, address not unicast, ..."

FAILURES = {
    (ADD, ADD): "Service already exists",
    (ADD, "-A -t 192.0.2.1:80 -s nosuch"): "Service already exists",
    ("-A -t 192.0.2.1:80 -s nosuch",): "Scheduler or persistence engine not found",
    ("-A -t 192.0.2.1:80 --pe nosuch",): "Scheduler or persistence engine not found",
    ("-E -t 192.0.2.1:80",): "No such service",
    (ADD, "-E -t 192.0.2.1:80 -s nosuch"): "Scheduler or persistence engine not found",
    (ADD, "-D -u 192.0.2.1:80"): "No such service",
    ("-Z -t 192.0.2.1:80",): "No such service",
    (SERVER,): "Service not defined",
    ("-e -t 192.0.2.1:80 -r 198.51.100.5",): "Service not defined",
    ("-d -t 192.0.2.1:80 -r 198.51.100.5",): "Service not defined",
    (ADD, SERVER, SERVER): "Destination already exists",
    (ADD, SERVER, "-d -t 192.0.2.1:80 -r 198.51.100.5"): "No such destination",
    (ADD, SERVER, "-e -t 192.0.2.1:80 -r 198.51.100.5:8080"): "No such destination",
    (ADD, SERVER + " -x 5 -y 6"): "Numerical result out of range",
    (ADD, SERVER + " -y 1"): "Numerical result out of range",
    (ADD, SERVER, "-e -t 192.0.2.1:80 -r 198.51.100.5:8080 -m -y 1"): "Numerical result out of range",
    (ADD, "-a -t 192.0.2.1:80 -r 224.0.0.1"): INVALID,
    ("--start-daemon master", ADD, "-a -t 192.0.2.1:80 -r 2001:db8::5 -i"): INVALID,
    (ADD, "-a -t 192.0.2.1:80 -r 2001:db8::5 -i", "--start-daemon backup"): INVALID,
    ("--start-daemon master", "--start-daemon master --syncid 3"): "Daemon has already run",
    ("--start-daemon master", "--stop-daemon backup"): "No daemon is running",
}


@pytest.mark.parametrize("lines", FAILURES)
def test_failures(lines: tuple[str, ...]) -> None:
    assert last(*lines) == (255, FAILURES[lines])
    before = Replay()
    run(before, *(lines[:-1] or ["-C"]))
    assert table(*lines) == save(before.table())  # a command that fails changes nothing


def test_other_failures() -> None:
    assert last("-L -t 192.0.2.1:80") == (1, "No such service")
    assert last("--start-daemon master", interfaces={"eth1": 1500}) == (255, "No such device")
    assert last(ADD, schedulers=frozenset(("wlc",))) == (255, "Scheduler or persistence engine not found")
    assert last("-D") == (2, "You need to supply the 'service-address' option for the 'delete-service' command")
    assert last("-Z -t 0.0.0.0:0") == last("-Z") == last("-L -n") == last("-S") == (0, "")


def test_what_succeeds_again() -> None:
    assert last(ADD, "-A -u 192.0.2.1:80", V6, "-A -f 1", "-A -f 1 -6") == (0, "")
    assert last("--start-daemon master", "--start-daemon backup", "--stop-daemon master", "--stop-daemon backup") == (
        0,
        "",
    )
    mixed = "-a -t 192.0.2.1:80 -r 2001:db8::5 -i"
    assert last(ADD, mixed, "-d -t 192.0.2.1:80 -r 2001:db8::5", "--start-daemon master") == (0, "")
    assert last(ADD, mixed, "-D -t 192.0.2.1:80", "--start-daemon master") == (0, "")
    assert last(ADD, mixed, "-C", "--start-daemon master") == (0, "")
    assert last("--start-daemon master", "--stop-daemon master", ADD, mixed) == (0, "")


def test_an_edit_replaces_the_whole_record() -> None:
    first = "-A -t 192.0.2.1:80 -s sh -p 300 -b sh-port"
    assert (
        table(first, SERVER, "-E -t 192.0.2.1:80")
        == "-A -t 192.0.2.1:80 -s wlc\n" + table(ADD, SERVER).split("\n")[1] + "\n"
    )
    edited = table("-A -f 1", "-a -f 1 -r 198.51.100.5:80 -m -w 3", "-e -f 1 -r 198.51.100.5:80 -w 9")
    assert edited == "-A -f 1 -s wlc\n-a -f 1 -r 198.51.100.5:80 -g -w 9\n"


def test_clear_leaves_timeouts_and_daemons() -> None:
    replay = Replay()
    run(replay, ADD, "--set 30 0 60", "--start-daemon master", "-C")
    found = replay.table()
    assert found.services == ()
    assert found.tcp is not None
    assert found.udp is not None
    assert (found.tcp.value, found.tcp_fin, found.udp.value) == (30, None, 60)
    assert [daemon.role for daemon in found.daemons] == ["master"]


@pytest.mark.parametrize(
    ("options", "maxlen"),
    [("master", 1472), ("backup", 8972), ("master --sync-maxlen 10", 10), ("backup --sync-maxlen 10", 1024),
     ("master --mcast-group ff02::81", 1452), ("master --mcast-group ff02::81 --sync-maxlen 65507", 65487)],
)  # fmt: skip
def test_daemons_as_the_kernel_starts_them(options: str, maxlen: int) -> None:
    replay = Replay(interfaces={"eth0": 9000})
    run(replay, f"--start-daemon {options}")
    daemon = replay.table().daemons[0]
    assert (daemon.maxlen, daemon.port, daemon.ttl) == (maxlen, 8848, 1)


def test_events_tell_what_changed() -> None:
    replay = Replay()
    run(
        replay,
        ADD,
        SERVER,
        "-e -t 192.0.2.1:80 -r 198.51.100.5:8080 -m -w 0",
        "-E -t 192.0.2.1:80",
        "-D -t 192.0.2.1:80",
    )
    add, server, edit, service, delete = replay.events
    assert add.before is None
    assert isinstance(add.after, Service)
    assert isinstance(server.after, Destination)
    assert isinstance(edit.before, Destination)
    assert isinstance(edit.after, Destination)
    assert (edit.before.weight, edit.after.weight, edit.after.added.line, edit.after.origin.line) == (3, 0, 2, 3)
    assert isinstance(service.before, Service)
    assert isinstance(service.after, Service)
    assert (service.before.scheduler, service.after.scheduler, service.after.added.line) == ("rr", "wlc", 1)
    assert isinstance(delete.before, Service)
    assert len(delete.before.destinations) == 1
    assert delete.after is None


def test_words_of_events_have_places() -> None:
    replay = Replay()
    text = "ipvsadm -A  -t 192.0.2.1:80\n"
    replay.restore(scan(Source("dump", text)))
    event = replay.events[0]
    span = event.span(event.command.options["service-address"])  # type: ignore[union-attr]
    assert text[span.start : span.end] == "192.0.2.1:80"
    whole = event.span()
    assert text[whole.start : whole.end] == "-A  -t 192.0.2.1:80"
    script = Source("script", "for i in 1; do sudo ipvsadm -C; done")
    placed = replay.run(parse(["-C"]), Stmt("X", script, 0, 36, 1, script.text), [(28, 30)])
    assert script.text[placed.span(0).start : placed.span(0).end] == "-C"
    assert placed.span(7).start == 28


@pytest.mark.parametrize(
    ("family", "address", "good"),
    [(4, "192.0.2.1", True), (4, "0.0.0.0", False), (4, "0.1.2.3", True), (4, "223.255.255.255", True),
     (4, "224.0.0.0", False), (4, "239.255.255.255", False), (4, "240.0.0.1", True), (4, "255.255.255.255", False),
     (4, "127.0.0.1", True), (6, "2001:db8::1", True), (6, "::1", True), (6, "::", False), (6, "fe80::1", False),
     (6, "febf::1", False), (6, "fec0::1", True), (6, "ff02::1", False), (6, "::ffff:192.0.2.1", False),
     (6, "::192.0.2.1", True), (6, "fd00::1", True)],
)  # fmt: skip
def test_unicast(family: int, address: str, good: bool) -> None:
    assert is_unicast(family, address) is good


# A stream, as `ipvsadm -R` reads it.


def restored(text: str, **options: object) -> tuple[Replay, int]:
    replay = Replay()
    return replay, replay.restore(scan(Source("dump", text)), **options).status  # type: ignore[arg-type]


def test_a_usage_error_ends_a_stream_and_others_do_not() -> None:
    replay, status = restored(f"{ADD}\n{ADD}\n-A -z\n-A -t 5\n-A -f 1\n")
    assert status == 2
    assert [event.outcome and event.outcome.status for event in replay.events] == [0, 255, 255, 2, None]
    assert len(replay.table().services) == 1


def test_the_last_line_gives_the_status() -> None:
    assert restored(f"{ADD}\n{ADD}\n")[1] == 255
    assert restored(f"{ADD}\n{ADD}\n-f\n-C\n")[1] == 255
    assert restored(f"{ADD}\n{ADD}\n-C\n")[1] == restored("")[1] == restored("\n \nipvsadm\n")[1] == 0


def test_a_name_that_is_not_known_here_ends_no_stream() -> None:
    text = "-A -t www.example.com:80\n-A -f 1\n"
    assert len(restored(text)[0].table().services) == 1
    replay, status = restored(text, local=True)
    assert (replay.table().services, status, replay.events[1].outcome) == ((), 2, None)


def test_comments_paths_and_other_words_end_a_stream() -> None:
    assert restored("# rules\n-A -f 1\n")[1] == 255
    assert restored("/sbin/ipvsadm -A -f 1\n")[1] == restored("-A -f 1 # one\n")[1] == 2
    assert restored("ipvsadm -A -f 1\r\n \t-A -f 2\n")[1] == 0


def test_listings_in_a_stream() -> None:
    assert restored("-Ln\n-A -f 1\n-S\n")[1] == 0
    assert len(restored("-L -f 1\n-A -f 1\n")[0].table().services) == 0
    assert restored("-L -f 1\n-A -f 1\n")[1] == 1
    assert len(restored("-h\n-A -f 1\n")[0].table().services) == 0
    assert restored("-R\n-A -f 1\n")[1] == 255


def test_a_last_line_may_get_lost() -> None:
    assert len(restored("-A -f 1\n-A -f 2  ")[0].table().services) == 1
    assert len(restored("-A -f 1\n-A -f 2")[0].table().services) == 2


# A log that begins with a table of which nothing is known.


def unknown(*lines: str) -> tuple[Replay, list[bool]]:
    replay = Replay(complete=False)
    run(replay, *lines)
    assert all(event.outcome and event.outcome.ok for event in replay.events), lines
    return replay, [bool(event.outcome and event.outcome.certain) for event in replay.events]


def test_what_a_log_presupposes_was_there() -> None:
    replay, certain = unknown("-e -t 192.0.2.1:80 -r 198.51.100.5 -m -w 0")
    service = replay.table().services[0]
    assert (service.known, service.complete, service.scheduler, certain) == (False, False, "", [False])
    assert [(server.address, server.weight) for server in service.destinations] == [("198.51.100.5", 0)]
    assert replay.table().complete is False


def test_deletes_tell_what_is_not_there_any_more() -> None:
    replay, certain = unknown("-d -t 192.0.2.1:80 -r 198.51.100.5", "-D -t 192.0.2.1:80")
    assert replay.table().services == ()
    assert certain == [False, True]
    for line in ("-D -t 192.0.2.1:80", "-E -t 192.0.2.1:80", SERVER):
        assert not run(replay, line).outcome.ok  # type: ignore[union-attr]
    replay, _ = unknown("-d -t 192.0.2.1:80 -r 198.51.100.5")
    assert last_of(replay, "-d -t 192.0.2.1:80 -r 198.51.100.5") == (255, "No such destination", True)
    assert last_of(replay, "-e -t 192.0.2.1:80 -r 198.51.100.5") == (255, "No such destination", True)
    assert last_of(replay, "-a -t 192.0.2.1:80 -r 198.51.100.5") == (0, "", True)


def last_of(replay: Replay, line: str) -> tuple[int, str, bool]:
    outcome = run(replay, line).outcome
    assert outcome is not None
    return outcome.status, outcome.message, outcome.certain


def test_what_is_added_to_an_unknown_table_is_known() -> None:
    replay, certain = unknown(ADD, SERVER, "-E -f 1 -s rr", "-a -f 1 -r 198.51.100.6", "-C", "-A -f 1")
    assert certain == [False, True, False, False, True, True]
    assert replay.table().complete
    assert last_of(replay, "-E -f 2") == (255, "No such service", True)
    edited = unknown("-E -f 1 -s rr")[0].table().services[0]
    assert (edited.known, edited.complete, edited.scheduler) == (True, False, "rr")


def test_a_listing_says_nothing_of_what_was_there() -> None:
    replay, certain = unknown("-L -t 192.0.2.1:80", "-Ln", "-Z", "-Z -f 1")
    assert certain == [False, True, True, False]
    assert [service.fwmark for service in replay.table().services] == [1]


def test_daemons_of_an_unknown_start() -> None:
    replay, certain = unknown("--stop-daemon master")
    assert certain == [False]
    assert last_of(replay, "--stop-daemon master") == (255, "No daemon is running", True)


def test_what_is_certain_of_an_unknown_start() -> None:
    lines = (SERVER, SERVER.replace("-a", "-e"), "-E -t 192.0.2.1:80", "-E -t 192.0.2.1:80", "-Z -t 192.0.2.1:80",
             "-D -t 192.0.2.1:80", "-A -t 192.0.2.1:80", "-d -f 1 -r 192.0.2.5", "-D -f 1", "-Z -f 2", "-L -f 2")  # fmt: skip
    certain = [False, True, True, True, True, True, True, False, True, False, True]
    assert unknown(*lines)[1] == certain
    started = Replay(complete=False, interfaces={"eth0": 1500})
    assert last_of(started, "--start-daemon master") == (0, "", False)
    assert last_of(started, "--stop-daemon master") == (0, "", True)
    assert last_of(started, "--stop-daemon backup") == (0, "", False)
    assert last_of(started, "--start-daemon backup") == (0, "", True)
    assert last_of(Replay(), "--start-daemon master") == (0, "", False)
    assert last_of(Replay(interfaces={"eth0": 1500}), "--start-daemon master") == (0, "", True)


def test_edits_of_mixed_families_in_an_unknown_start() -> None:
    replay, _ = unknown("-e -t 192.0.2.1:80 -r 2001:db8::5 -i")
    assert last_of(replay, "--start-daemon master")[1] == INVALID
    replay, _ = unknown("-e -t 192.0.2.1:80 -r 198.51.100.5 -i")
    assert last_of(replay, "--start-daemon master")[0] == 0
    same = (
        "-e -t 192.0.2.1:80 -r 2001:db8::5 -i",
        "-e -t 192.0.2.1:80 -r 2001:db8::5 -i -w 2",
        "-d -t 192.0.2.1:80 -r 2001:db8::5",
    )
    replay, certain = unknown(*same, "--start-daemon master")
    assert certain[:3] == [False, True, True]


def test_a_daemon_bars_mixed_families_only() -> None:
    assert last("--start-daemon master", ADD, SERVER) == (0, "")


def test_zeros_stand_for_all_services() -> None:
    assert last("-Z -u [::]:0") == (0, "")
    assert last("-Z -t 0.0.0.0:80") == last("-Z -t 192.0.2.1:0") == (255, "No such service")
    assert last("-L -t 0.0.0.0:0") == (1, "No such service")


def test_daemons_keep_what_is_said() -> None:
    replay = Replay(interfaces={"eth1": 1500})
    run(
        replay,
        "--start-daemon master --mcast-interface eth1 --mcast-group 239.1.1.1 --mcast-port 9 --mcast-ttl 3 --syncid 4",
    )
    daemon = replay.table().daemons[0]
    assert (daemon.interface, daemon.group, daemon.port, daemon.ttl, daemon.syncid) == ("eth1", "239.1.1.1", 9, 3, 4)


def test_finding_a_service() -> None:
    replay = Replay()
    run(replay, "-A -f 7", ADD)
    service = replay.table().service(("TCP", 4, "192.0.2.1", 80))
    mark = replay.table().service(("FWM", 4, "7", 0))
    assert service is not None
    assert mark is not None
    assert (service.title, mark.title) == ("192.0.2.1:80", "fwmark 7")
    assert replay.table().service(("UDP", 4, "192.0.2.1", 80)) is None


def test_names_that_are_not_known_make_no_certain_failure() -> None:
    assert last_of(Replay(), "-A -t www.example.com:80")[2] is False
    assert last_of(Replay(), "-A -t 192.0.2.300:80")[2] is True


def test_many_edits_of_a_large_service_stay_cheap() -> None:
    replay = Replay()
    run(replay, ADD, *(f"-a -t 192.0.2.1:80 -r 10.0.{n // 250}.{n % 250 + 1}" for n in range(3000)))
    run(replay, *("-E -t 192.0.2.1:80",) * 3000)
    assert len(replay.table().services[0].destinations) == 3000


def test_what_cannot_have_been_there_is_not_presupposed() -> None:
    replay = Replay(complete=False)
    outcome = run(replay, "-e -f 1 -r 224.0.0.1 -m").outcome
    assert outcome is not None
    assert outcome.message == "No such destination"
    again = run(replay, "-e -f 1 -r 10.0.0.1 -m").outcome
    assert again is not None
    assert (again.status, again.certain) == (0, False)
