"""The README is true: its tables, its job, its error and its links are held against the code."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from pipeline.catalog.load import load_catalog
from pipeline.cli import VERBS
from pipeline.commands.flow.opening import open_job
from pipeline.errors import PRECEDENCE, JobError
from pipeline.images.check import check_picture

ROOT = Path(__file__).resolve().parents[1]
README = (ROOT / "README.md").read_text()


def table(title: str) -> list[list[str]]:
    """The rows of the first table under a heading, without its head."""
    section = README.split(f"\n## {title}\n")[1].split("\n## ")[0]
    rows = [line.strip("|").split("|") for line in section.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in row] for row in rows[2:]]


def block(language: str) -> str:
    found = re.search(rf"```{language}\n(.*?)```", README, re.DOTALL)
    assert found is not None
    return found[1]


def test_the_table_of_commands_is_the_command_lines_own() -> None:
    assert table("Commands") == [[f"`{name}`", verb.summary] for name, verb in VERBS.items()]


def test_the_table_of_exit_codes_names_every_code_in_its_order() -> None:
    codes = [int(code) for row in table("Exit codes") for code in row[0].split(",")]
    assert codes == [int(code) for code in PRECEDENCE]


def test_the_job_comes_to_what_its_comment_says(tmp_path: Path) -> None:
    job = tmp_path / "lighthouse.yaml"
    job.write_text(block("yaml"))
    planned = open_job(job)
    said = re.search(r"# (\d+) pictures", README)
    assert said is not None
    assert len(planned.cells) == len(planned.tasks) == int(said[1])
    assert all(cell.price is not None for cell in planned.cells)


def test_the_error_is_what_a_reader_of_this_page_would_see(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("lighthouse.yaml").write_text(block("yaml").replace("  seed:", "  sede:"))
    with pytest.raises(JobError) as caught:
        open_job(Path("lighthouse.yaml"))
    assert str(caught.value) in README


def test_the_provider_is_the_file_that_runs_against_the_emulator() -> None:
    shown = README.split("<!-- docs/own-provider/atelier.yaml -->\n```yaml\n")[1].split("```")[0]
    assert shown == (ROOT / "docs" / "own-provider" / "atelier.yaml").read_text()
    assert len(shown.splitlines()) < 30


def test_the_providers_it_names_are_those_that_are_shipped() -> None:
    said = README.split("\n## Providers\n")[1].split(" are shipped")[0]
    assert sorted(re.findall(r"`([\w-]+)`", said)) == sorted(load_catalog().providers)


def test_the_cell_it_explains_is_there(tmp_path: Path) -> None:
    job = tmp_path / "lighthouse.yaml"
    job.write_text(block("yaml"))
    said = re.search(r"--explain (\S+)", README)
    assert said is not None
    assert said[1] in {cell.label for cell in open_job(job).cells}


def test_the_shipped_jobs_are_right() -> None:
    counts = {job.stem: len(open_job(job).cells) for job in (ROOT / "jobs").glob("*.yaml")}
    assert counts["quickstart"] == 12
    assert counts["teapot-ab"] == int(re.findall(r"A contact sheet of (\d+) pictures", README)[0])


def test_every_file_that_it_names_is_there() -> None:
    for target in re.findall(r"\]\(([^)#:]+)\)", README):
        assert (ROOT / target).exists(), target
    assert check_picture(ROOT / "docs" / "contact-sheet.png").width > 1000


def test_the_key_it_names_is_the_catalogs() -> None:
    spec = load_catalog().provider("cometapi")
    assert f"`{spec.key.variable}`" in README
    assert f"`{spec.base_url_variable}`" in README
