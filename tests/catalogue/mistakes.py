"""Mistakes from real life that keepalived does not report, each with the rule that does, or why none can.

The numbers are those of a survey of bug reports, manuals and public configurations. A row is *decidable* when one
configuration, or those of all peers, show the mistake; the others need facts of a host, of the network, or of a program.
"""

from __future__ import annotations

from typing import NamedTuple

from texts import alone, block, instance, pair, script, server, service, tracked

HOST = "a fact of the host: sysctls, packet filter, links, files, services"
NETWORK = "a fact of the network between the hosts"
PROGRAM = "what another program does or expects"
NOISE = "nearly every good file would be reported"


class Row(NamedTuple):
    """One mistake. `hosts` are the configurations that show it; `codes` the rules of which each must report it; `subnets`
    what the user says of the network."""

    number: str
    what: str
    codes: tuple[str, ...] = ()
    hosts: dict[str, str] = {}
    why_not: str = ""
    target: str = ""
    subnets: tuple[str, ...] = ()

    @property
    def decidable(self) -> bool:
        return self.why_not not in (HOST, NETWORK, PROGRAM)


AUTH = block("authentication", "auth_type PASS\nauth_pass s3cr3t")
UNICAST1 = "unicast_src_ip 192.0.2.1\n" + block("unicast_peer", "192.0.2.2")
UNICAST2 = "unicast_src_ip 192.0.2.2\n" + block("unicast_peer", "192.0.2.1")
HIGH, LOW = instance(priority=150), instance(priority=100)

ROWS = (
    Row("1", "VRRP blocked by a packet filter or a cloud network", why_not=HOST),
    Row("2", "VRIDs of the peers differ", ("LVS302",), pair(instance(priority=150), instance(vrid=78))),
    Row("3", "the VRID of every tutorial", ("LVS242",), alone(instance(vrid=51))),
    Row("3", "two clusters on one network with one VRID", ("LVS320",), {
        "lvs1": instance(priority=150), "lvs2": instance(),
        "db1": instance(name="DB", priority=150, vips="192.0.2.20/24"),
        "db2": instance(name="DB", vips="192.0.2.20/24"),
    }),
    Row("4", "passwords differ within 8 bytes", ("LVS305",), pair(
        instance(AUTH, priority=150), instance(AUTH.replace("s3cr3t", "0ther")),
    )),
    Row("4", "a password of more than 8 bytes", ("LVS207",), alone(instance(AUTH.replace("s3cr3t", "longer-than-8")))),
    Row("4", "a password without a type", ("LVS208",), alone(instance(block("authentication", "auth_pass s3cr3t")))),
    Row("5", "passwords in VRRP version 3", ("LVS209",), alone(instance("version 3\n" + AUTH))),
    Row("6", "advertisement intervals differ in version 2", ("LVS304",), pair(
        instance("advert_int 2", priority=150), instance("advert_int 1"),
    )),
    Row("7", "a fraction of a second in version 2", ("LVS210",), alone(instance("advert_int 0.4"))),
    Row("8", "protocol versions differ", ("LVS303",), pair(instance("version 3", priority=150), instance("version 2"))),
    Row("9", "checksums of version 3 differ", ("LVS323",), pair(
        instance("version 3\nv3_checksum_as_v2", priority=150), instance("version 3"),
    )),
    Row("10", "lists of virtual addresses differ", ("LVS306",), pair(
        instance(priority=150, vips="192.0.2.10/24\n192.0.2.11/24"), instance(),
    )),
    Row("11", "equal priorities", ("LVS309",), pair(instance(), instance())),
    Row("12", "MASTER without a priority on both", ("LVS205",), pair(
        instance(state="MASTER", priority=""), instance(state="MASTER", priority=""),
    )),
    Row("12", "two address owners", ("LVS311",), pair(instance(priority=255), instance(priority=255))),
    Row("13", "both say MASTER", ("LVS301",), pair(
        instance(state="MASTER", priority=150), instance(state="MASTER"),
    )),
    Row("14", "nopreempt on one side only", ("LVS312",), pair(instance("nopreempt", priority=150), instance())),
    Row("14", "nopreempt beside MASTER", ("LVS206",), alone(instance("nopreempt", state="MASTER", priority=150))),
    Row("14", "nopreempt and weights", ("LVS240",), alone(
        script("weight -60"), instance("nopreempt\n" + tracked(), priority=150),
    )),
    Row("15", "a weight smaller than the gap", ("LVS316",), pair(
        script("weight -20") + instance(tracked(), priority=150), script("weight -20") + instance(tracked()),
    )),
    Row("16", "weight 0 taken for no effect", why_not="weight 0 is how one says that a failure is a fault: nothing tells"
        " the two intentions apart"),
    Row("17", "shell syntax in a script line", ("LVS217",), alone(
        script(command='"/usr/bin/pgrep haproxy | grep -q ."'), instance(tracked()),
    )),
    Row("17b", "arguments outside the quotes", ("LVS216",), alone(
        script(command="killall -0 haproxy"), instance(tracked()),
    )),
    Row("18", "a timeout longer than the interval", ("LVS218",), alone(script("timeout 10"), instance(tracked()))),
    Row("19", "script security without a user", ("LVS805",), alone(
        script().replace("    script_user root\n", ""), instance(tracked()),
    )),
    Row("20", "SELinux or AppArmor stop scripts", why_not=HOST),
    Row("21", "a script used before it is defined", ("LVS215",), alone(instance(tracked()), script())),
    Row("22", "several settings on one line", ("LVS110",), alone(
        instance("authentication { auth_type PASS auth_pass s3cr3t }"),
    )),
    Row("23", "a misspelt keyword", ("LVS101",), alone(instance("priorty 150"))),
    Row("24", "a flag with `off`", ("LVS111",), alone(instance("nopreempt off"))),
    Row("25", "strict mode and what it forbids", ("LVS233",), alone(
        block("global_defs", "vrrp_strict"), instance(AUTH),
    )),
    Row("26", "strict mode makes the addresses mute", ("LVS234",), alone(
        block("global_defs", "vrrp_strict"), instance(),
    )),
    Row("27", "ip_nonlocal_bind", why_not=HOST),
    Row("28", "ip_forward", why_not=HOST),
    Row("29", "the real servers' gateway", why_not=HOST),
    Row("30", "the ARP settings of real servers", why_not=HOST),
    Row("31", "rp_filter", why_not=HOST),
    Row("32", "direct routing to another network", ("LVS429",), alone(
        instance(), service(method="DR", servers=server("203.0.113.9", 80)),
    ), subnets=("192.0.2.0/24",)),
    Row("33", "direct routing to another port", ("LVS401",), alone(
        instance(), service(method="DR", servers=server("192.0.2.21", 8080)),
    )),
    Row("34", "a service on no virtual address", ("LVS404",), alone(instance(), service(at="192.0.2.99 80"))),
    Row("35", "one service twice", ("LVS402",), alone(instance(), service(), service())),
    Row("36", "persistence beside a hashing scheduler", ("LVS416",), alone(
        instance(), service("persistence_timeout 300", scheduler="sh"),
    )),
    Row("37", "a real server without a check", ("LVS410",), alone(
        instance(), service(servers=block("real_server 198.51.100.11 80", "weight 1")),
    )),
    Row("38", "an HTTP check that expects nothing", ("LVS412",), alone(
        instance(), service(servers=server(check=block("HTTP_GET", block("url", "path /")))),
    )),
    Row("39", "a TLS check without the server's name", ("LVS413",), alone(
        instance(), service(at="192.0.2.10 443", servers=server(port=443, check=block(
            "SSL_GET", block("url", "path /\nvirtualhost www.example.org\nstatus_code 200"),
        ))),
    )),
    Row("40", "mail without a server", ("LVS224",), alone(
        block("global_defs", block("notification_email", "ops@example.org")), instance("smtp_alert"),
    )),
    Row("41", "a dead server stays too long", ("LVS414",), alone(
        instance(), service(servers=server(check=block(
            "TCP_CHECK", "connect_timeout 30\nretry 5\ndelay_before_retry 20",
        ))),
    )),
    Row("42", "the sorry server is one of the pool", ("LVS418",), alone(
        instance(), service("sorry_server 198.51.100.11 80"),
    )),
    Row("43", "a quorum that counts weights", ("LVS423",), alone(instance(), service(
        "quorum 2", servers=server(more="weight 10") + server("198.51.100.12", more="weight 10"),
    ))),
    Row("44", "inhibit_on_failure and persistence", ("LVS417",), alone(instance(), service(
        "persistence_timeout 300", servers=server(more="weight 1\ninhibit_on_failure"),
    ))),
    Row("45", "datagrams that stick to one server", ("LVS415",), alone(instance(), service(
        at="192.0.2.10 53", method="DR", protocol="UDP", servers=server(port=53, check=block("DNS_CHECK", "type A\nname example.org")),
    ))),
    Row("46", "connection tracking and masquerading", why_not=HOST),
    Row("47", "members of a sync group differ", ("LVS274",), alone(
        block("vrrp_sync_group G", block("group", "WEB\nIN")), instance(priority=150),
        instance(name="IN", vrid=78, interface="eth1", vips="198.51.100.1/24", priority=90),
    )),
    Row("48", "weights inside a sync group", ("LVS249",), alone(
        block("vrrp_sync_group G", block("group", "WEB\nIN")), script("weight -60"), instance(tracked()),
        instance(name="IN", vrid=78, interface="eth1", vips="198.51.100.1/24"),
    )),
    Row("49", "a peer that is not listed", ("LVS310",), pair(
        instance(UNICAST1, priority=150), instance(UNICAST2.replace("192.0.2.1\n", "192.0.2.9\n")),
    )),
    Row("49", "the own address among the peers", ("LVS214",), alone(
        instance("unicast_src_ip 192.0.2.1\n" + block("unicast_peer", "192.0.2.1\n192.0.2.2")),
    )),
    Row("50", "unicast across networks, and nothing moves the address there", ("LVS335",), pair(
        instance(UNICAST1.replace("192.0.2.2", "198.51.100.2"), priority=150),
        instance("unicast_src_ip 198.51.100.2\n" + block("unicast_peer", "192.0.2.1")),
    )),
    Row("51", "unicast against multicast", ("LVS307",), pair(instance(UNICAST1, priority=150), instance())),
    Row("52", "a source address that no interface has", why_not=HOST),
    Row("53", "an address without a mask", ("LVS260",), alone(instance(vips="192.0.2.10/24\n192.0.2.11"))),
    Row("53", "the address of the network", ("LVS261",), alone(instance(vips="192.0.2.0/24"))),
    Row("53", "masks differ between peers", ("LVS324",), pair(instance(priority=150), instance(vips="192.0.2.10/25"))),
    Row("54", "a virtual address that the system's network files configure, too", why_not=HOST),
    Row("54", "a virtual address in static_ipaddress, too", ("LVS291",), alone(
        block("static_ipaddress", "192.0.2.10/24 dev eth0"), instance(),
    )),
    Row("55", "a virtual address that is a real server's", ("LVS263",), alone(
        instance(), service(servers=server("192.0.2.10", 80)),
    )),
    Row("55", "a virtual address that is the peer's own", ("LVS264",), pair(
        instance(UNICAST1, priority=150, vips="192.0.2.2/24"), instance(UNICAST2, vips="192.0.2.2/24"),
    )),
    Row("56", "more addresses than an old peer takes", ("LVS266",), alone(
        instance(vips="\n".join(f"192.0.2.{n}/24" for n in range(10, 40))),
    )),
    Row("57", "an interface that comes late", ("LVS245",), alone(instance(interface="eth0.20"))),
    Row("58", "systemd-networkd or NetworkManager take addresses away", why_not=HOST),
    Row("59", "keepalived in a container", why_not=HOST),
    Row("60", "VMACs and what drops their frames", why_not=HOST),
    Row("61", "a VMAC and unicast", ("LVS239",), alone(instance("use_vmac\n" + UNICAST1))),
    Row("62", "the first IPv6 address is not link-local", ("LVS265",), alone(instance(vips="2001:db8::10/64"))),
    Row("63", "fast advertisements and a starved daemon", ("LVS244",), alone(instance("version 3\nadvert_int 0.2"))),
    Row("64", "a large configuration and small buffers", ("LVS283",), alone(*(
        instance(name=f"V{n}", vrid=n, vips="\n".join(f"10.{n}.{m // 250}.{m % 250 + 1}/16" for m in range(250)))
        for n in range(1, 9)
    ))),
    Row("65", "a reload that is taken for atomic", why_not=NOISE),
    Row("66", "a keyword without its value", ("LVS103",), alone(instance("advert_int"))),
    Row("67", "alerts without anybody to mail them to", ("LVS224",), alone(
        block("global_defs", "smtp_server 192.0.2.25"), instance("smtp_alert"),
    )),
    Row("68", "a notify script that expects other arguments", why_not=PROGRAM),
    Row("69", "a FIFO's reader", why_not=PROGRAM),
    Row("70", "a tracked file in /tmp", ("LVS223",), alone(
        block("track_file down", "file /tmp/down\nweight 1"), instance(block("track_file", "down weight 1")),
    )),
    Row("71", "a bridge or a bond that is always up", ("LVS250",), alone(
        instance(block("track_interface", "br0")),
    )),
    Row("72", "multicast snooping in a bridge", why_not=NETWORK),
    Row("73", "peers on different networks", ("LVS335",), pair(
        instance(UNICAST1.replace("192.0.2.2", "198.51.100.2"), priority=150),
        instance("unicast_src_ip 198.51.100.2\n" + block("unicast_peer", "192.0.2.1")),
    )),
    Row("74", "random numbers in a VRID", ("LVS243",), alone(instance(vrid="${_RANDOM 1 255}"))),
    Row("75", "a firewall manager flushes what keepalived installed", why_not=HOST),
    Row("76", "connection synchronisation on one side", ("LVS321",), pair(
        block("global_defs", "lvs_sync_daemon eth1 inst WEB id 5") + instance(priority=150), instance(),
    )),
    Row("77", "an included file that is executable", why_not="shown by the page of LVS121: it takes a file's mode"),
    Row("78", "lines for a host that is called otherwise now", ("LVS130",), alone(
        instance(priority="").replace("    virtual_router_id", "    @old1 priority 150\n    @old2 priority 100\n    virtual_router_id"),
    )),
    Row("79", "an interval of 0 for gratuitous ARP", ("LVS105",), alone(
        block("global_defs", "vrrp_garp_interval 0\nvrrp_gna_interval 0"), instance(),
    )),
    Row("80", "a VRID that another maker's devices use on the network", why_not=NETWORK),
)  # fmt: skip
