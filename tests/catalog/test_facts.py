"""The shipped catalog against a copy of the gathered facts: the emulator and the client both trust it."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from pipeline.catalog.load import load_catalog
from pipeline.catalog.model import Model

FACTS = Path(__file__).parent.parent / "facts"
_OURS = {"name", "notes", "advised", "one_of", "same_size"}
GUIDE = (FACTS / "flux-guide-models.txt").read_text("utf-8").split()
SHIPPED = [*GUIDE, "flux-2-max"]
IMAGES = {"image_prompt", "image", "mask", "control_image", "preprocessed_image", "input_image"} | {
    f"input_image_{n}" for n in range(2, 9)
}


@cache
def facts() -> dict[str, Any]:
    tree: dict[str, Any] = yaml.safe_load((FACTS / "flux-models.yaml").read_text("utf-8"))
    return tree


def as_fact(model: Model) -> dict[str, Any]:
    """What the facts would say of `model`: its fields that are not at their defaults, without our own."""
    tree = model.model_dump(mode="json", exclude_defaults=True, exclude=_OURS)
    for param in tree["params"].values():
        param.pop("image", None)
    return tree


def test_the_catalog_holds_the_models_of_the_guide_and_flux_2_max() -> None:
    assert set(load_catalog().models) == set(SHIPPED)


@pytest.mark.parametrize("provider", ["cometapi", "emulator"])
def test_every_model_is_served_by(provider: str) -> None:
    assert set(load_catalog().provider(provider).models) == set(SHIPPED)


@pytest.mark.parametrize("name", SHIPPED)
def test_every_field_of_a_model_is_the_fact(name: str) -> None:
    assert as_fact(load_catalog().model(name)) == facts()[name]


@pytest.mark.parametrize("name", SHIPPED)
def test_what_a_note_asks_for_is_asked_of_requests(name: str) -> None:
    model = load_catalog().model(name)
    asked = [note.removeprefix("needs ").split(" or ") for note in model.notes if note.startswith("needs ")]
    assert [list(group) for group in model.one_of] == [group for group in asked if len(group) > 1]


@pytest.mark.parametrize("name", SHIPPED)
def test_parameters_stand_in_the_order_of_the_facts(name: str) -> None:
    assert list(load_catalog().model(name).params) == list(facts()[name]["params"])


@pytest.mark.parametrize("name", SHIPPED)
def test_image_parameters_are_the_ones_that_take_a_picture(name: str) -> None:
    params = load_catalog().model(name).params
    assert {known for known, param in params.items() if param.image} == IMAGES & set(params)


@pytest.mark.parametrize("name", SHIPPED)
def test_the_advice_on_sizes_stands_on_flux_2_only(name: str) -> None:
    advised = load_catalog().model(name).advised
    assert (advised is not None) == name.startswith("flux-2-")
    assert advised is None or (advised.multiple_of, advised.max_megapixels) == (16, 4)


def test_the_catalog_is_read_once_and_cannot_be_changed() -> None:
    catalog = load_catalog()
    assert load_catalog() is catalog
    with pytest.raises(TypeError):
        catalog.models["mine"] = catalog.model("flux-dev")  # type: ignore[index]


def test_the_cheap_provider_is_the_embedded_one() -> None:
    providers = load_catalog().providers
    assert [name for name, provider in providers.items() if provider.free] == ["emulator"]
    assert providers["emulator"].embedded
