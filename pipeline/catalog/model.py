"""`Model`: what a model's endpoint takes, and the vendor's list price (pydantic, strict: it guards the YAML files)."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

SizeControl = Literal["width_height", "aspect_ratio", "from_input_image", "from_control_image"]


def _tuples(value: Any) -> Any:
    """Lists as tuples, all the way down: strict pydantic takes no list for one."""
    return tuple(map(_tuples, value)) if isinstance(value, list) else value


Words = Annotated[tuple[str, ...], BeforeValidator(_tuples)]
Groups = Annotated[tuple[tuple[str, ...], ...], BeforeValidator(_tuples)]


class _Strict(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)


class Param(_Strict):
    """One request parameter. `default` is what the *service* takes when it is absent: never sent by us.

    `image`: it takes a picture, as base64 or a URL.
    """

    type: Literal["string", "integer", "number", "boolean"]
    default: str | int | float | bool | None = None
    min: int | float | None = None
    max: int | float | None = None
    multiple_of: int | None = None
    enum: Words | None = None
    nullable: bool = False
    required: bool = False
    image: bool = False


class Advised(_Strict):
    """Sizes that the service promises to keep: sides that are a multiple, at most so many megapixels (2^20).

    The service takes others and resizes them; for us they are mistakes, since we want exactly the pixels asked.
    """

    multiple_of: int
    max_megapixels: int


class FlatPrice(_Strict):
    """So many credits (1 credit = 0.01 USD) a picture, whatever its size."""

    kind: Literal["flat_per_image"]
    credits: float


class MegapixelPrice(_Strict):
    """`first + ceil(mp − 1) × extra + input_mp × input` credits, mp = width × height / 2^20 rounded up."""

    kind: Literal["per_megapixel"]
    first_mp_credits: float
    extra_mp_credits: float
    input_mp_credits: float


class Model(_Strict):
    """A model that a provider serves.

    Of each group in `one_of`, a request needs one parameter at least; the images of a group in `same_size` have the
    same pixels.
    """

    name: str
    size_control: SizeControl
    listed_by_cometapi: bool = False
    params: dict[str, Param]
    list_price: FlatPrice | MegapixelPrice | None = Field(default=None, discriminator="kind")
    advised: Advised | None = None
    one_of: Groups = ()
    same_size: Groups = ()
    legacy: bool = False
    deprecated: bool = False
    notes: Words = ()
