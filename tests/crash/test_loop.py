"""The loop, driven by chance: runs, kills, power losses, disk errors, waits and a person's words, in any order."""

from __future__ import annotations

import errno
import random
import tempfile
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import get_args

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from pipeline.errors import DiskError
from pipeline.manifest.journal import Journal, open_journal
from pipeline.manifest.lines import Resolved, Retried
from tests.crash.disk import Keep
from tests.crash.faults import Fault
from tests.crash.server import Fate
from tests.crash.truth import hold_anywhere, hold_opened, hold_to_the_end
from tests.crash.world import World, again, new_world

FATES: tuple[Fate, ...] = get_args(Fate)
KEEPS: tuple[Keep | None, ...] = (None, "none", "all", "some")


class Loop(RuleBasedStateMachine):
    """One folder and one service through many lives. `acknowledged` are the lines that no life may lose."""

    world: World
    acknowledged: Sequence[bytes] = ()

    @initialize(story=st.lists(st.sampled_from(FATES), min_size=1, max_size=8))
    def begin(self, story: list[Fate]) -> None:
        self.root = tempfile.TemporaryDirectory()
        outputs = Path(self.root.name) / "outputs"
        outputs.mkdir()
        self.world = new_world(outputs / "cats", story)

    def _next_life(self) -> World:
        self.world = again(self.world)
        return self.world

    def _opened(self, journal: Journal) -> None:
        hold_opened(self.world, self.acknowledged, journal)
        self.acknowledged = ()

    @rule()
    def live_to_its_end(self) -> None:
        self._next_life().live(self._opened)

    @rule(moment=st.integers(1, 160), keep=st.sampled_from(KEEPS), seed=st.integers(0, 999))
    def die_on_the_way(self, moment: int, keep: Keep | None, seed: int) -> None:
        world = self._next_life()
        died: list[tuple[World, list[bytes]]] = []

        def look(now: World) -> None:
            if now.moments == moment:
                died.append((now.crashed(keep, random.Random(seed)), now.acknowledged()))

        world.at_moment = look
        world.live(self._opened)
        if died:
            self.world, self.acknowledged = died[0]

    @rule(
        verb=st.sampled_from(["write", "sync", "open", "rename", "sync_folder"]),
        at=st.integers(1, 40),
        number=st.sampled_from([errno.EIO, errno.ENOSPC]),
    )
    def meet_a_disk_error(self, verb: str, at: int, number: int) -> None:
        world = self._next_life()
        world.disk.before = Fault(verb, at, number)
        with suppress(DiskError):
            world.live(self._opened)

    @rule(seconds=st.floats(0, 500))
    def wait(self, seconds: float) -> None:
        self.world.now += seconds

    @precondition(lambda self: self.world.disk.exists(self.world.folder / "manifest.jsonl"))
    @rule()
    def a_person_ends_every_doubt_by_the_truth(self) -> None:
        world = self._next_life()
        ids = {key: remote_id for remote_id, (key, _) in world.server.rendering.items()}
        with open_journal(world.folder, disk=world.disk, clock=lambda: world.now) as journal:
            self._opened(journal)
            for key, record in list(journal.manifest.records.items()):
                if record.status == "in_doubt" and key in ids:
                    journal.append_now(Resolved(key=key, how="id", remote_id=ids[key]))
                elif record.status == "in_doubt":
                    journal.append_now(Resolved(key=key, how="not_charged"))

    @precondition(lambda self: self.world.disk.exists(self.world.folder / "manifest.jsonl"))
    @rule()
    def a_person_wants_what_failed_collected_again(self) -> None:
        world = self._next_life()
        with open_journal(world.folder, disk=world.disk, clock=lambda: world.now) as journal:
            self._opened(journal)
            for key, record in list(journal.manifest.records.items()):
                if record.status == "failed" and record.remote_id is not None:
                    journal.append_now(Retried(key=key, by="collect"))

    @invariant()
    def nobody_paid_twice_and_no_picture_is_partial(self) -> None:
        if hasattr(self, "root"):
            hold_anywhere(self.world)

    def teardown(self) -> None:
        if hasattr(self, "root"):
            hold_to_the_end(again(self.world), self.acknowledged)
            self.root.cleanup()


TestLoop = Loop.TestCase
TestLoop.settings = settings(
    max_examples=80, stateful_step_count=10, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
