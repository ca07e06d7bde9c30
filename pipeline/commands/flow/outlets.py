"""The providers of a run, each at its address with its own key; the emulator stands in where there is none."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path

from pipeline.catalog.load import Catalog, load_catalog
from pipeline.catalog.provider import ProviderSpec, StatusWords
from pipeline.commands.flow.endpoint import Address
from pipeline.errors import JobError
from pipeline.providers.base import Provider
from pipeline.run.lane import Outlet

FLAT_ABOVE = 200
DUMMY_KEY = "emulator"


@contextmanager
def outlets_of(
    specs: Mapping[str, ProviderSpec],
    addresses: Mapping[str, Address | None],
    catalog: Catalog,
    folder: Path,
    *,
    count: int,
    trust_env: bool,
) -> Iterator[dict[str, Outlet]]:
    """What the lanes of a run are made from. One emulator serves all that have no address, and ends with this block.

    It is told of the providers and models that the job describes itself: it serves each as its own file says.
    """
    emulated = [spec for spec in specs.values() if addresses[spec.name] is None]
    with ExitStack() as stack:
        origin = stack.enter_context(_emulator(catalog, folder, count)) if emulated else ""
        yield {name: _outlet(spec, addresses[name], origin, trust_env) for name, spec in specs.items()}


def heard_by(specs: Mapping[str, ProviderSpec]) -> ProviderSpec:
    """One provider that stands for all whose webhooks a listener hears: it knows the status words of each.

    Raises:
        JobError: none of them takes webhooks.
    """
    told = [spec for spec in specs.values() if spec.webhook is not None]
    if not told:
        names = ", ".join(spec.title for spec in specs.values())
        raise JobError(f"run.webhook: {names} takes no webhooks; take it out of the job. Nothing was sent.")
    words = {
        meaning: tuple(dict.fromkeys(word for spec in told for word in getattr(spec.statuses, meaning)))
        for meaning in StatusWords.model_fields
    }
    return told[0].model_copy(update={"statuses": StatusWords(**words)})


def _outlet(spec: ProviderSpec, address: Address | None, emulator: str, trust_env: bool) -> Outlet:
    own = spec.name not in load_catalog().providers
    base_url = address.base_url if address else f"{emulator}/as/{spec.name}" if own else emulator
    key = (address.key or "") if address else DUMMY_KEY
    return Outlet(_connecting(spec, base_url, key, trust_env), spec.limits, spec.webhook)


def _connecting(spec: ProviderSpec, base_url: str, key: str, trust_env: bool) -> Callable[[], Provider]:
    def connect() -> Provider:
        from pipeline.providers.http import HttpProvider

        return HttpProvider(spec, base_url, key, trust_env=trust_env)

    return connect


@contextmanager
def _emulator(catalog: Catalog, folder: Path, count: int) -> Iterator[str]:
    from pipeline.emulator.child import start
    from pipeline.emulator.settings import Settings

    shipped = load_catalog()
    settings = Settings(
        ledger=str(folder / "emulator" / "ledger.jsonl"),
        painter="flat" if count > FLAT_ABOVE else "scene",
        providers=[
            spec.model_dump(mode="json") for name, spec in catalog.providers.items() if name not in shipped.providers
        ],
        models=[model.model_dump(mode="json") for name, model in catalog.models.items() if name not in shipped.models],
    )
    with start(settings) as child:
        yield child.origin
