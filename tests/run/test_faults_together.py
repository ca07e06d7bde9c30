"""Many tasks, every fault at once: each ends in the status that the ledger demands."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from pipeline.emulator.fates import broken_reply
from pipeline.errors import ExitCode
from tests.run.stage import staged

TASKS = 500
RATES = {
    "error_500": 0.025,
    "unavailable_503": 0.025,
    "accepted_drop": 0.03,
    "truncated": 0.05,
    "request_moderated": 0.025,
    "content_moderated": 0.025,
    "expired": 0.05,
    "busy": 0.02,
}


@pytest.mark.parametrize("seed", [1, 2])
def test_every_task_ends_as_the_ledger_says(tmp_path: Path, seed: int) -> None:
    with staged(tmp_path, **RATES, seed=seed, active=20) as stage:
        stage.plan(TASKS)
        assert stage.run().code == ExitCode.IN_DOUBT
        accepted = {line["id"]: line for line in stage.lines}
        records = stage.records()
        lost = sum(broken_reply(stage.settings, remote_id) is not None for remote_id in accepted)
        refused = TASKS - len(accepted)
        statuses = Counter(record.status for record in records)
        assert statuses.keys() == {"downloaded", "failed", "in_doubt"}
        # In doubt is what was accepted without a reply, and what a bare 500 may have been.
        assert statuses["in_doubt"] == lost + refused
        for record in records:
            if record.remote_id is not None:
                fate = accepted[record.remote_id]["fate"]
                kind = record.failure.kind if record.failure else record.status
                assert kind == ("downloaded" if fate == "ready" else "moderated")
        assert stage.stats["rejected"]["429"] > 0
        assert stage.stats["downloads_with_key"] == 0
