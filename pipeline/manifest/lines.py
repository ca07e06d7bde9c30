"""Every line that a manifest may hold (format 1), as msgspec structs told apart by `type`.

On disk each line also carries `seq` (1, 2, 3 … without gaps), `batch` (one per write + fsync), `left`, `at` (unix
seconds) and, last, `crc`; `codec` adds them. Money is integer micro-USD; durations are seconds.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

import msgspec

from pipeline.task.request import Request

FORMAT = 1

FailureKind = Literal["invalid", "moderated", "error", "expired", "bad_image", "lost", "written_off"]
Charged = Literal["no", "yes", "maybe"]
# A manifest may come from a stranger, and files get their names from it: none of them leads out of its folder.
Inside = Annotated[str, msgspec.Meta(pattern=r"^(?!/)(?!(.*/)?\.\.(/|$))")]
Name = Annotated[str, msgspec.Meta(pattern=r"^[^/]*$")]
AxisValue = str | int | float | bool | None | dict[str, str | int | float | bool | None]


class Artifact(msgspec.Struct, frozen=True):
    """A stored picture. `path` is relative to the output folder, with `/`; `bytes` its length; sides in pixels."""

    path: Inside
    sha256: str
    bytes: int
    media_type: str
    width: int
    height: int


class PlanCounts(msgspec.Struct, frozen=True):
    """How many `task` and `cell` lines belong to a plan: it rules only when all of them are there."""

    tasks: int
    cells: int


class Line(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, tag_field="type"):
    """What every line has. `journal` fills these in when it writes; they are 0 on a line not yet written.

    `left` counts the lines of the same batch that follow: it tells a torn last batch from damage in the middle.
    """

    seq: int = 0
    batch: int = 0
    left: int = 0
    at: float = 0.0


class Header(Line, frozen=True, kw_only=True, omit_defaults=True, tag="header"):
    """The first line. `origin` is the endpoint's scheme://host[:port], or `emulator` for the embedded one.

    Where there are several, it names each once, a space between them; which is whose stands in the plans.
    """

    format: int
    tool: str
    created: str
    origin: str
    rehearsal: bool = False


class PlanLine(Line, frozen=True, kw_only=True, omit_defaults=True, tag="plan"):
    """A plan opens: `job` is the job as resolved (templates' text included), `digest` names what it would send.

    `origins` says where each of its providers is (none in older manifests: all are where the header says).
    """

    n: int
    job: dict[str, Any]
    digest: str
    counts: PlanCounts
    origins: dict[str, str] = {}


class TaskLine(Line, frozen=True, kw_only=True, omit_defaults=True, tag="task"):
    """A task that no earlier line of this manifest holds. Immutable."""

    key: Name
    request: Request


class CellLine(Line, frozen=True, kw_only=True, omit_defaults=True, tag="cell"):
    """A cell of plan `n`. `axes` holds its value on every axis, in job order.

    A compound axis' value is a mapping of its parts with its label under `id`. `price` is micro-USD for one picture,
    None when unknown; `price_source` says where it comes from. `replaces` are the keys of the tasks that stood in this
    cell before, oldest first: the first is what the job itself asks for, and each differs from the next in its seed.
    `expect` is what the picture should show, by name: `text`, the words to be read in it.
    """

    n: int
    key: Name
    label: Name
    axes: dict[str, AxisValue]
    price: int | None = None
    price_source: str = "unknown"
    replaces: tuple[str, ...] = ()
    expect: dict[str, str] = {}


class Event(Line, frozen=True, kw_only=True, omit_defaults=True):
    """A fact about one task."""

    key: str


class Submitting(Event, frozen=True, kw_only=True, omit_defaults=True, tag="submitting"):
    """On disk before a byte of the POST leaves. `attempt` counts from 1."""

    attempt: int


class Unpaid(Event, frozen=True, kw_only=True, omit_defaults=True, tag="unpaid"):
    """The attempt surely never left, or was surely refused: nothing is owed for it."""

    attempt: int
    why: str


class Submitted(Event, frozen=True, kw_only=True, omit_defaults=True, tag="submitted"):
    """The provider took it. `poll_url` only when on a host of the provider's own, a path and query when on its first.

    `cost` is micro-USD as the reply says; `billed`: that is the provider's bill.
    """

    attempt: int
    remote_id: str
    poll_url: str | None = None
    request_id: str | None = None
    cost: int | None = None
    billed: bool = False


class InDoubt(Event, frozen=True, kw_only=True, omit_defaults=True, tag="in_doubt"):
    """The attempt may or may not have been taken: it is held, and never sent again by itself."""

    attempt: int
    why: str
    request_id: str | None = None


class Ready(Event, frozen=True, kw_only=True, omit_defaults=True, tag="ready"):
    """The picture is rendered (and paid). `prompt`, `seed` as the service returned them; `cost` as in `Submitted`."""

    seed: int | None = None
    prompt: str | None = None
    cost: int | None = None
    duration: float | None = None
    billed: bool = False


class Downloaded(Event, frozen=True, kw_only=True, omit_defaults=True, tag="downloaded"):
    """The picture lies under its final name, checked and synced."""

    artifact: Artifact


class Failed(Event, frozen=True, kw_only=True, omit_defaults=True, tag="failed"):
    """The task ends without a picture. `charged` says whether the service bills it."""

    kind: FailureKind
    charged: Charged
    detail: str = ""


class Parked(Event, frozen=True, kw_only=True, omit_defaults=True, tag="parked"):
    """Waited past the give-up time: still submitted and paid, polled first by the next run."""


class Retried(Event, frozen=True, kw_only=True, omit_defaults=True, tag="retried"):
    """A person wants this failed task again: `buy` starts a new attempt, `collect` polls the old id for nothing."""

    by: Literal["buy", "collect"] = "buy"


class Resolved(Event, frozen=True, kw_only=True, omit_defaults=True, tag="resolved"):
    """A person (or a webhook) ends a doubt."""

    how: Literal["id", "not_charged", "write_off", "buy_again"]
    remote_id: str | None = None


class Reused(Event, frozen=True, kw_only=True, omit_defaults=True, tag="reused"):
    """The picture was linked from another folder of the same outputs root (`source`), not bought."""

    source: str
    artifact: Artifact


class Duplicate(Event, frozen=True, kw_only=True, omit_defaults=True, tag="duplicate"):
    """An accepted submit came to light that the record does not know; `attempt` is which, 0 when nobody can tell."""

    remote_id: str
    attempt: int = 0


class Lost(Event, frozen=True, kw_only=True, omit_defaults=True, tag="lost"):
    """Only `repair` writes it: lines of this task are lost that may have told of so many more paid submits."""

    submits: int


class RunStart(Line, frozen=True, kw_only=True, omit_defaults=True, tag="run_start"):
    """A process begins to work through plan `n`."""

    n: int
    pid: int
    tool: str


class RunEnd(Line, frozen=True, kw_only=True, omit_defaults=True, tag="run_end"):
    """It stopped in order, with this exit code."""

    exit_code: int


AnyEvent = (
    Submitting
    | Unpaid
    | Submitted
    | InDoubt
    | Ready
    | Downloaded
    | Failed
    | Parked
    | Retried
    | Resolved
    | Reused
    | Duplicate
    | Lost
)
AnyLine = Header | PlanLine | TaskLine | CellLine | AnyEvent | RunStart | RunEnd
