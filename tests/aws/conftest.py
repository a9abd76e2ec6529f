"""Fixtures for tests of the real functions, which are skipped with the reason where the functions have not been built."""

import os
import shutil
from collections.abc import Iterable
from pathlib import Path

import pytest

import warehouse
from environment import HERE, ROOT
from topology import PROGRAMS

FAST_CLOCK = {
    "AFTERCALL_READY__AFTER_RECORD_SECONDS": "2",
    "AFTERCALL_READY__AFTER_SILENCE_SECONDS": "4",
    "AFTERCALL_DUMP__LAG_SECONDS": "1",
}
"""Contacts that no source ends become ready after seconds instead of minutes, and the dump waits a second for other writers
instead of twenty minutes; nothing else differs from a deployment."""
MODEL = {
    "AFTERCALL_BEDROCK__MODEL_ID": "eu.anthropic.claude-sonnet-4-5-20250929-v1:0",
    "AFTERCALL_BEDROCK__INPUT_USD_PER_MILLION": "3", "AFTERCALL_BEDROCK__OUTPUT_USD_PER_MILLION": "15",
}


OWN_FILES = HERE / "own_files"
"""Rules and a map of entities, as somebody would write them."""
FILES = {"categories.rules": "rules.toml", "entities.map": "entities.csv"}
"""The settings that name them, for a function that has them beside its program."""


def variables(settings: dict[str, str]) -> dict[str, str]:
    """The environment variables of settings."""
    return {f"AFTERCALL_{name.upper().replace('.', '__')}": value for name, value in settings.items()}


def where_they_lie(settings: dict[str, str]) -> dict[str, str]:
    """The same settings of files for a program of this machine."""
    return {name: str(OWN_FILES / value) for name, value in settings.items()}


def built(programs: Iterable[str]) -> Path:
    """The folder with the built functions. A test that needs one that is not there is skipped."""
    folder = Path(os.environ.get("AFTERCALL_FUNCTIONS", ROOT / "target" / "lambda"))
    missing = [program for program in programs if not (folder / program / "bootstrap").is_file()]
    if missing:
        pytest.skip(f"functions are not built (cargo xtask functions): {', '.join(missing)} missing in {folder}")
    return folder


@pytest.fixture(scope="session")
def programs() -> Path:
    """The folder with the built functions of the pipeline."""
    return built(PROGRAMS)


@pytest.fixture(scope="session")
def command() -> Path:
    """The `aftercall` program, whose embedded run says what the rows have to be."""
    binary = warehouse.command()
    if binary is None:
        pytest.skip("the command is not built (cargo build), or name it in AFTERCALL_BINARY")
    return binary


@pytest.fixture(scope="session")
def node() -> Path:
    """The CDK app with its packages."""
    folder = ROOT / "cdk"
    if shutil.which("npx") is None:
        pytest.skip("Node is missing")
    if not (folder / "node_modules").is_dir():
        pytest.skip("the packages of cdk/ are not installed (npm ci in cdk/)" if folder.is_dir() else "there is no cdk/")
    return folder
