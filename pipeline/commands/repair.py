"""`fluxsweep repair`: a damaged manifest becomes one that can be used."""

from __future__ import annotations

from pipeline.commands.flow.arguments import Target
from pipeline.commands.flow.opening import folder_of, open_job, shown_path
from pipeline.commands.flow.showing import tell
from pipeline.manifest.repair import repair


def command(path: Target) -> None:
    """Make a damaged manifest usable again.

    Every line that holds is kept. A task that may have been sent where lines are lost is in doubt afterwards, never
    planned: nothing is bought twice. The damaged file is kept beside the new one. Where the damage took requests,
    name the job file: they are read from there.

    Examples:
      fluxsweep repair outputs/teapot-ab
      fluxsweep repair jobs/teapot-ab.yaml
    """
    folder = folder_of(path)
    is_job = path.is_file() and path.parent != folder
    repaired = repair(folder, open_job(path).tasks if is_job else None)
    if repaired.copy is None:
        tell(f"{shown_path(folder)}: the manifest holds; nothing was changed")
        return
    tell(
        f"{shown_path(folder)}: {repaired.kept} lines kept, {repaired.lost_lines} lost; "
        f"the damaged file is {shown_path(repaired.copy)}"
    )
    if repaired.doubts:
        tell(f"{len(repaired.doubts)} tasks are in doubt: `fluxsweep status` lists them, `fluxsweep resolve` ends them")
