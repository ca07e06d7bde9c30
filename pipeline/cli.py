"""The command line: a table from verb to module (only the chosen one is imported), and the one error handler."""

from __future__ import annotations

import errno
import importlib
import sys
from collections.abc import Sequence
from difflib import get_close_matches
from typing import Any, NamedTuple

import typer
from typer.core import TyperCommand, TyperGroup
from typer.main import get_command

from pipeline import __version__
from pipeline.errors import ExitCode, FluxsweepError, JobError


class Verb(NamedTuple):
    """A verb of the command line: the group it is shown in, and one line of help."""

    group: str
    summary: str


VERBS: dict[str, Verb] = {
    "demo": Verb("Start here", "Make twelve pictures with the embedded emulator: no key, no cost."),
    "init": Verb("Make a job", "Write a commented starter job and a template into a new folder."),
    "plan": Verb("Make a job", "Show what a job would send and what it would cost; send nothing."),
    "run": Verb("Make a job", "Buy what is missing, collect it, and write the contact sheet."),
    "report": Verb("Make a job", "Write the contact sheet and the CSV from the manifest."),
    "rehearse": Verb("Look after it", "Run a whole job against the embedded emulator, for nothing."),
    "status": Verb("Look after it", "Show where a job stands, from its manifest alone."),
    "retry": Verb("Look after it", "Mark failed tasks to be bought, or collected, once more."),
    "resolve": Verb("Look after it", "End the doubt about tasks that may or may not be paid."),
    "rerun": Verb("Look after it", "Send the plan of a manifest again, without its job file."),
    "repair": Verb("Look after it", "Make a damaged manifest usable again; what was touched is in doubt."),
    "inbox": Verb("Look after it", "Listen for webhooks after a run has ended; the next run reads them."),
    "review": Verb("Decide", "Choose between pairs of pictures, blind, in the browser."),
    "score": Verb("Decide", "Say what votes or metrics tell: win rates, tests, strengths, intervals."),
    "diff": Verb("Decide", "Show what changed between two jobs: requests, pictures, byte for byte."),
    "models": Verb("Look things up", "List the models, or one model's parameters, ranges and price."),
    "schema": Verb("Look things up", "Print a JSON Schema of job files for an editor, or the job reference."),
    "emulator": Verb("Look things up", "Serve the emulated API on loopback until Ctrl-C."),
}

_EPILOG = """\
Examples:
  fluxsweep demo
  fluxsweep init my-sweep && fluxsweep rehearse my-sweep/jobs/first.yaml
  fluxsweep plan my-sweep/jobs/first.yaml
  fluxsweep run my-sweep/jobs/first.yaml         (needs COMETAPI_KEY)

Completion of verbs, options and job files, in bash, zsh and fish:
  fluxsweep --install-completion

Exit codes:
  0 complete, 1 some tasks failed, 2 job or command line wrong, 3 key, credit or quota, 4 budget,
  5 manifest locked or damaged, 6 tasks in doubt, 74 disk, 75 unfinished (run again), 130/143 interrupted
"""


class _Verbs(TyperGroup):
    """Knows every verb by name, and imports a verb's module only when it is called or its own help is asked for."""

    def list_commands(self, ctx: Any) -> list[str]:  # noqa: ARG002
        return list(VERBS)

    def get_params(self, ctx: Any) -> Any:
        """The switches: off, not None, for which typer would load all that turns texts into values."""
        params = super().get_params(ctx)
        for param in params:
            param.default = False
        return params

    def get_command(self, ctx: Any, cmd_name: str) -> Any:  # noqa: ARG002
        """The verb by name and summary alone, for completion."""
        return TyperCommand(cmd_name, short_help=VERBS[cmd_name].summary)

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        if args[0] not in VERBS and ctx.resilient_parsing:
            return None, None, []
        if args[0] not in VERBS and not args[0].startswith("-"):
            near = get_close_matches(args[0], VERBS, 1)
            hint = f"did you mean `{near[0]}`?" if near else "`fluxsweep --help` lists the verbs."
            raise JobError(f"there is no verb `{args[0]}`; {hint}")
        return args[0], _verb(args[0]), args[1:]

    def format_help(self, ctx: Any, formatter: Any) -> None:  # noqa: ARG002
        formatter.write("One YAML job in, a trusted set of images out.\n\n")
        formatter.write("Usage: fluxsweep [--version] VERB [OPTIONS] ...\n")
        for group in dict.fromkeys(verb.group for verb in VERBS.values()):
            with formatter.section(group):
                formatter.write_dl([(name, verb.summary) for name, verb in VERBS.items() if verb.group == group])
        formatter.write(f"\n{_EPILOG}")


def _verb(name: str) -> Any:
    module = importlib.import_module(f"pipeline.commands.{name}")
    verb = typer.Typer(add_completion=False, rich_markup_mode=None)
    verb.command(name, cls=_VerbCommand)(module.command)
    return get_command(verb)


class _VerbCommand(TyperCommand):
    """A verb whose help keeps the line breaks of its docstring."""

    def format_help_text(self, ctx: Any, formatter: Any) -> None:  # noqa: ARG002
        formatter.write(f"\n{(self.help or '').strip()}\n")


def _version(wanted: bool) -> None:
    if wanted:
        print(f"fluxsweep {__version__}")  # noqa: T201
        raise typer.Exit


def main(arguments: Sequence[str] | None = None) -> None:
    """Run one command and leave the process with its exit code."""
    app = typer.Typer(cls=_Verbs, rich_markup_mode=None, no_args_is_help=True)

    @app.callback()
    def options(version: bool = typer.Option(False, "--version", callback=_version, is_eager=True)) -> None:
        pass

    try:
        get_command(app).main(args=arguments, prog_name="fluxsweep")
    except FluxsweepError as error:
        _leave(str(error), error.exit_code)
    except KeyboardInterrupt:
        _leave("Interrupted.", ExitCode.INTERRUPTED)
    except BrokenPipeError:
        sys.stderr.close()
        sys.exit(ExitCode.COMPLETE)
    except OSError as error:
        if error.errno not in (errno.ENOSPC, errno.EDQUOT, errno.EIO, errno.EROFS, errno.EACCES, errno.EPERM):
            raise
        _leave(f"{error.filename or 'the disk'}: {error.strerror}", ExitCode.DISK)


def _leave(message: str, code: ExitCode) -> None:
    print(message, file=sys.stderr)  # noqa: T201
    sys.exit(code)
