"""`fluxsweep models`: what the catalog knows of the models."""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING, Annotated, Any

import typer

from pipeline.commands.flow.arguments import Json
from pipeline.commands.flow.showing import put_json, put_out
from pipeline.errors import JobError

if TYPE_CHECKING:
    from pipeline.catalog.model import FlatPrice, MegapixelPrice, Model, Param


def command(
    name: Annotated[str | None, typer.Argument(metavar="[MODEL]", show_default=False)] = None, json: Json = False
) -> None:
    """List the models, or one model's parameters, ranges, defaults and list price.

    Examples:
      fluxsweep models
      fluxsweep models flux-2-flex
      fluxsweep models --json
    """
    from pipeline.catalog.load import load_catalog

    models = load_catalog().models
    if name is not None and name not in models:
        near = get_close_matches(name, models, 1)
        hint = f"did you mean {near[0]}?" if near else f"expected one of {', '.join(models)}"
        raise JobError(f"there is no model {name!r}; {hint}")
    chosen = [models[name]] if name is not None else list(models.values())
    if json:
        put_json({model.name: model_tree(model) for model in chosen})
        return
    for line in _one(chosen[0]) if name is not None else _list(chosen):
        put_out(line)


def model_tree(model: Model) -> dict[str, Any]:
    """A model as `models --json` prints it."""
    tree: dict[str, Any] = model.model_dump(mode="json", exclude_none=True)
    return tree


def _list(models: list[Model]) -> list[str]:
    return [f"{model.name:<20} {_price(model.list_price):<44} {'; '.join(_marks(model))}".rstrip() for model in models]


def _one(model: Model) -> list[str]:
    lines = [model.name, f"  price       {_price(model.list_price)}", f"  size        {_SIZES[model.size_control]}"]
    lines += [f"  note        {mark}" for mark in (*_marks(model), *model.notes)]
    return lines + [f"  {name:<24} {_param(param)}" for name, param in model.params.items()]


_SIZES = {
    "width_height": "width and height",
    "aspect_ratio": "aspect_ratio",
    "from_input_image": "that of the input image",
    "from_control_image": "that of the control image",
}


def _marks(model: Model) -> list[str]:
    return [word for word, holds in (("deprecated", model.deprecated), ("legacy", model.legacy)) if holds]


def _price(price: FlatPrice | MegapixelPrice | None) -> str:
    """A list price in USD: 1 credit is 0.01 USD."""
    if price is None:
        return "unknown"
    if price.kind == "flat_per_image":
        return f"${price.credits / 100:.3g} a picture (vendor's list)"
    return (
        f"${price.first_mp_credits / 100:.3g} the first MP, ${price.extra_mp_credits / 100:.3g} each further "
        "(vendor's list)"
    )


def _param(param: Param) -> str:
    words: list[str] = [param.type]
    if param.enum:
        words.append(" | ".join(param.enum))
    if param.min is not None:
        words.append(f"at least {param.min}" if param.max is None else f"{param.min} to {param.max}")
    words += [f"multiple of {param.multiple_of}"] if param.multiple_of else []
    words += ["required"] if param.required else []
    words += [f"default {param.default!r}"] if param.default is not None else []
    words += ["an image"] if param.image else []
    return ", ".join(words)
