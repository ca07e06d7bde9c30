"""Where outputs go and templates come from."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from pipeline.spec.paths import output_folder, template_folder

if TYPE_CHECKING:
    from tests.spec.conftest import Bench


@pytest.mark.parametrize("marker", ["fluxsweep.yaml", ".git"])
def test_outputs_go_to_the_project_that_holds_the_job(tmp_path: Path, marker: str) -> None:
    job = tmp_path / "project" / "deep" / "jobs" / "a.yaml"
    job.parent.mkdir(parents=True)
    (tmp_path / "project" / marker).touch()
    assert output_folder(job, "a") == tmp_path.resolve() / "project" / "outputs" / "a"


def test_outside_of_a_project_outputs_go_beside_the_job(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "jobs").mkdir()
    monkeypatch.chdir(tmp_path)
    assert output_folder(Path("jobs/a.yaml"), "a") == tmp_path.resolve() / "jobs" / "outputs" / "a"


def test_templates_beside_the_job_come_before_those_beside_its_parent(bench: Bench) -> None:
    assert template_folder(bench.path) == Path("templates")
    (bench.root / "jobs" / "templates").mkdir()
    assert template_folder(bench.path) == Path("jobs/templates")


def test_a_job_typed_from_its_own_folder_finds_the_templates_of_its_parent(
    bench: Bench, teapot: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    bench.load(teapot)
    monkeypatch.chdir(bench.root / "jobs")
    assert template_folder(Path("job.yaml")).resolve() == (bench.root / "templates").resolve()


@pytest.mark.parametrize("name", ["../secret.j2", "a/../../secret.j2", "link.j2"])
def test_a_template_outside_of_its_folder_is_never_read(bench: Bench, name: str) -> None:
    (bench.root / "secret.j2").write_text("{{ product }} {{ surface }} {{ lighting }}")
    (bench.root / "templates" / "link.j2").symlink_to(bench.root / "secret.j2")
    assert bench.problem("studio.j2", name).startswith("jobs/job.yaml:7:15 prompts.lit.file: ")
    assert "is outside of the templates folder" in bench.problem("studio.j2", name)
    assert "is outside of" in bench.problem("studio.j2", str(bench.root / "templates" / "studio.j2"))


def test_a_missing_template_is_named_with_the_one_meant(bench: Bench) -> None:
    found = bench.problem("studio.j2", "studoi.j2")
    assert found == (
        "jobs/job.yaml:7:15 prompts.lit.file: there is no template `studoi.j2` in templates/; did you mean `studio.j2`?"
    )
