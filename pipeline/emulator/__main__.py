"""`python -m pipeline.emulator '{…settings…}'`: the program. Its one line on stdout is `{"origin": "http://…"}`."""

from __future__ import annotations

import sys

import msgspec

from pipeline.emulator.server import serve
from pipeline.emulator.settings import Settings
from pipeline.errors import FluxsweepError


def announce(origin: str) -> None:
    """Says on stdout where the emulator listens."""
    sys.stdout.write(msgspec.json.encode({"origin": origin}).decode() + "\n")
    sys.stdout.flush()


def main(arguments: list[str]) -> int:
    """The process's exit code. A first argument holds `Settings` as a JSON object."""
    try:
        settings = msgspec.json.decode(arguments[0] if arguments else "{}", type=Settings)
        serve(settings, announce)
    except msgspec.DecodeError as error:
        sys.stderr.write(f"emulator: {error}\n")
        return 2
    except FluxsweepError as error:
        sys.stderr.write(f"emulator: {error}\n")
        return error.exit_code
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
