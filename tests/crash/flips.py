"""Proof by damage: no flipped bit of a manifest is ever silently accepted."""

from __future__ import annotations

import random
from collections.abc import Sequence
from pathlib import Path

from pipeline.errors import ManifestDamaged, ManifestNewer
from pipeline.manifest.read import FILE_NAME, read_manifest
from tests.crash.server import Fate
from tests.crash.world import SOUND, Bug, new_world


def prove_flips(folder: Path, count: int, seed: int, story: Sequence[Fate], bug: Bug = SOUND) -> int:
    """Flip one bit of a finished manifest, `count` times: each is refused, or left out as a torn tail and shown.

    Returns how many were refused.
    """
    rng = random.Random(seed)
    world = new_world(folder, story, bug)
    world.live()
    path = folder / FILE_NAME
    content = world.disk.read(path)
    whole = read_manifest(path, world.disk)
    last_line = content.rstrip(b"\n").rfind(b"\n")
    refused = 0
    with bug.patched():
        for place in rng.sample(range(len(content)), count):
            world.disk.names[path].live = _flipped(content, place, rng.randrange(8))
            try:
                reading = read_manifest(path, world.disk)
            except (ManifestDamaged, ManifestNewer):
                refused += 1
            else:
                assert place > last_line, f"byte {place} of {len(content)} is damaged, and nobody noticed"
                assert reading.seq < whole.seq or place == len(content) - 1, "a damaged last line was believed"
    return refused


def _flipped(content: bytes, place: int, bit: int) -> bytes:
    return content[:place] + bytes([content[place] ^ 1 << bit]) + content[place + 1 :]
