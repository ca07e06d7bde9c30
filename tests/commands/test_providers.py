"""Several providers in one job, and a job's own: each with its key, its place, its budget, and no key elsewhere."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline.catalog.own import catalog_of
from pipeline.errors import JobError
from pipeline.manifest.read import read_manifest
from pipeline.manifest.state import Manifest
from tests.commands.bench import Bench
from tests.providers.vendors import PATHS, Vendor, vendors

OWN = Path(__file__).parents[2] / "docs" / "own-provider"
KEYS = {
    "bfl": "BFL_API_KEY",
    "cometapi": "COMETAPI_KEY",
    "cometapi-replicate": "COMETAPI_KEY",
    "replicate": "REPLICATE_API_TOKEN",
}
JOB = """\
version: 1
name: several
prompts: {{plain: a cat}}
matrix:
  model: [{models}]
  seed: 1..2
run: {{poll: {{min: 0.05s}}}}
{more}
"""


def job(bench: Bench, *models: str, more: str = "budget: {images: 20}") -> Path:
    file = bench.root / "job.yaml"
    file.write_text(JOB.format(models=", ".join(models), more=more))
    return file


def environment(services: list[Vendor]) -> dict[str, str]:
    """Everybody's key and place."""
    found: dict[str, str] = {}
    for service in services:
        variable = KEYS[service.name]
        found |= {variable: service.key, f"{variable.partition('_')[0]}_BASE_URL": service.origin}
    return found


def manifest(bench: Bench) -> Manifest:
    return read_manifest(bench.out / "manifest.jsonl").manifest


def statuses(bench: Bench) -> dict[str, set[str]]:
    """How the tasks of each provider stand."""
    read, found = manifest(bench), dict[str, set[str]]()
    for key in read.planned_keys():
        found.setdefault(read.tasks[key].provider, set()).add(read.record(key).status)
    return found


@pytest.mark.parametrize("names", [("cometapi", "bfl", "replicate"), ("cometapi-replicate", "bfl")])
def test_each_key_goes_to_its_own_provider_only(bench: Bench, names: tuple[str, ...]) -> None:
    with vendors(*names) as services:
        file = job(bench, *(f"{name}/flux-pro-1.1" for name in names))
        ended = bench.call("run", file, "-o", bench.out, **environment(services))
    assert ended.code == 0, ended.err
    for service in services:
        assert len(service.submits) == len(service.downloads) == 2
        assert service.strangers == []
        assert "sk-of" not in str(service.downloads)
    read = manifest(bench)
    assert read.origins == {service.name: service.origin for service in services}
    written = b"".join(path.read_bytes() for path in bench.root.rglob("*") if path.is_file())
    assert b"sk-of" not in written
    assert "sk-of" not in "".join(bench.said)


def test_a_bill_in_the_reply_is_what_is_spent(bench: Bench) -> None:
    with vendors("bfl", "cometapi") as services:
        file = job(bench, "bfl/flux-pro-1.1", "cometapi/flux-pro-1.1")
        assert bench.call("run", file, "-o", bench.out, **environment(services)).code == 0
    spend = bench.call("status", bench.out, "--json").json["spend"]
    assert (spend["lo"], spend["hi"]) == (0.17, 0.17)
    assert "reply" in spend["source"]
    assert "about: the vendor's list price; the gateway bills its own" in spend["source"]


@pytest.mark.parametrize(("lacking", "there"), [("BFL_API_KEY", "COMETAPI_KEY"), ("COMETAPI_KEY", "BFL_API_KEY")])
def test_a_missing_key_is_named_before_anything_is_sent(bench: Bench, lacking: str, there: str) -> None:
    with vendors("bfl", "cometapi") as services:
        file = job(bench, "bfl/flux-pro-1.1", "cometapi/flux-pro-1.1")
        known = environment(services)
        del known[lacking]
        ended = bench.call("run", file, "-o", bench.out, **known)
        assert [service.submits for service in services] == [[], []]
    assert ended.code == 3
    assert lacking in ended.err
    assert there not in ended.err
    assert not bench.out.exists()


def test_one_out_of_credit_leaves_the_other_going(bench: Bench) -> None:
    with vendors("bfl", "cometapi", bfl={"refuses": (402, {"detail": "Insufficient credits"})}) as services:
        file = job(bench, "bfl/flux-pro-1.1", "cometapi/flux-pro-1.1")
        ended = bench.call("run", file, "-o", bench.out, **environment(services))
        assert ended.code == 3
        assert "bfl does not serve this key: HTTP 402: Insufficient credits" in ended.err
        assert statuses(bench) == {"bfl": {"planned"}, "cometapi": {"downloaded"}}
        services[0].refuses = None
        assert bench.call("run", file, "-o", bench.out, **environment(services)).code == 0
    assert len(services[1].submits) == 2
    assert statuses(bench) == {"bfl": {"downloaded"}, "cometapi": {"downloaded"}}


def test_a_provider_has_a_budget_of_its_own(bench: Bench) -> None:
    more = "budget: {images: 20}\nproviders: {bfl: {budget: {images: 1}}}"
    with vendors("bfl", "cometapi") as services:
        file = job(bench, "bfl/flux-pro-1.1", "cometapi/flux-pro-1.1", more=more)
        refused = bench.call("run", file, "-o", bench.out, **environment(services))
        assert refused.code == 4
        assert "providers.bfl.budget.images" in refused.err
        assert [service.submits for service in services] == [[], []]
        partial = bench.call("run", file, "-o", bench.out, "--partial", **environment(services))
        assert partial.code == 4
        assert [len(service.submits) for service in services] == [1, 2]
    assert statuses(bench) == {"bfl": {"planned", "downloaded"}, "cometapi": {"downloaded"}}


def test_the_provider_can_be_an_axis_and_each_price_names_its_source(bench: Bench) -> None:
    more = "provider: emulator\nprices: {bfl/flux-pro-1.1: 0.03}"
    file = job(bench, "flux-pro-1.1", more=more)
    file.write_text(file.read_text().replace("  seed:", "  provider: [bfl, cometapi, replicate]\n  seed:"))
    models = bench.call("plan", file, "-o", bench.out, "--json").json["models"]
    assert [(one["model"], one["price"], one["source"]) for one in models] == [
        ("bfl/flux-pro-1.1", 0.03, "yours"),
        ("cometapi/flux-pro-1.1", 0.04, "about: the vendor's list price; the gateway bills its own"),
        ("replicate/flux-pro-1.1", 0.04, "about: the vendor's list price; Replicate bills its own"),
    ]


@pytest.mark.parametrize("name", sorted(PATHS))
def test_every_shipped_provider_is_rehearsed_in_its_own_words(bench: Bench, name: str) -> None:
    file = job(bench, f"{name}/flux-pro-1.1", f"{name}/flux-2-pro")
    ended = bench.call("rehearse", file, "-o", bench.out, "--quiet")
    assert ended.code == 0, ended.err
    assert manifest(bench).is_free
    assert statuses(bench) == {name: {"downloaded"}}


def test_another_place_of_one_provider_is_accepted_once(bench: Bench) -> None:
    with vendors("bfl") as services:
        file = job(bench, "bfl/flux-pro-1.1")
        assert bench.call("run", file, "-o", bench.out, **environment(services)).code == 0
    with vendors("cometapi", "bfl") as (_, elsewhere):
        moved = environment([elsewhere])
        refused = bench.call("run", file, "-o", bench.out, **moved)
        assert refused.code == 2
        assert "its pictures by bfl come from http://127.0.0.1" in refused.err
        assert bench.call("run", file, "-o", bench.out, "--accept-origin", **moved).code == 0
        assert bench.call("run", file, "-o", bench.out, **moved).code == 0
        assert elsewhere.submits == []


def test_a_lost_task_is_collected_only_where_its_provider_was(bench: Bench) -> None:
    """A plan that no longer has a task still collects it, paid as it is: elsewhere nobody knows its id."""
    with vendors("bfl", "cometapi") as services:
        known = environment(services)
        waits = job(bench, "bfl/flux-pro-1.1", more="budget: {images: 20}")
        waits.write_text(waits.read_text().replace("run: {", "run: {give_up: 0.01s, "))
        assert bench.call("run", waits, "-o", bench.out, **known).code == 75
        file = job(bench, "cometapi/flux-pro-1.1")
        with vendors("bfl") as (elsewhere,):
            moved = known | environment([elsewhere])
            refused = bench.call("run", file, "-o", bench.out, "--replace", **moved)
            assert refused.code == 2
            assert "its pictures by bfl come from" in refused.err
            assert (elsewhere.polls, services[1].submits) == ([], [])
        assert bench.call("run", file, "-o", bench.out, "--replace", **known).code == 0
    read = manifest(bench)
    assert {read.record(key).status for key in read.tasks} == {"downloaded"}


def test_a_budget_that_is_passed_already_keeps_nothing_from_being_collected(bench: Bench) -> None:
    with vendors("bfl", "cometapi") as services:
        known = environment(services)
        file = job(bench, "bfl/flux-pro-1.1")
        assert bench.call("run", file, "-o", bench.out, **known).code == 0
        more = "budget: {images: 4}\nproviders: {bfl: {budget: {images: 1}}}"
        file = job(bench, "bfl/flux-pro-1.1", "cometapi/flux-pro-1.1", more=more)
        ended = bench.call("run", file, "-o", bench.out, **known)
        assert ended.code == 0, ended.err
    assert statuses(bench) == {"bfl": {"downloaded"}, "cometapi": {"downloaded"}}


def test_bills_above_the_list_price_are_planned_with(bench: Bench) -> None:
    """Two were billed at $0.045 instead of $0.04: two more at that price would pass what the list price would not."""
    with vendors("bfl") as services:
        known = environment(services)
        file = job(bench, "bfl/flux-pro-1.1")
        assert bench.call("run", file, "-o", bench.out, **known).code == 0
        file.write_text(file.read_text().replace("1..2", "1..4").replace("{images: 20}", "{usd: 0.175}"))
        refused = bench.call("run", file, "-o", bench.out, **known)
        assert refused.code == 4
        assert "the plan could cost $0.18 ($0.09 of it spent)" in refused.err
        assert bench.call("run", file, "-o", bench.out, "--partial", **known).code == 4
        assert len(services[0].submits) == 3


def test_the_shipped_example_is_short_and_rehearses_from_its_files_and_then_without_them(bench: Bench) -> None:
    assert len((OWN / "atelier.yaml").read_text().splitlines()) < 30
    ended = bench.call("rehearse", OWN / "job.yaml", "-o", bench.out)
    assert ended.code == 0, ended.err
    assert statuses(bench) == {"atelier": {"downloaded"}, "cometapi": {"downloaded"}}
    bills = {manifest(bench).price(key) for key, task in manifest(bench).tasks.items() if task.model == "flux-dev"}
    assert (25_000, "reply") in bills
    again = bench.call("rerun", bench.out / "manifest.jsonl", "-o", bench.root / "again")
    assert again.code == 0, again.err


def test_an_own_provider_may_name_the_model_in_the_query_of_its_path(bench: Bench) -> None:
    for file in OWN.iterdir():
        text = file.read_text().replace("path: /v2/jobs\n", 'path: "/v2/jobs?engine={model}"\n')
        (bench.root / file.name).write_text(
            "".join(line for line in text.splitlines(True) if " model: engine" not in line)
        )
    ended = bench.call("rehearse", bench.root / "job.yaml", "-o", bench.out, "--quiet")
    assert ended.code == 0, ended.err
    assert statuses(bench)["atelier"] == {"downloaded"}


def test_a_strangers_manifest_leads_no_known_key_away(bench: Bench) -> None:
    assert bench.call("rehearse", OWN / "job.yaml", "-o", bench.out, "--quiet").code == 0
    read = manifest(bench)
    assert read.plan is not None
    tree = read.plan.job
    tree["own_providers"]["atelier"]["key"]["variable"] = "COMETAPI_KEY"
    with pytest.raises(JobError, match="COMETAPI_KEY"):
        catalog_of(tree)
