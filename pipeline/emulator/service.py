"""The service behind the routes: takes submits, holds tasks, counts. It knows nothing of HTTP."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import time
from collections import Counter
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import msgspec

from pipeline.catalog.load import load_catalog
from pipeline.catalog.model import Model
from pipeline.catalog.price import MICRO_USD_PER_CREDIT, list_price
from pipeline.catalog.provider import ProviderSpec
from pipeline.emulator import fates
from pipeline.emulator.checks import Detail, check, known_fields
from pipeline.emulator.inputs import is_url, measure
from pipeline.emulator.ledger import Accepted, Ledger, Shape, digest_of
from pipeline.emulator.settings import Settings
from pipeline.emulator.sizes import MEGAPIXEL, Size, picture_size
from pipeline.emulator.tasks import is_active
from pipeline.emulator.wording import returned_prompt
from pipeline.errors import DiskError

_FORMATS = ("jpeg", "png", "webp")


class Refused(Exception):
    """The submit is not taken, and nothing is billed: one of the pre-acceptance faults, `full`, or `invalid`."""

    def __init__(self, why: fates.Fault | str, details: list[Detail] | None = None) -> None:
        super().__init__(why)
        self.why = why
        self.details = details or []


class Service:
    """Every task of one ledger, by id."""

    def __init__(self, settings: Settings, ledger: Ledger) -> None:
        self.settings = settings
        self.ledger = ledger
        own_models = [Model.model_validate(tree) for tree in settings.models]
        self.providers = [ProviderSpec.model_validate(tree) for tree in settings.providers]
        catalog = load_catalog().beside({}, {model.name: model for model in own_models})
        self.models: Mapping[str, Model] = catalog.models
        self.tasks: dict[str, Accepted] = {}
        self._arrivals: Counter[str] = Counter()
        self._copies: dict[str, list[str]] = {}
        self._active: list[Accepted] = []
        self._disk = ThreadPoolExecutor(1, "ledger")
        for task in ledger.lines:
            self._hold(task, digest_of(task.model, task.body))
            self._arrivals[digest_of(task.model, task.body)] += 1

    async def submit(self, shape: Shape, model: Model, body: Mapping[str, Any]) -> Accepted:
        """Takes a submit: on return its line is on disk. Raises `Refused`."""
        if details := check(model, body):
            raise Refused("invalid", details)
        slim, input_sizes = await self._on_disk(self._keep_inputs, model, body)
        digest = digest_of(model.name, slim)
        self._arrivals[digest] += 1
        if fault := fates.refusal(self.settings, digest, self._arrivals[digest]):
            raise Refused(fault)
        if self._is_full(model.name):
            raise Refused("full")
        task = self._accept(shape, model, slim, digest, input_sizes)
        self._hold(task, digest)
        try:
            await self._on_disk(self.ledger.append, task)
        except DiskError:
            # What is not on disk was never accepted.
            del self.tasks[task.id]
            self._copies[digest].remove(task.id)
            raise
        return task

    def active(self) -> list[Accepted]:
        """The tasks that take a slot now."""
        now = time.time()
        self._active = [task for task in self._active if is_active(task, now)]
        return self._active

    def duplicates(self) -> list[dict[str, Any]]:
        """Submits that ask for one and the same picture: their model and ids, two or more each."""
        return [
            {"model": self.tasks[ids[0]].model, "count": len(ids), "ids": ids}
            for ids in self._copies.values()
            if len(ids) > 1
        ]

    def close(self) -> None:
        """Ends the disk thread and lets go of the ledger."""
        self._disk.shutdown()
        self.ledger.close()

    def _is_full(self, model: str) -> bool:
        active = self.active()
        of_model = sum(task.model == model for task in active)
        return len(active) >= self.settings.active or of_model >= self.settings.active_per_model.get(
            model, self.settings.active
        )

    def _accept(
        self, shape: Shape, model: Model, body: dict[str, Any], digest: str, input_sizes: list[Size | None]
    ) -> Accepted:
        # The id follows from what was asked and how often: concurrent reruns meet the same fates in any order.
        copy = len(self._copies.get(digest, ())) + 1
        remote_id = _opaque(self.settings.seed, digest, copy)
        fields = known_fields(model, body)
        seed = int(fields.get("seed", fates.picked_seed(remote_id)))
        width, height = picture_size(model, fields, input_sizes[0] if input_sizes else None)
        input_mp = sum(1 if size is None else -(-size[0] * size[1] // MEGAPIXEL) for size in input_sizes)
        price = list_price(model, {**fields, "width": width, "height": height}, input_megapixels=input_mp)
        fate = fates.fate_of(self.settings, remote_id)
        return Accepted(
            id=remote_id,
            at=time.time(),
            shape=shape,
            model=model.name,
            body=body,
            seed=seed,
            prompt=returned_prompt(model, fields, seed),
            width=width,
            height=height,
            format=_format(model, fields),
            input_mp=input_mp,
            fate=fate,
            latency=fates.latency_of(self.settings, remote_id),
            lag=self.settings.lag,
            credits=None if price is None else price / MICRO_USD_PER_CREDIT,
            billed=fate == "ready",
        )

    def _hold(self, task: Accepted, digest: str) -> None:
        self.tasks[task.id] = task
        self._copies.setdefault(digest, []).append(task.id)
        self._active.append(task)

    def _keep_inputs(self, model: Model, body: Mapping[str, Any]) -> tuple[dict[str, Any], list[Size | None]]:
        """The body with its base64 images as references, and each image's size (None for a URL's)."""
        slim = dict(body)
        sizes: list[Size | None] = []
        for name, param in model.params.items():
            if param.image and (text := body.get(name)):
                sizes.append(None if is_url(text) else measure(text))
                if not is_url(text):
                    slim[name] = self.ledger.keep_input(text)
        return slim, sizes

    async def _on_disk(self, work: Any, *args: Any) -> Any:
        return await asyncio.get_running_loop().run_in_executor(self._disk, work, *args)


def _format(model: Model, fields: Mapping[str, Any]) -> str:
    """What the picture is written as; a model that does not say makes a PNG, and so does a word that we cannot."""
    param = model.params.get("output_format")
    said = fields.get("output_format", param.default if param else None)
    return str(said) if said in _FORMATS else "png"


def _opaque(seed: int, digest: str, copy: int) -> str:
    """26 lower-case letters and digits, as the service's own ids look."""
    raw = hashlib.sha256(msgspec.json.encode([seed, digest, copy])).digest()
    return base64.b32encode(raw).decode().lower()[:26]
