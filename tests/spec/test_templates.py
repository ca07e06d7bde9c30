"""Prompt templates: what they may do, what they may not, and that nothing in them grows."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from pipeline.catalog.load import load_catalog
from pipeline.spec.language import MAX_LENGTH
from pipeline.sweep.expand import expand

if TYPE_CHECKING:
    from tests.spec.conftest import Bench

HEAD = "version: 1\nname: a\nprovider: emulator\nmatrix: {model: flux-dev, word: [cat]}\nvars: {many: 3}\n"

MEASURE = """
import resource, sys, time
from pathlib import Path
from pipeline.catalog.load import load_catalog
from pipeline.spec.read import read_job
from pipeline.sweep.expand import expand
import jinja2, pydantic
catalog = load_catalog()
Path("warm.yaml").write_text(Path("job.yaml").read_text().split("prompts:")[0] + "prompts: {p: '{{ word }}{{ many }}'}")
expand(read_job(Path("warm.yaml"), catalog).spec, catalog)
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
begun = time.process_time()
loaded = read_job(Path("job.yaml"), catalog)
found = list(loaded.problems)
if loaded.spec is not None:
    found += expand(loaded.spec, catalog)[1]
spent = time.process_time() - begun
grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
print(len(found), spent, grown)
"""

DOUBLED = "{% set a = word ~ word %}" + "{% set a = a ~ a %}" * 60 + "{{ a }}"
HOSTILE = {
    "product": "{{ 'a' * 10**9 }}",
    "power": "{{ 9**9**9 }}{{ word }}",
    "doubled": DOUBLED,
    "added": DOUBLED.replace("~", "+"),
    "folded": "{{ " + " ~ ".join(["'" + "a" * 90 + "'"] * 200) + " ~ '" + "b" * 200 + "' ~ word ~ word" * 90 + " }}",
    "replaced": "{% set a = word|replace('', 'x' ~ word) %}" * 1 + "{% set a = a|replace('', a) %}" * 30 + "{{ a }}",
    "loop": "{% for x in 'aaaa' %}{{ word }}{% endfor %}",
    "range": "{{ range(10**9)|list }}",
    "centred": "{{ word|center(1000000000) }}",
    "format": "{{ '%1000000000d'|format(1) }}",
    "method": "{{ word.__class__.__mro__ }}",
    "bound": "{{ word.upper }}",
    "macro": "{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}",
    "deep": "{{ " + "(" * 6_000 + "word" + ")" * 6_000 + " }}",
    "nots": "{{ " + "not " * 4_500 + "word }}",
    "dots": "{{ word" + ".a" * 9_000 + " }}",
    "number": "{{ " + "9" * 10_000 + " }}",
    "long": "a" * (MAX_LENGTH + 1),
    "itself": "{% include 'itself.j2' %}",
    "laughs": "{% include 'laugh0.j2' %}",
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_template_is_refused_at_once_and_in_little_room(bench: Bench, name: str) -> None:
    (bench.root / "job.yaml").write_text(HEAD + f"prompts: {{p: {{file: {name}.j2}}}}\n")
    templates = bench.root / "templates"
    (templates / f"{name}.j2").write_text(HOSTILE[name])
    for depth in range(12):
        (templates / f"laugh{depth}.j2").write_text(f"{{% include 'laugh{depth + 1}.j2' %}}" * 10)
    (templates / "laugh12.j2").write_text("{{ '' }}")
    done = subprocess.run(
        [sys.executable, "-c", MEASURE], cwd=bench.root, capture_output=True, text=True, check=True, timeout=60
    )
    problems, _, grown = map(float, done.stdout.split())
    assert problems >= 1
    assert grown < 100


def prompts_of(bench: Bench, text: str) -> list[object]:
    spec = bench.spec(HEAD + text)
    sweep, findings = expand(spec, load_catalog())
    assert findings == []
    assert sweep is not None
    return [request.params["prompt"] for request in sweep.tasks().values()]


def test_what_a_template_may_do(bench: Bench) -> None:
    text = (
        "{% set loud = word|upper ~ '!' %}{{ loud }}{% if many > 2 and word is defined %} {{ many + 1 }}{% endif %}"
        " {{ 'a' + 'b' }} {{ many if word in ['cat', 'dog'] else '' }} {{ word[0] }}{{ nothing|default(' no') }}"
    )
    (bench.root / "templates" / "whole.j2").write_text(text.replace("{{ nothing|default(' no') }}", ""))
    assert prompts_of(bench, "prompts: {p: {file: whole.j2}}\n") == ["CAT! 4 ab 3 c"]


def test_values_are_never_rendered_twice(bench: Bench) -> None:
    head = HEAD.replace("[cat]", '["{{ many }}"]')
    sweep, _ = expand(bench.spec(head + "prompts: {p: '{{ word }} {{ many }}'}\n"), load_catalog())
    assert sweep is not None
    assert [request.params["prompt"] for request in sweep.tasks().values()] == ["{{ many }} 3"]


def test_a_raw_prompt_is_sent_as_it_stands(bench: Bench) -> None:
    (bench.root / "templates" / "raw.txt").write_text('{"colour": "#ff0000", "mood": "{{ word }} {% if %}"}\n')
    raw = "  a: {file: raw.txt, raw: true}\n  b: {text: '{{ {# } }}', raw: true}\n"
    sent = prompts_of(bench, "prompts:\n" + raw + "  c: '{{ word }}{{ many }}'\n")
    assert sent == ['{"colour": "#ff0000", "mood": "{{ word }} {% if %}"}', "{{ {# } }}", "cat3"]


def test_a_template_takes_in_others_of_its_folder(bench: Bench) -> None:
    (bench.root / "templates" / "parts").mkdir()
    (bench.root / "templates" / "parts" / "light.j2").write_text("lit by {{ many }} {% include 'lamp.j2' %}\n")
    (bench.root / "templates" / "lamp.j2").write_text("lamps, {{ mood }}\n")
    text = "prompts: {p: \"{% set mood = 'warm' %}a {{ word }} {% include 'parts/light.j2' %}.\"}\n"
    assert prompts_of(bench, text) == ["a cat lit by 3 lamps, warm."]


@pytest.mark.parametrize(
    ("included", "said"),
    [
        ("{{ mood }}", "prompts.p: nothing sets `mood` for the template `p`"),
        ("{% include 'first.j2' %}", "templates/first.j2:1:1 prompts.p: `first.j2` includes itself"),
        ("\n\n{% for %}", "templates/first.j2:1:1 prompts.p: "),
        ("{% include '../secret.j2' %}", "`../secret.j2` is outside of the templates folder"),
        ("{% include word %}", "an include names its file"),
    ],
)
def test_what_is_wrong_with_an_included_file_is_told(bench: Bench, included: str, said: str) -> None:
    (bench.root / "templates" / "first.j2").write_text(included)
    found = bench.problems(HEAD + "prompts: {p: \"{{ word }}{{ many }}{% include 'first.j2' %}\"}\n")
    assert len(found) == 1, found
    assert said in found[0]
