"""What the page gives to take away: a job that buys the very picture, and a command that sends the very request."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page

from pipeline.catalog.load import load_catalog
from pipeline.providers.body import submit_body, submit_path
from pipeline.report.endpoints import endpoints_of
from pipeline.spec.read import read_job
from pipeline.sweep.expand import expand
from pipeline.task.fingerprint import task_of
from pipeline.task.request import Request, Task
from tests.report.conftest import Opened, Sheet

HOSTILE = [
    'it\'s "so" `date` $(date) ${HOME} $HOME !! \\ \\n \\u0041 %s %d',
    "'; touch /tmp/never; '",
    "-d @/etc/passwd\n--data-raw x",
    "two\nlines\tand a tab: - # & * ? | > { } [ ] , % @ ~",
    "{{ product }} {% raw %} {# no template #} {% endraw %}",
    "</script><script>alert(1)</script> <!-- ]]> &lt;",
    "\u202eright to left\u202c \u2066isolated\u2069 שלום",
    "\u0001\u0007\u001b[31m\u007f\u0085\u00a0\u2028\u2029\ufeff",
    "🫖🏽\u200d🎨 e\u0301 \U0001f600 \U000e0041 雨",
    "yes",
    "word " * 3000,
]
PARAMS: dict[str, Any] = {"width": 1024, "height": 768, "prompt_upsampling": False, "guidance": 3.5, "steps": 20}


def _written(page: Page, cell: int, function: str) -> str:
    text: str = page.evaluate(f"(place) => {function}(sheet.cells[place])", cell)
    return text


def _task_of_job(text: str, folder: Path) -> Task:
    path = folder / "copied.yaml"
    path.write_text(text, encoding="utf-8")
    loaded = read_job(path, load_catalog())
    assert loaded.problems == []
    assert loaded.spec is not None
    sweep, findings = expand(loaded.spec, load_catalog())
    assert findings == []
    assert sweep is not None
    (cell,) = sweep.cells
    return cell.task


def test_a_copied_job_buys_the_very_picture(opened: Opened, sheet: Sheet) -> None:
    tasks = [
        sheet.add({"prompt": f'{n}: "odd" #id', "model": "flux-2-flex", "seed": n}, text.strip(), **PARAMS)
        for n, text in enumerate(HOSTILE)
    ]
    tasks.append(sheet.add({"model": "flux-2-pro", "seed": 2**62 + 1}, width=512, height=512))
    tasks.append(sheet.add({"model": "flux-kontext-pro", "seed": 5}, "an owl", input_image=sheet.input(), **_KONTEXT))
    page = opened(sheet)
    for place, task in enumerate(tasks):
        job = _written(page, place, "jobFragment")
        assert _task_of_job(job, sheet.folder).key == task.key
        assert job.isprintable() or all(sign.isprintable() or sign == "\n" for sign in job)


_KONTEXT: dict[str, Any] = {"width": None, "height": None, "aspect_ratio": "4:3"}


@pytest.mark.parametrize("shell", ["bash", "sh"])
def test_a_copied_command_sends_the_very_request(opened: Opened, sheet: Sheet, shell: str) -> None:
    tasks = [
        sheet.add({"prompt": str(n), "model": "flux-2-flex", "seed": n}, text, **PARAMS)
        for n, text in enumerate(HOSTILE)
    ]
    tasks.append(sheet.add({"model": "flux-2-pro", "seed": 2**62 + 1}))
    tasks.append(sheet.add({"model": "flux-kontext-pro", "seed": 5}, "it's", input_image=sheet.input(), **_KONTEXT))
    page = opened(sheet)
    for place, task in enumerate(tasks):
        url, headers, body = _sent(_written(page, place, "curlCommand"), sheet.folder, shell)
        assert url == f"https://api.cometapi.com/flux/v1/{task.request.model}"
        assert headers == ["Authorization: Bearer not-a-key", "Content-Type: application/json"]
        assert body == submit_body(load_catalog().provider("cometapi"), task.request, _inputs(sheet), {})


@pytest.mark.parametrize(
    "provider", [p for p in load_catalog().providers.values() if not p.embedded], ids=lambda p: p.name
)
def test_a_command_speaks_as_each_provider_wants_it(opened: Opened, sheet: Sheet, provider: Any) -> None:
    params: dict[str, Any] = {"prompt": "an owl", "seed": 1, "width": 512, "height": 512, "output_format": "jpeg"}
    images: dict[str, Any] = {"input_image": sheet.input(), "input_image_2": sheet.input()}
    task = task_of(Request(provider.name, "flux-2-pro", {**params, **images}))
    sheet.add({"provider": provider.name, "model": "flux-2-pro"}, task=task)
    assert list(endpoints_of(sheet.manifest())) == [provider.name]
    page = opened(sheet)
    url, headers, body = _sent(_written(page, 0, "curlCommand"), sheet.folder, "bash", provider.key.variable)
    assert url == provider.base_url + submit_path(provider, task.request)
    assert headers[0] == f"{provider.key.header}: {provider.key.prefix}not-a-key"
    assert body == submit_body(provider, task.request, _inputs(sheet), {})


def test_a_command_is_not_offered_for_what_runs_on_this_machine(opened: Opened, sheet: Sheet) -> None:
    task = task_of(Request("emulator", "flux-2-pro", {"prompt": "an owl", "seed": 1}))
    sheet.add({"provider": "emulator"}, task=task)
    page = opened(sheet)
    page.locator(".shot").click()
    assert page.locator(".copying button").all_text_contents() == ["Prompt", "Job", "Link"]


def test_the_buttons_put_the_text_on_the_clipboard(opened: Opened, sheet: Sheet) -> None:
    prompt = HOSTILE[3]
    sheet.add({"seed": 1}, prompt)
    page = opened(sheet, permissions=["clipboard-read", "clipboard-write"])
    page.locator(".shot").click()
    for words, function in {"Prompt": "(cell => cell.prompt)", "Job": "jobFragment", "curl": "curlCommand"}.items():
        page.get_by_role("button", name=words, exact=True).click()
        page.get_by_text(f"{words} copied").wait_for()
        assert page.evaluate("navigator.clipboard.readText()") == _written(page, 0, function)


def _inputs(sheet: Sheet) -> dict[str, bytes]:
    folder = sheet.folder / "inputs"
    return {path.stem: path.read_bytes() for path in folder.iterdir()} if folder.is_dir() else {}


def _sent(command: str, folder: Path, shell: str, variable: str = "COMETAPI_KEY") -> tuple[str, list[str], Any]:
    """What a real shell hands to curl for `command`: the URL, the headers, and the JSON body, read."""
    spy = 'curl() { printf "%s\\0" "$@"; case "$*" in *" @-") cat ;; esac; }\n'
    done = subprocess.run(
        [shell, "-c", spy + command],
        cwd=folder,
        env={"PATH": "/usr/bin:/bin", variable: "not-a-key"},
        capture_output=True,
        timeout=30,
        check=True,
    )
    assert done.stderr == b""
    silent, url, *rest = done.stdout.decode().split("\0")
    assert silent == "-sS"
    assert rest[0::2][:2] == ["-H", "-H"]
    assert rest[4] in {"--data-raw", "--data-binary"}
    return url, rest[1:4:2], json.loads(rest[6] if rest[4] == "--data-binary" else rest[5])
