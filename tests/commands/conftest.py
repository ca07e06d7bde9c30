"""A bench, and the API at which its commands aim."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import msgspec
import pytest

from pipeline.emulator.child import start
from pipeline.emulator.settings import Settings
from tests.commands.bench import Bench
from tests.commands.guide_server import GuideServer, serving

Emulate = Callable[..., str]


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    """A bench in a folder of its own; whatever a test did there, no secret may have come out."""
    bench = Bench(tmp_path)
    yield bench
    assert bench.leaks() == []


@pytest.fixture
def emulate(bench: Bench) -> Iterator[Emulate]:
    """Starts an emulator with these knobs, its ledger at `bench.ledger`; gives its origin."""
    with ExitStack() as stack:

        def begin(**knobs: Any) -> str:
            calm = {"painter": "flat", "latency": 0.05, "latency_sigma": 0.0, "ledger": str(bench.ledger)}
            return stack.enter_context(start(msgspec.convert(calm | knobs, Settings))).origin

        yield begin


@pytest.fixture
def guide(bench: Bench) -> Iterator[GuideServer]:
    """Another implementation of the API's guide, which takes the bench's key and no other."""
    with serving(bench.key) as server:
        yield server
