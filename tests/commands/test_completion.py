"""What a shell completes: verbs, options and job files, by a real bash, and as cheaply as `--help`."""

from __future__ import annotations

import os
import pty
import re
import subprocess
import sys
from pathlib import Path

import pytest

from pipeline.cli import VERBS
from tests.commands.bench import clean_environment

COMPLETE = """
source <(fluxsweep --show-completion)
COMP_WORDS=("$@") COMP_CWORD=$(($# - 1))
$(complete -p fluxsweep | sed 's/.*-F \\([^ ]*\\).*/\\1/') fluxsweep
printf '%s\\n' "${COMPREPLY[@]}"
"""


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A project with job files and an output folder, and a `fluxsweep` to call."""
    (tmp_path / "bin").mkdir()
    program = tmp_path / "bin/fluxsweep"
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m pipeline "$@"\n')
    program.chmod(0o755)
    for name in ("jobs/one.yaml", "jobs/two.yml", "outputs/one/manifest.jsonl", "fluxsweep.yaml", "notes.txt"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    return tmp_path


def environment(place: Path) -> dict[str, str]:
    clean = clean_environment()
    return clean | {"PATH": f"{place / 'bin'}:{clean['PATH']}", "HOME": str(place), "TERM": "dumb"}


def offered(place: Path, *words: str) -> list[str]:
    """What a bash offers for the last word."""
    ended = subprocess.run(
        ["bash", "--norc", "-c", COMPLETE, "bash", *words],
        cwd=place,
        env=environment(place),
        capture_output=True,
        text=True,
        check=True,
    )
    assert ended.stderr == ""
    return ended.stdout.split()


def test_a_bash_completes_verbs_options_and_job_files(place: Path) -> None:
    assert offered(place, "fluxsweep", "") == list(VERBS)
    assert offered(place, "fluxsweep", "reh") == ["rehearse"]
    assert {"--json", "--check", "--help"} <= set(offered(place, "fluxsweep", "plan", "--"))
    assert offered(place, "fluxsweep", "plan", "") == ["jobs/one.yaml", "jobs/two.yml"]
    assert offered(place, "fluxsweep", "run", "jobs/o") == ["jobs/one.yaml"]
    assert offered(place, "fluxsweep", "status", "") == ["jobs/one.yaml", "jobs/two.yml", "outputs/one"]
    assert offered(place, "fluxsweep", "models", "flux-k") == ["flux-kontext-pro", "flux-kontext-max"]
    assert offered(place, "fluxsweep", "models", "bfl/flux-2-f") == ["bfl/flux-2-flex"]


def test_where_there_is_nothing_to_offer_the_shell_offers_its_own_files(place: Path) -> None:
    assert offered(place, "fluxsweep", "nosuch", "x") == []
    assert offered(place, "fluxsweep", "plan", "no") == []


def test_a_person_at_a_bash_types_tab(place: Path) -> None:
    ours, theirs = pty.openpty()
    bash = subprocess.Popen(
        ["bash", "--norc", "--noprofile", "-i"],
        cwd=place,
        env=environment(place),
        stdin=theirs,
        stdout=subprocess.PIPE,
        stderr=theirs,
        text=True,
        start_new_session=True,
    )
    os.close(theirs)
    os.write(ours, b"source <(fluxsweep --show-completion)\nfluxsweep reh\t --he\t\nexit\n")
    out, _ = bash.communicate(timeout=60)
    os.close(ours)
    assert "Usage: fluxsweep rehearse" in out


@pytest.mark.parametrize(
    ("shell", "form", "colon"), [("zsh", '"{name}":"{summary}"', r"\\:"), ("fish", "{name}\t{summary}", ":")]
)
def test_other_shells_are_told_what_each_verb_does(place: Path, shell: str, form: str, colon: str) -> None:
    asked = {"_FLUXSWEEP_COMPLETE": f"complete_{shell}", "_TYPER_COMPLETE_ARGS": "fluxsweep "}
    asked |= {"_TYPER_COMPLETE_FISH_ACTION": "get-args"}
    said = subprocess.run(["fluxsweep"], env=environment(place) | asked, capture_output=True, text=True, check=True)
    plain = said.stdout.replace("''", "'")
    for name, verb in VERBS.items():
        assert form.format(name=name, summary=verb.summary.replace(":", colon)) in plain


def test_completing_a_verb_imports_no_more_than_help_does() -> None:
    def imported(arguments: list[str], **more: str) -> set[str]:
        ended = subprocess.run(
            [sys.executable, "-X", "importtime", "-m", "pipeline", *arguments],
            env=clean_environment() | more,
            capture_output=True,
            text=True,
            check=True,
        )
        return set(re.findall(r"^import time:.*\| +(\w+)", ended.stderr, re.MULTILINE))

    completing = imported([], _FLUXSWEEP_COMPLETE="complete_bash", COMP_WORDS="fluxsweep re", COMP_CWORD="1")
    assert "typer" in completing
    assert completing - imported(["--help"]) <= {"shlex"}
