"""`fluxsweep models`: what the catalog knows of the models, and who serves them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from pipeline.commands.flow.arguments import Json
from pipeline.commands.flow.completing import model_names
from pipeline.commands.flow.showing import put_json, put_out
from pipeline.errors import JobError
from pipeline.source.nearest import did_you_mean, listed

if TYPE_CHECKING:
    from pipeline.catalog.load import Catalog
    from pipeline.catalog.model import FlatPrice, MegapixelPrice, Model
    from pipeline.catalog.provider import ProviderSpec, Rates


def command(
    name: Annotated[
        str | None, typer.Argument(metavar="[MODEL]", show_default=False, autocompletion=model_names)
    ] = None,
    job: Annotated[
        Path | None, typer.Option(metavar="JOB", help="Also those that this job brings.", show_default=False)
    ] = None,
    json: Json = False,
) -> None:
    """List the models, or one model's parameters, ranges, defaults, prices, limits, and the providers that serve it.

    `provider/model` shows a model as that provider takes it, which may be less, or in another range.

    Examples:
      fluxsweep models
      fluxsweep models flux-2-flex
      fluxsweep models replicate/flux-2-pro
      fluxsweep models sketch --job docs/own-provider/job.yaml
      fluxsweep models --json
    """
    catalog = _catalog(job)
    if name is None:
        models = catalog.models.values()
        if json:
            put_json({model.name: model_tree(model, catalog) for model in models})
        else:
            put_out("\n".join(map(_line, models)))
        return
    model = _named(catalog, name)
    if json:
        put_json({name: model_tree(model, catalog)})
    else:
        put_out("\n".join(_one(name, model, catalog)))


def model_tree(model: Model, catalog: Catalog) -> dict[str, Any]:
    """A model as `models --json` prints it, with the names of those who serve it."""
    tree: dict[str, Any] = model.model_dump(mode="json", exclude_none=True)
    return tree | {"providers": [spec.name for spec in _serving(model, catalog)]}


def _catalog(job: Path | None) -> Catalog:
    from pipeline.catalog.load import load_catalog

    if job is None:
        return load_catalog()
    from pipeline.spec.read import read_job

    return read_job(job, load_catalog()).catalog


def _named(catalog: Catalog, name: str) -> Model:
    from pipeline.catalog.route import split_route

    provider, word = split_route(name)
    known = catalog.providers[provider].models if provider in catalog.providers else catalog.models
    wrong, there = (provider, catalog.providers) if provider not in ("", *catalog.providers) else (word, known)
    if wrong not in there:
        raise JobError(f"there is no model {name!r}; {did_you_mean(wrong, there) or f'there is {listed(there)}'}")
    model = catalog.model(word)
    return catalog.provider(provider).served(model) if provider else model


def _serving(model: Model, catalog: Catalog) -> list[ProviderSpec]:
    return [spec for spec in catalog.providers.values() if model.name in spec.models]


def _line(model: Model) -> str:
    return f"{model.name:<20} {_price(model.list_price):<66} {'; '.join(_marks(model))}".rstrip()


def _one(name: str, model: Model, catalog: Catalog) -> list[str]:
    from pipeline.catalog.check import describe

    lines = [name, f"  price       {_price(model.list_price)}", f"  size        {_SIZES[model.size_control]}"]
    lines += [f"  note        {mark}" for mark in (*_marks(model), *model.notes)]
    there = [spec for spec in _serving(model, catalog) if name in (model.name, f"{spec.name}/{model.name}")]
    lines += [f"  served by   {_served(model, spec, name)}" for spec in there]
    for word, param in model.params.items():
        words = [describe(param), "required" if param.required else ""]
        words += [f"default {param.default!r}" if param.default not in (None, "") else ""]
        lines.append(f"  {word:<24} {', '.join(filter(None, words))}")
    return lines


def _served(model: Model, spec: ProviderSpec, name: str) -> str:
    """Who serves a model, for how much if not by the vendor's list, and what is otherwise there."""
    here, words = spec.models[model.name], []
    if spec.free:
        words.append("free")
    elif model.name in spec.prices:
        words.append(_rates(spec.prices[model.name]))
    elif model.list_price is not None:
        words.append(spec.price_note)
    active = spec.limits.per_model.get(model.name, spec.limits.active)
    words += [f"{active} tasks at once"] if active else []
    words += [f"without {', '.join(here.lacks)}"] if here.lacks else []
    words += (
        [f"other ranges: `fluxsweep models {spec.name}/{model.name}`"] if here.params and name == model.name else []
    )
    return f"{spec.name}: {'; '.join(words)}" if words else spec.name


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
    first, extra, input_ = price.first_mp_credits / 100, price.extra_mp_credits / 100, price.input_mp_credits / 100
    return f"${first:.3g} the first MP, ${extra:.3g} each further, ${input_:.3g} of input (vendor's list)"


def _rates(rates: Rates) -> str:
    if rates.picture is not None:
        return f"${rates.picture:.3g} a picture (its own price)"
    return f"${rates.first:.3g} the first MP, ${rates.further:.3g} each further, ${rates.input:.3g} of input (its own)"
