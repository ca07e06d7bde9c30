"""`--set path=value`: the job changed from the command line, as if it stood there."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipeline.catalog.load import load_catalog
from pipeline.errors import JobError
from pipeline.spec.job import JobSpec
from pipeline.spec.read import read_job


@pytest.fixture
def job(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A small job."""
    monkeypatch.chdir(tmp_path)
    Path("job.yaml").write_text(
        "version: 1\nname: small\nprovider: cometapi\nvars: {colour: red}\n"
        'prompts: {plain: "a {{ colour }} {{ thing }}"}\n'
        "matrix: {model: [flux-2-pro], seed: 1..4, size: 1024x1024, thing: [cat, dog]}\n"
        "overrides: [{match: {thing: cat}, set: {safety_tolerance: 2}}]\n"
    )
    return Path("job.yaml")


def spec_of(job: Path, *changes: str) -> JobSpec:
    loaded = read_job(job, load_catalog(), changes)
    assert [str(problem) for problem in loaded.problems] == []
    assert loaded.spec is not None
    return loaded.spec


def problems_of(job: Path, *changes: str) -> list[str]:
    try:
        return [str(problem) for problem in read_job(job, load_catalog(), changes).problems]
    except JobError as error:
        return [str(problem) for problem in error.problems]


@pytest.mark.parametrize(
    ("change", "old", "new"),
    [
        ("matrix.seed=1..2", "seed: 1..4", "seed: 1..2"),
        ("matrix.seed=[3, 9]", "seed: 1..4", "seed: [3, 9]"),
        ("matrix.size=16:9", "size: 1024x1024", "size: 16:9"),
        ("matrix.thing[1]=cow", "dog", "cow"),
        ("vars.colour=no", "red", "no"),
        ("vars.colour='1'", "red", "'1'"),
        (
            "prompts.plain='{{ thing }} in {{ colour }}'",
            '"a {{ colour }} {{ thing }}"',
            "'{{ thing }} in {{ colour }}'",
        ),
        ("overrides[0].set.safety_tolerance=5", "safety_tolerance: 2", "safety_tolerance: 5"),
        ("overrides=[]", "overrides: [{match: {thing: cat}, set: {safety_tolerance: 2}}]\n", ""),
        ("budget.usd=5", "overrides:", "budget: {usd: 5}\noverrides:"),
        ("run={submits: 2, poll: {min: 1s}}", "overrides:", "run: {submits: 2, poll: {min: 1s}}\noverrides:"),
        ('prices."flux-2-pro"=0.02', "overrides:", "prices: {flux-2-pro: 0.02}\noverrides:"),
        ("matrix={seed: 7}", "seed: 1..4", "seed: 7"),
    ],
)
def test_a_change_is_read_as_if_it_stood_in_the_file(job: Path, change: str, old: str, new: str) -> None:
    changed = spec_of(job, change)
    assert old in job.read_text()
    job.write_text(job.read_text().replace(old, new))
    assert changed == spec_of(job)


def test_the_last_change_of_a_place_holds_and_mappings_are_merged(job: Path) -> None:
    spec = spec_of(job, "budget.usd=5", "budget={images: 3}", "budget.usd=6")
    assert (spec.budget.images, spec.budget.usd) == (3, 6_000_000)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ("matrx.seed=1", "matrx: unknown key `matrx`; did you mean `matrix`?"),
        ("seed=4", "seed: `seed` belongs under `matrix`"),
        ("matrix.sed=1..3", "matrix.sed: `sed` is read by no template; did you mean `seed`?"),
        ("matrix.modle=flux-dev", "matrix.modle: `modle` is read by no template; did you mean `model`?"),
        ("matrix.model=flux-2-prp", "matrix.model: `flux-2-prp` is no model of `cometapi`; did you mean `flux-2-pro`?"),
        ("matrix.seed=012", "matrix.seed: `012` is octal to some readers"),
        ("matrix.thing[7]=cow", "matrix.thing[7]: there are 2 entries, counted from 0"),
        ("name.x=3", "name: is the text 'small', and holds nothing called `x`; set `name` as a whole"),
        ("matrix[0]=3", "matrix: is a mapping, and holds no entry 0"),
        ("run.active=many", "run.active: got the text 'many'; expected a whole number"),
        ("run={actve: 3}", "run.actve: unknown key `actve`; did you mean `active`?"),
        ("vars.colour=#ff0000", "vars.colour: `#` begins a comment, and ends the value; quote"),
        ("vars.colour=red # or not", "vars.colour: `#` begins a comment, and ends the value; quote"),
        ("vars.colour={{ x }}", "vars.colour: `{{` begins a YAML mapping; quote a text"),
        ("vars.colour=a: b: c", "vars.colour: a `: ` where no key can stand"),
        ("vars.colour=*a", "vars.colour: aliases (`*a`) are not read"),
        ("foo", "is not read; expected PATH=VALUE; such as matrix.seed=1..4"),
        ("=3", "is not read; expected PATH=VALUE"),
        (".matrix.seed=3", "is not read; expected PATH=VALUE"),
        ("[0]=3", "is not read; expected PATH=VALUE"),
        ("prices.flux-pro-1.1=3", 'quote a name with a dot: prices."flux-pro-1.1"=0.04'),
    ],
)
def test_a_wrong_change_is_one_error_that_names_it(job: Path, change: str, said: str) -> None:
    (found,) = problems_of(job, change)
    assert found.startswith(f"--set {change}: "), found
    assert said in found


def test_all_wrong_changes_are_told_together(job: Path) -> None:
    assert len(problems_of(job, "foo", "name.x=3", "matrix.seed=1")) == 2
    assert len(problems_of(job, "run.active=x", "budget.usd=y")) == 2


def test_what_two_changes_set_twice_is_told_at_a_change(job: Path) -> None:
    (found,) = problems_of(job, "matrix.guidance=[2, 3]", "params.guidance=4", "matrix.model=flux-2-flex")
    assert found.startswith("--set matrix.guidance=[2, 3]: matrix.guidance: `guidance` is set here and by `params.gui")
    (found,) = problems_of(job, "matrix.colour=[red, blue]")
    assert found.endswith("`colour` is set here and by `vars.colour` at line 4; keep one")


PATHS = st.sampled_from(
    [
        "matrix",
        "matrix.seed",
        "vars",
        "vars.colour",
        "prompts.plain",
        "overrides[0]",
        "overrides[0].match",
        "budget",
        "",
    ]
)
VALUES = st.text(max_size=12) | st.sampled_from(
    ["", "null", "{}", "[]", "{a: 1}", "[{}]", "1..3", "{{ x }}", "{file: x.csv}", "{random: 2}", "{when: 3}", "a #b"]
)


@given(st.lists(st.builds(lambda path, value: f"{path}={value}", PATHS, VALUES) | st.text(max_size=20), max_size=3))
@settings(max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_change_breaks_the_reader(job: Path, changes: list[str]) -> None:
    with suppress(JobError):
        loaded = read_job(job, load_catalog(), changes)
        assert loaded.problems or loaded.spec is not None
