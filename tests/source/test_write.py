"""What is written as YAML is read back as the same, by the strict reader and by another one."""

from __future__ import annotations

from typing import Any

import yaml
from hypothesis import example, given
from hypothesis import strategies as st

from pipeline.source.reader import read_yaml
from pipeline.source.write import yaml_text

TEXTS = st.text(st.characters(codec="utf-8", exclude_categories=["Cs", "Cc", "Cn", "Co"]), max_size=20)
SCALARS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | TEXTS
    | st.sampled_from(
        ["1e3", "012", "1_000", "16:9", "no", "0x1F", "0o7", "null", "~", "", " a", "a: b", "a #b", "- a"]
    )
    | st.sampled_from(
        ["- a", "{{ x }}", "[a]", "*a", "&a", "!a", "%a", "@a", "a\nb", "2024-01-01", "<<", "=", "...", "--"]
    )
)
TREES = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4), max_leaves=20
)


@example({"\ufeff": "\x7f"})
@given(st.dictionaries(TEXTS, TREES, min_size=1, max_size=4))
@example({"a": [], "b": {}, "c": [[], {}], "d": [{"e": []}, {"f": {}}]})
@example({"no": "yes", "1": 1, "a": [{"b": [{"c": "d"}], "e": {"f": "g"}}, [1, [2]]]})
def test_what_is_written_is_read_back(tree: dict[str, Any]) -> None:
    text = yaml_text(tree)
    assert read_yaml(text, "a.yaml").value == tree


def test_it_is_fit_for_people() -> None:
    tree = {"name": "a-b", "matrix": {"seed": [1, 2], "size": ["16:9"], "scene": [{"light": "a lamp", "m": 1}]}}
    assert yaml_text(tree) == (
        'name: a-b\nmatrix:\n  seed: [1, 2]\n  size: ["16:9"]\n  scene:\n    - light: a lamp\n      m: 1\n'
    )


@given(st.dictionaries(st.sampled_from(["a", "b"]), TEXTS, min_size=1))
def test_its_texts_are_texts_to_readers_of_yaml_1_1_too(tree: dict[str, str]) -> None:
    assert yaml.safe_load(yaml_text(tree)) == tree
