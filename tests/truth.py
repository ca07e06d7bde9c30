"""The truth about a job is the emulator's ledger: what it accepted and bills, held against what a manifest says."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from pathlib import Path
from typing import Any

from pipeline.images.check import check_picture
from pipeline.manifest.read import FILE_NAME, read_manifest
from pipeline.manifest.record import Record
from pipeline.manifest.state import Manifest


def ledger_lines(ledger: Path) -> list[dict[str, Any]]:
    """Every accepted submit that stands whole in the ledger, in order; none where there is no ledger yet."""
    whole = ledger.read_bytes().rpartition(b"\n")[0] if ledger.exists() else b""
    return [json.loads(line) for line in whole.splitlines()]


def hold_to_truth(folder: Path, ledger: Path) -> Manifest:
    """The manifest of `folder`, when it says nothing that the ledger and the disk do not bear out.

    No task was accepted twice; charges lie within their bounds, task by task; each downloaded picture lies there as
    recorded and whole; nothing else lies beside them.
    """
    manifest = read_manifest(folder / FILE_NAME).manifest
    names = {_name(request.model, dict(request.params)): key for key, request in manifest.tasks.items()}
    lines = [(names[_name(line["model"], line["body"])], line) for line in ledger_lines(ledger)]
    accepted = Counter(key for key, _ in lines)
    billed = Counter(key for key, line in lines if line["billed"])
    twice = {key: count for key, count in accepted.items() if count > 1}
    assert not twice
    for key in manifest.tasks:
        record = manifest.record(key)
        assert record.charges_lo <= billed[key] <= record.charges_hi, (key, record)
        assert accepted[key] or record.status not in ("submitted", "downloaded"), (key, record)
    _hold_pictures(folder, [manifest.record(key) for key in manifest.tasks])
    return manifest


def _hold_pictures(folder: Path, records: list[Record]) -> None:
    artifacts = {record.artifact.path: record.artifact for record in records if record.artifact is not None}
    assert {record.status for record in records if record.artifact is not None} <= {"downloaded"}
    for path, artifact in artifacts.items():
        content = (folder / path).read_bytes()
        assert (len(content), hashlib.sha256(content).hexdigest()) == (artifact.bytes, artifact.sha256), path
        picture = check_picture(folder / path)
        assert (picture.media_type, picture.width, picture.height) == (
            artifact.media_type,
            artifact.width,
            artifact.height,
        )
    lying = {file.relative_to(folder).as_posix() for file in folder.glob("images/*")}
    assert lying == set(artifacts)


def _name(model: str, params: dict[str, Any]) -> str:
    asked = {name: value for name, value in params.items() if not name.startswith("webhook_")}
    return json.dumps([model, asked], sort_keys=True)
