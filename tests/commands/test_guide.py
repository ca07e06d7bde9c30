"""A real run against a server that somebody else wrote from the API's guide."""

from __future__ import annotations

import pytest

from tests.commands.bench import Bench
from tests.commands.guide_server import GuideServer


def test_a_run_buys_each_picture_once_and_keeps_the_key_at_home(bench: Bench, guide: GuideServer) -> None:
    ended = bench.call("run", bench.job(seeds="1..3"), "--yes", "-o", "out", **bench.real(guide.origin))
    assert ended.code == 0, ended.err
    assert guide.wrong == []
    assert guide.origin in ended.err
    sent = [(job.model, job.body["prompt"], job.body["seed"]) for job in guide.jobs.values()]
    assert sorted(sent) == [("flux-dev", f"a {thing}", seed) for thing in ("cat", "teapot") for seed in (1, 2, 3)]
    status = bench.call("status", "out", "--json").json
    assert status["tasks"]["downloaded"] == status["total"] == 6
    assert status["charges"] == {"lo": 6, "hi": 6}
    assert len(list(bench.out.glob("images/*.png"))) == 6

    seen = len(guide.requests)
    again = bench.call("run", "job.yaml", "--yes", "-o", "out", **bench.real(guide.origin))
    assert again.code == 0
    assert len(guide.requests) == seen


def test_what_fails_there_is_told_and_not_bought_again(bench: Bench, guide: GuideServer) -> None:
    job = bench.job(seeds="[1]")
    job.write_text(job.read_text().replace("[teapot, cat]", "[teapot, cat, dog]").replace('"a {{', '"{{'))
    job.write_text(job.read_text().replace("cat", "Error of a cat").replace("dog", "Failed dog"))
    ended = bench.call("run", job, "--yes", "-o", "out", **bench.real(guide.origin))
    assert ended.code == 1, ended.err
    status = bench.call("status", "out", "--json").json
    assert (status["tasks"]["downloaded"], status["tasks"]["failed"]) == (1, 2)
    assert status["charges"] == {"lo": 1, "hi": 3}
    again = bench.call("run", job, "--yes", "-o", "out", **bench.real(guide.origin))
    assert again.code == 1
    assert len(guide.jobs) == 3


def test_a_wrong_key_stops_the_run_and_is_not_repeated_to_anyone(bench: Bench, guide: GuideServer) -> None:
    real = bench.real(guide.origin) | {"COMETAPI_KEY": "sk-of-somebody-else"}
    ended = bench.call("run", bench.job(), "--yes", "-o", "out", **real)
    assert ended.code == 3, ended.err
    assert len(guide.requests) <= 4
    assert guide.jobs == {}
    assert bench.call("status", "out", "--json").json["tasks"]["planned"] == 4
    assert "sk-of-somebody-else" not in "".join(bench.said)
    right = bench.call("run", "job.yaml", "--yes", "-o", "out", **bench.real(guide.origin))
    assert right.code == 0
    assert len(guide.jobs) == 4


@pytest.mark.parametrize("prompt", ["<script>alert(1)</script>", "</script><img src=x onerror=alert(1)>", "'; --"])
def test_a_hostile_prompt_is_sent_and_shown_as_it_is(bench: Bench, guide: GuideServer, prompt: str) -> None:
    job = bench.job(seeds="[1]")
    job.write_text(job.read_text().replace('"a {{ thing }}"', f'"{prompt} {{{{ thing }}}}"'))
    assert bench.call("run", job, "--yes", "-o", "out", **bench.real(guide.origin)).code == 0
    assert {job.body["prompt"] for job in guide.jobs.values()} == {f"{prompt} cat", f"{prompt} teapot"}
    page = (bench.out / "report/index.html").read_text()
    assert prompt not in page or "<" not in prompt
    assert page.count("<script") == page.count("</script")
