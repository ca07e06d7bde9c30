"""`run.on_doubt` and `run.webhook`: what a job may say of them, and what it is told when it says something else."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from pipeline.spec.job import JobSpec, OnDoubt, Resubmit, Webhook

if TYPE_CHECKING:
    from tests.spec.conftest import Bench

HOLD = "on_doubt: hold"
URL = "https://example.com/flux?from=job"


def test_both_reach_the_manifest_and_come_back(bench: Bench, teapot: str) -> None:
    told = f"on_doubt: {{resubmit: {{usd: 1.50}}}}, webhook: {{url: '{URL}', port: 8123, host: 0.0.0.0}}"
    spec = bench.spec(teapot.replace(HOLD, told))
    assert spec.run.on_doubt == OnDoubt(resubmit=Resubmit(usd=1_500_000))
    assert spec.run.webhook == Webhook(url=URL, port=8123, host="0.0.0.0")
    assert JobSpec.model_validate_json(json.dumps(spec.snapshot())) == spec


@pytest.mark.parametrize("url", ["http://127.0.0.1:8123/x", "http://localhost/x", "http://[::1]:80/", "https://[::2]/"])
def test_plain_http_goes_to_this_machine_only_and_https_anywhere(bench: Bench, teapot: str, url: str) -> None:
    assert bench.spec(teapot.replace(HOLD, f"webhook: {{url: '{url}', port: 1}}")).run.webhook == Webhook(
        url=url, port=1
    )


@pytest.mark.parametrize(
    ("told", "problem"),
    [
        ("on_doubt: retry", "run.on_doubt: got the text 'retry'; expected `hold`, or {resubmit: {usd: 1}}"),
        ("on_doubt: [hold]", "run.on_doubt: got a list; expected `hold`, or"),
        ("on_doubt: {}", "run.on_doubt.resubmit: `usd` is missing; write {resubmit: {usd: 1}}"),
        ("on_doubt: {resubmit: {}}", "run.on_doubt.resubmit: `usd` is missing"),
        ("on_doubt: {resubmit: {usd: much}}", "run.on_doubt.resubmit.usd: got the text 'much'; expected an amount"),
        ("on_doubt: {resubmitt: {usd: 1}}", "unknown key `resubmitt`; did you mean `resubmit`?"),
        ("webhook: 3", "run.webhook: got the number 3; expected a mapping"),
        (f"webhook: {{url: '{URL}'}}", "run.webhook: `port` is missing; name the port to listen on"),
        ("webhook: {port: 80}", "run.webhook: `url` is missing; name what the service is to call"),
        (f"webhook: {{url: '{URL}', port: 70000}}", "run.webhook.port: got the number 70000; expected 65535 or less"),
        (f"webhook: {{url: '{URL}', port: 0}}", "run.webhook.port: got the number 0; expected 1 or more"),
        (f"webhook: {{url: '{URL}', prot: 80}}", "unknown key `prot`; did you mean `port`?"),
        *(
            (f"webhook: {{url: '{url}', port: 80}}", "run.webhook.url: got the text")
            for url in (
                "http://example.com/x",
                "ftp://127.0.0.1/x",
                "https://me:pw@example.com/x",
                "https://example.com/x#there",
                "https://example.com:99999/x",
                "https://exa mple.com/x",
                "https:///x",
                "flux",
            )
        ),
    ],
)
def test_one_mistake_is_one_error_that_says_the_mend(bench: Bench, told: str, problem: str) -> None:
    assert problem in bench.problem(HOLD, told)
