"""Installs one set of locked packages, and this one, into the virtual environment: `install.py SET`, one of `SETS`.

Runs on any CPython from 3.11 with nothing but its standard library. It may be interrupted and run again at any time,
also twice at once. Everything is pinned by hash; only wheels are taken, so nothing unpinned is fetched to build one.
"""

import fcntl
import os
import shutil
import subprocess
import sys
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
ENVIRONMENT = ROOT / ".venv"
PYTHON = ENVIRONMENT / "bin" / "python"
UNDER_WAY = ENVIRONMENT / ".under-way"
"""There while something is being installed; found at the start, it tells that the last run was broken off."""

SETS = {
    "runtime": ["runtime.lock"],
    "dev": ["runtime.lock", "dev.lock"],
    "bench": ["runtime.lock", "dev.lock", "bench.lock"],
    "clients": ["runtime.lock", "dev.lock", "clients.lock"],
    "mutate": ["runtime.lock", "dev.lock", "mutate.lock"],
    "lock": ["lock.lock"],
}


def main() -> int:
    """Install the named set; the exit code is 1 when that failed."""
    if len(sys.argv) != 2 or sys.argv[1] not in SETS:
        print(f"usage: install.py {'|'.join(SETS)}", file=sys.stderr)
        return 2
    if sys.implementation.name != "cpython" or sys.version_info < (3, 11):
        print(f"Bailiwick needs CPython 3.11 or later; this is {sys.version}.", file=sys.stderr)
        return 1
    # On the folder itself, so that no lock file is left behind.
    descriptor = os.open(ROOT, os.O_RDONLY)
    fcntl.flock(descriptor, fcntl.LOCK_EX)
    try:
        return install(sys.argv[1])
    finally:
        os.close(descriptor)


def install(name: str) -> int:
    """Make the environment when there is no usable one, then install the set into it."""
    if not is_usable() and not make_environment():
        return 1
    UNDER_WAY.touch()
    is_done = install_packages(name)
    # Also after a failure, which leaves each package whole or absent; an interruption does not get here.
    UNDER_WAY.unlink()
    return 0 if is_done else 1


def is_usable() -> bool:
    """Whether the environment is there, whole, and of a Python that we support."""
    check = "import pip, sys; raise SystemExit(sys.version_info < (3, 11))"
    if UNDER_WAY.exists() or not PYTHON.exists():
        return False
    return subprocess.run([PYTHON, "-c", check], capture_output=True, check=False).returncode == 0


def make_environment() -> bool:
    """Make the environment anew; False when this Python cannot."""
    print(f"Making {ENVIRONMENT.relative_to(ROOT)} with CPython {sys.version.split()[0]}", flush=True)
    if ENVIRONMENT.exists():
        shutil.rmtree(ENVIRONMENT)
    ENVIRONMENT.mkdir()
    UNDER_WAY.touch()
    try:
        venv.EnvBuilder(symlinks=True, with_pip=True).create(ENVIRONMENT)
    except subprocess.CalledProcessError:
        package = f"python{sys.version_info.major}.{sys.version_info.minor}-venv"
        print(f"This Python cannot make virtual environments. Run: apt-get install {package}", file=sys.stderr)
        return False
    return True


def install_packages(name: str) -> bool:
    """Install the locked packages of the set, and this one."""
    locks = [argument for lock in SETS[name] for argument in ("-r", str(ROOT / "requirements" / lock))]
    print(f"Installing the packages of {' and '.join(SETS[name])} (a minute or two the first time)", flush=True)
    if not pip("--require-hashes", "--only-binary=:all:", *locks):
        return False
    # Its build back end is in the lock: no isolated build, which would fetch one that is not pinned.
    if name != "lock" and not pip("--no-deps", "--no-build-isolation", "--editable", str(ROOT)):
        return False
    compile_own()
    return True


def pip(*arguments: str) -> bool:
    """Run `pip install`; quiet but for errors."""
    command = [str(PYTHON), "-m", "pip", "--disable-pip-version-check", "--no-input", "install", "--quiet", *arguments]
    return subprocess.run(command, check=False).returncode == 0


def compile_own() -> None:
    """Compile our own modules now, so that the first start is as quick as the others."""
    subprocess.run([str(PYTHON), "-m", "compileall", "-q", str(ROOT / "src")], check=False, stdout=subprocess.DEVNULL)


if __name__ == "__main__":
    sys.exit(main())
