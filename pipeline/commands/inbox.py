"""`fluxsweep inbox`: the webhook receiver as a program of its own, which outlives the run."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from pipeline.catalog.provider import ProviderSpec
from pipeline.commands.flow.arguments import Output, Target
from pipeline.commands.flow.opening import folder_of, open_job, read_folder, shown_path
from pipeline.commands.flow.showing import is_free, tell
from pipeline.errors import JobError
from pipeline.manifest.read import FILE_NAME
from pipeline.plan.policy import WebhookSettings, settings_of


def command(
    path: Target,
    output: Output = None,
    port: Annotated[
        int | None, typer.Option(min=1, max=65535, help="Not the port that the job names.", show_default=False)
    ] = None,
    host: Annotated[str | None, typer.Option(help="Not the host that the job names.", show_default=False)] = None,
) -> None:
    """Listen for the webhooks of a job, as its `run.webhook` says, until Ctrl-C.

    What is proven is kept in the output folder (inbox.jsonl), and ends doubts: at once where a run is at work
    beside it, else when the next run begins. Nothing is sent, no key is needed, the manifest is not touched.

    Examples:
      fluxsweep inbox jobs/teapot-ab.yaml
      fluxsweep inbox outputs/teapot-ab --port 8124
    """
    from pipeline.run.keeping import keep_webhooks

    folder = folder_of(path, output)
    settings, spec = _asked_for(path)
    settings = WebhookSettings(settings.url, port or settings.port, host or settings.host)
    place = f"{settings.host}:{settings.port}"
    keep_webhooks(folder, settings, spec, lambda: tell(f"Listening on {place} for {shown_path(folder)}; Ctrl-C ends."))


def _asked_for(path: Path) -> tuple[WebhookSettings, ProviderSpec]:
    """The webhooks that a job file asks for, or the plan that rules in a manifest."""
    from pipeline.catalog.own import catalog_of
    from pipeline.commands.flow.outlets import heard_by

    if path.is_dir() or path.name == FILE_NAME:
        manifest = read_folder(folder_of(path)).manifest
        if manifest.plan is None:
            raise JobError(f"{path}: holds no complete plan; name the job file")
        job, free = manifest.plan.job, is_free(manifest)
        names = dict.fromkeys(manifest.tasks[key].provider for key in manifest.planned_keys())
    else:
        planned = open_job(path)
        names = dict.fromkeys(planned.specs())
        job, free = planned.job, all(spec.embedded for spec in planned.specs().values())
    hook = settings_of(job).webhook
    if hook is None:
        raise JobError(f"{path}: asks for no webhooks; give it `run: {{webhook: {{url: https://…, port: …}}}}`")
    catalog = catalog_of(job)
    spec = heard_by({name: catalog.provider(name) for name in names})
    return hook.on_loopback() if free else hook, spec
