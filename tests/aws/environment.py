"""The Python environment of these tests: made once, made anew when `requirements.txt` changes. Needs nothing installed."""

import hashlib
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
FOLDER = ROOT / "target" / "aws-venv"
_STAMP = "requirements.sha256"


class Missing(Exception):
    """Something that the tests need is not on this machine. The message says what, and what to do."""


def python() -> Path:
    """The interpreter of the environment, which is made if it is not there."""
    requirements = HERE / "requirements.txt"
    wanted = hashlib.sha256(requirements.read_bytes() + sys.version.encode()).hexdigest()
    stamp = FOLDER / _STAMP
    if not stamp.is_file() or stamp.read_text() != wanted:
        _make(requirements)
        stamp.write_text(wanted)
    return FOLDER / "bin" / "python"


def _make(requirements: Path) -> None:
    if sys.version_info < (3, 11):
        raise Missing(f"Python 3.11 or newer; this is {sys.version.split()[0]}")
    FOLDER.parent.mkdir(exist_ok=True)
    _run("the module venv (Debian: python3-venv)", sys.executable, "-m", "venv", "--clear", str(FOLDER))
    pip = (str(FOLDER / "bin" / "python"), "-m", "pip", "install", "--quiet", "--disable-pip-version-check")
    _run("the packages of requirements.txt (is PyPI reachable?)", *pip, "-r", str(requirements))


def _run(need: str, *command: str) -> None:
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode != 0:
        raise Missing(f"{need}: {(done.stderr or done.stdout).strip()[-500:]}")
