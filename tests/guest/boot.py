"""Runs the tests marked `ipvs` on a kernel that has IPVS.

    python tests/guest/boot.py [PYTEST ARGUMENTS]

Where this machine's own kernel has IPVS, they run right here. Otherwise user-mode Linux is booted as an ordinary process:
a kernel with IPVS whose root file system is this machine's, so that the checkout and its virtual environment are simply
there. pytest's output and exit status are brought back; 2 means that no such kernel could be started, and says why.
"""

from __future__ import annotations

import os
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
KERNEL = "linux.uml"
MODULES = Path("/usr/lib/uml/modules")
MEMORY = "2G"
# Seconds that a run may take: on a busy machine, the full one is long.
LIMIT = 7200 if os.environ.get("LVSCOMPILE_FULL") else 1500
PASSED_ON = ("LVSCOMPILE_FULL", "LVSCOMPILE_SEED")
CANNOT_START = 2
# What the snag that `ptrace_whole.c` cures looks like.
SHORT_REGISTERS = "ptrace set fp regs failed"

INIT = """\
#!/bin/sh
export PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LVSCOMPILE_GUEST=1 {settings}
mount -t proc proc /proc
mount -t sysfs sysfs /sys
mount -t tmpfs tmpfs /run
mkdir -p /dev/shm /dev/pts
mount -t tmpfs tmpfs /dev/shm
mount -t devpts devpts /dev/pts
mount --bind {modules} /lib/modules
modprobe -a ip_vs ip_vs_rr ip_vs_wrr ip_vs_lc ip_vs_wlc ip_vs_sh ip_vs_dh ip_vs_mh ip_vs_sed ip_vs_nq ip_vs_fo ip_vs_ovf \\
  ip_vs_lblc ip_vs_lblcr ip_vs_ftp ip_vs_pe_sip veth dummy macvlan bridge
ip link set lo up
cd {folder}
{command} >{output} 2>&1
echo $? >{status}
sync
echo o >/proc/sysrq-trigger
sleep 5
"""


def main(arguments: Sequence[str]) -> int:
    command = [sys.executable, "-m", "pytest", "-m", "ipvs", "-p", "no:cacheprovider", *(arguments or [str(HERE)])]
    if host_has_ipvs():
        return subprocess.run(command, cwd=ROOT, env=os.environ | {"LVSCOMPILE_GUEST": "1"}, check=False).returncode
    missing = [tool for tool in (KERNEL, "gcc", "kmod") if shutil.which(tool) is None]
    if missing or not MODULES.is_dir():
        print(f"guest kernel: not installed: {', '.join(missing) or MODULES}", file=sys.stderr)
        return CANNOT_START
    Path("/lib/modules").mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="guest-") as folder:
        # Temporary folders of its own: another run may be going on beside it.
        return _run([*command, f"--basetemp={folder}/pytest"], Path(folder))


def host_has_ipvs() -> bool:
    """Whether this machine's kernel has IPVS, or can load it."""
    if not Path("/proc/net/ip_vs").exists() and shutil.which("modprobe"):
        subprocess.run(["modprobe", "ip_vs"], capture_output=True, check=False)
    return Path("/proc/net/ip_vs").exists()


def _run(command: Sequence[str], folder: Path) -> int:
    init, output, status = folder / "init", folder / "output", folder / "status"
    settings = " ".join(f"{name}={shlex.quote(os.environ[name])}" for name in PASSED_ON if name in os.environ)
    init.write_text(
        INIT.format(
            modules=MODULES, folder=shlex.quote(str(ROOT)), command=shlex.join(command), output=output, status=status,
            settings=settings,
        )
    )  # fmt: skip
    init.chmod(0o755)
    console = _boot(init, {})
    if SHORT_REGISTERS in console and not status.exists():
        library = folder / "ptrace_whole.so"
        subprocess.run(["gcc", "-O2", "-shared", "-fPIC", "-o", library, HERE / "ptrace_whole.c"], check=True)
        console = _boot(init, {"LD_PRELOAD": str(library)})
    if output.exists():
        sys.stdout.write(output.read_text(errors="backslashreplace"))
    if not status.exists() or not status.read_text().strip():
        print(f"guest kernel: it ended before the tests did:\n{console[-3000:]}", file=sys.stderr)
        return CANNOT_START
    return int(status.read_text())


def _boot(init: Path, environment: dict[str, str]) -> str:
    """Boot the guest and wait until it powers off; what stood on its console."""
    # It takes its memory from a file: TMPDIR must have room for it.
    command = [
        KERNEL, f"mem={MEMORY}", "rootfstype=hostfs", "rootflags=/", "rw", f"init={init}",
        "con=null", "con0=fd:0,fd:1", "ssl=null", "hostname=guest",
    ]  # fmt: skip
    process = subprocess.Popen(
        command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        env=os.environ | environment, start_new_session=True,
    )  # fmt: skip
    try:
        console, _ = process.communicate(timeout=LIMIT)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)  # the guest's processes are processes of ours
        console, _ = process.communicate()
        console += f"\nno end after {LIMIT} s".encode()
    return console.decode(errors="backslashreplace")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
