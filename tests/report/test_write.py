"""What lies in `report/`, and what a second build leaves alone."""

from __future__ import annotations

import json
import re
import zipfile
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from pipeline.errors import DiskError, JobError
from pipeline.report.bundle import write_bundle
from pipeline.report.formats import write_formats
from pipeline.report.write import write_report
from tests.report.columns import unpacked


def _stamps(folder: Path) -> dict[str, tuple[int, bytes]]:
    return {
        str(path.relative_to(folder)): (path.stat().st_mtime_ns, path.read_bytes())
        for path in folder.rglob("*")
        if path.is_file()
    }


def _cells(html: Path) -> list[dict[str, Any]]:
    """The cells that a page holds, as its own script reads them."""
    found = re.search(r'<script type="application/json" id="sheet">(.*?)</script>', html.read_text(), re.DOTALL)
    assert found
    packed = json.loads(found[1])["cells"]
    return unpacked(packed["columns"], packed["count"])


def test_a_second_build_touches_no_file(teapot: Any) -> None:
    counted: list[tuple[int, int]] = []
    html, csv = write_report(teapot.folder, teapot.manifest(), progress=lambda *count: counted.append(count))
    assert (html, csv) == (teapot.folder / "report/index.html", teapot.folder / "report/contact_sheet.csv")
    assert counted == [(done, 18) for done in range(1, 19)]
    before = _stamps(teapot.folder)
    assert len([name for name in before if name.startswith("report/thumbs/small/")]) == 18
    assert len([name for name in before if name.startswith("report/thumbs/large/")]) == 18
    write_report(teapot.folder, teapot.manifest(), progress=lambda *count: counted.append(count))
    assert _stamps(teapot.folder) == before
    assert len(counted) == 18


def test_only_new_pictures_are_made_small(sheet: Any) -> None:
    sheet.add({"seed": 1})
    write_report(sheet.folder, sheet.manifest())
    sheet.add({"seed": 2})
    counted: list[tuple[int, int]] = []
    write_report(sheet.folder, sheet.manifest(), progress=lambda *count: counted.append(count))
    assert counted == [(1, 1)]


def test_a_missing_or_damaged_picture_does_not_stop_the_report(sheet: Any) -> None:
    for seed in (1, 2, 3):
        sheet.add({"seed": seed})
    gone, damaged, _ = sorted((sheet.folder / "images").iterdir())
    gone.unlink()
    damaged.write_bytes(damaged.read_bytes()[:40])
    html, _ = write_report(sheet.folder, sheet.manifest())
    words = [cell["word"] for cell in _cells(html)]
    assert sorted(words) == ["downloaded", "picture missing", "picture missing"]
    reasons = [cell["reason"] for cell in _cells(html) if "reason" in cell]
    assert any(f"images/{gone.name} is missing" in reason for reason in reasons)
    assert len(list((sheet.folder / "report/thumbs/small").iterdir())) == 1


def test_a_picture_that_is_cut_after_its_thumbnail_was_made_is_not_shown_as_whole(sheet: Any) -> None:
    for seed in (1, 2, 3):
        sheet.add({"seed": seed})
    write_report(sheet.folder, sheet.manifest())
    cut, lost, _ = sorted((sheet.folder / "images").iterdir())
    length = cut.stat().st_size
    cut.write_bytes(cut.read_bytes()[:-1])
    lost.unlink()
    lost.symlink_to(sheet.folder / "moved-away")
    html, _ = write_report(sheet.folder, sheet.manifest())
    assert sorted(cell["word"] for cell in _cells(html)) == ["downloaded", "picture missing", "picture missing"]
    reasons = {cell["reason"] for cell in _cells(html) if "reason" in cell}
    assert f"images/{cut.name} has {length - 1} bytes, and had {length} when it was downloaded" in reasons
    bundle = write_bundle(write_formats(sheet.folder, sheet.manifest(), []))
    assert len(list((bundle / "images").iterdir())) == 1


def test_an_empty_thumbnail_that_a_crash_left_is_made_again(sheet: Any) -> None:
    sheet.add({"seed": 1})
    write_report(sheet.folder, sheet.manifest())
    [small] = (sheet.folder / "report/thumbs/large").iterdir()
    small.write_bytes(b"")
    write_report(sheet.folder, sheet.manifest())
    with Image.open(small) as image:
        assert image.size == (96, 64)


def test_nothing_in_the_page_tells_of_this_machine(teapot: Any, tmp_path: Path) -> None:
    html, csv = write_report(teapot.folder, teapot.manifest())
    page = re.sub(r"<script>.*</script>", "", html.read_text(), flags=re.DOTALL)  # the code, the same for everybody
    assert str(tmp_path) not in html.read_text()
    for text in (page, csv.read_text()):
        assert str(tmp_path) not in text
        urls = set(re.findall(r"https?://[^\"\s]*", text))
        assert urls <= {"https://api.cometapi.com/flux/v1/{model}"}  # where the catalog says that submits go


def test_a_disk_that_refuses_is_said(teapot: Any) -> None:
    teapot.folder.joinpath("report").write_text("a file where the folder should be")
    with pytest.raises(DiskError, match="report"):
        write_report(teapot.folder, teapot.manifest())


def test_a_bundle_holds_all_that_its_page_names(teapot: Any, tmp_path: Path) -> None:
    bundle = write_bundle(write_formats(teapot.folder, teapot.manifest(), []), tmp_path / "to-send")
    names = {str(path.relative_to(bundle)) for path in bundle.rglob("*") if path.is_file()}
    cells = _cells(bundle / "index.html")
    linked = {cell["path"] for cell in cells}
    linked |= {f"thumbs/{density}/{cell['sha256']}.webp" for cell in cells for density in ("small", "large")}
    assert linked == names - {"index.html", "contact_sheet.csv"}
    assert len(linked) == 3 * 18
    originals = {path.name: path.read_bytes() for path in (teapot.folder / "images").iterdir()}
    assert {path.name: path.read_bytes() for path in (bundle / "images").iterdir()} == originals


def test_a_zip_holds_the_bundle_in_one_folder_and_replaces_only_a_file(teapot: Any, tmp_path: Path) -> None:
    report = write_formats(teapot.folder, teapot.manifest(), [])
    target = tmp_path / "for-anna.zip"
    target.write_bytes(b"an older one")
    assert write_bundle(report, target) == target
    bundle = write_bundle(report)
    with zipfile.ZipFile(target) as archive:
        found = {name: archive.read(name) for name in archive.namelist()}
    assert found == {f"for-anna/{name}": content for name, (_, content) in _stamps(bundle).items()}
    assert [path.name for path in tmp_path.iterdir() if path.is_file()] == ["for-anna.zip"]
    (tmp_path / "folder.zip").mkdir()
    with pytest.raises(JobError, match="is no file"):
        write_bundle(report, tmp_path / "folder.zip")


@pytest.mark.parametrize("raw", [False, True])
def test_texts_in_the_table_of_a_bundle_are_harmless_unless_they_are_wanted_raw(sheet: Any, raw: bool) -> None:
    sheet.add({"seed": 1}, "=1+1")
    bundle = write_bundle(write_formats(sheet.folder, sheet.manifest(), [], raw=raw))
    assert ("'=1+1" in (bundle / "contact_sheet.csv").read_text()) is not raw


def test_a_bundle_is_brought_up_to_date(teapot: Any) -> None:
    bundle = write_bundle(write_formats(teapot.folder, teapot.manifest(), []))
    assert bundle == teapot.folder / "report/bundle"
    (bundle / "images/of-an-older-plan.png").write_bytes(b"old")
    before = _stamps(bundle)
    teapot.add({"prompt": "plain", "model": "flux-2-flex", "seed": 9, "size": "square"})
    write_bundle(write_formats(teapot.folder, teapot.manifest(), []))
    after = _stamps(bundle)
    assert set(before) - set(after) == {"images/of-an-older-plan.png"}
    assert len(set(after) - set(before)) == 3
    pictures = {name for name in after if name.startswith("images/")} & set(before)
    assert all(after[name] == before[name] for name in pictures)


def test_a_bundle_never_takes_over_a_folder_of_something_else(teapot: Any, tmp_path: Path) -> None:
    holiday = tmp_path / "holiday" / "images"
    holiday.mkdir(parents=True)
    (holiday / "beach.png").write_bytes(b"dear")
    write_report(teapot.folder, teapot.manifest())
    for target in (holiday.parent, holiday / "beach.png", teapot.folder / "report"):
        with pytest.raises(JobError, match="choose another name"):
            write_bundle(write_formats(teapot.folder, teapot.manifest(), []), target)
    assert (holiday / "beach.png").read_bytes() == b"dear"
