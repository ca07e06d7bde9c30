"""What is wrong is said on a line, with its exit code, before anything is made or sent."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from pipeline.commands.flow.opening import open_job
from pipeline.errors import JobError
from pipeline.manifest.lock import lock
from tests.commands.bench import Bench
from tests.commands.conftest import Emulate
from tests.commands.guide_server import GuideServer
from tests.truth import ledger_lines

ROOT = Path(__file__).resolve().parents[2]
TEAPOT = (ROOT / "jobs" / "teapot-ab.yaml").read_text()
KEY = re.compile(r"(?<=[\s{])[a-z_]+(?=:\s)|^[a-z]+(?=:)", re.MULTILINE)


def keys_of(text: str) -> list[re.Match[str]]:
    """Every key of a job file, in order; comments hold none."""
    code = re.sub(r"#.*", lambda comment: " " * len(comment[0]), text)
    return list(KEY.finditer(code))


def with_typo(text: str, key: re.Match[str]) -> str:
    """The file with the key's last two letters exchanged, or a letter more where they are the same."""
    word = key[0]
    typo = word[:-2] + word[-1] + word[-2] if len(word) > 1 and word[-1] != word[-2] else word + "x"
    return text[: key.start()] + typo + text[key.end() :]


@pytest.fixture
def project(bench: Bench) -> Path:
    """A folder with the shipped jobs and templates."""
    for name in ("jobs", "templates"):
        shutil.copytree(ROOT / name, bench.root / name)
    return bench.root


@pytest.mark.parametrize(
    ("name", "free"), [("teapot-ab", set()), ("quickstart", set()), ("portrait-dataset", {"portrait"})]
)
def test_a_typo_in_any_key_of_a_job_is_one_mistake_at_its_line(project: Path, name: str, free: set[str]) -> None:
    """`free`: names of the author's own choice that stand nowhere else, and so cannot be mistaken."""
    file = project / "jobs" / f"{name}.yaml"
    text = file.read_text()
    found = [key for key in keys_of(text) if key[0] not in free]
    assert len(found) > 15
    for key in found:
        file.write_text(with_typo(text, key))
        with pytest.raises(JobError) as caught:
            open_job(file)
        line = text.count("\n", 0, key.start()) + 1
        (problem,) = map(str, caught.value.problems)
        # A name that one template reads and one key sets is told at the template, with the line of the key.
        assert problem.startswith(f"{file}:{line}:") or f"which line {line} sets" in problem, problem
        assert "\n" not in problem


@pytest.mark.parametrize("verb", ["plan", "run", "rehearse"])
@pytest.mark.parametrize("word", ["version", "matrix", "exclude", "product", "usd", "give_up"])
def test_a_typo_leaves_with_2_and_one_line(
    project: Path, bench: Bench, guide: GuideServer, verb: str, word: str
) -> None:
    key = next(key for key in keys_of(TEAPOT) if key[0] == word)
    (project / "jobs" / "teapot-ab.yaml").write_text(with_typo(TEAPOT, key))
    before = sorted(project.rglob("*"))
    ended = bench.call(verb, "jobs/teapot-ab.yaml", **bench.real(guide.origin))
    assert (ended.code, ended.out, ended.err.count("\n")) == (2, "", 1), ended.err
    assert word in ended.err
    assert sorted(project.rglob("*")) == before
    assert guide.requests == []


def test_every_mistake_is_told_at_once(project: Path, bench: Bench) -> None:
    text = (
        TEAPOT.replace("seed: 1..4", "seed: 012").replace("budget:", "bugdet:").replace("flux-2-flex]", "flux-2-flax]")
    )
    (project / "jobs" / "teapot-ab.yaml").write_text(text)
    ended = bench.call("plan", "jobs/teapot-ab.yaml")
    assert (ended.code, ended.err.count("\n")) == (2, 3), ended.err


def test_a_damaged_manifest_is_refused_and_left_alone(bench: Bench, emulate: Emulate) -> None:
    real = bench.real(emulate())
    job = bench.job()
    assert bench.call("run", job, "--yes", "-o", "out", **real).code == 0
    path = bench.out / "manifest.jsonl"
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    for arguments in (
        ["run", job, "--yes", "-o", "out"],
        ["plan", job, "-o", "out"],
        ["status", "out"],
        ["report", "out"],
        ["rerun", "out", "-o", "again", "--yes"],
    ):
        ended = bench.call(*arguments, **real)
        assert (ended.code, ended.out) == (5, ""), ended.err
        assert re.search(r"line \d+, byte \d+", ended.err)
    assert path.read_bytes() == content
    assert len(ledger_lines(bench.ledger)) == 4
    assert not (bench.root / "again").exists()


def test_a_locked_folder_is_read_and_not_written(bench: Bench, guide: GuideServer) -> None:
    real = bench.real(guide.origin)
    assert bench.call("run", bench.job(seeds="1..2"), "--yes", "-o", "out", **real).code == 0
    more = bench.job(seeds="1..3")
    with lock(bench.out):
        ended = bench.call("run", more, "--yes", "-o", "out", **real)
        assert ended.code == 5, ended.err
        assert len(guide.jobs) == 4
        assert bench.call("status", "out", "--json").json["tasks"]["downloaded"] == 4
        assert bench.call("plan", more, "-o", "out", "--json").json["submit"] == 2
    assert bench.call("run", more, "--yes", "-o", "out", **real).code == 0
    assert len(guide.jobs) == 6


@pytest.mark.parametrize("text", ["", "[]", "\x00", "a: [" * 3000, "version: 1\nname: ../up\n", "&a [*a, *a]"])
def test_a_file_that_is_no_job_is_refused(bench: Bench, text: str) -> None:
    (bench.root / "job.yaml").write_text(text)
    for verb in ("plan", "rehearse"):
        ended = bench.call(verb, "job.yaml")
        assert (ended.code, ended.out) == (2, "")
        assert ended.err.startswith("job.yaml")
    assert [file.name for file in bench.root.iterdir()] == ["job.yaml"]
