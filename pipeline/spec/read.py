"""`read_job`: a job file, and every file that it names, as a `JobSpec` and all of its mistakes at once."""

from __future__ import annotations

from collections.abc import Sequence
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from pipeline.catalog.load import Catalog
from pipeline.catalog.route import split_route
from pipeline.source.document import Document
from pipeline.source.nearest import did_you_mean, listed, nearest
from pipeline.source.problem import Problem, clip
from pipeline.spec.axes import one_source, read_axes
from pipeline.spec.bases import read_document
from pipeline.spec.draft import Draft
from pipeline.spec.forms import write_out_axes
from pipeline.spec.inherited import Inherited
from pipeline.spec.job import (
    Axis,
    Budget,
    Expect,
    JobSpec,
    Matrix,
    OnDoubt,
    Poll,
    Price,
    ReportOptions,
    Resubmit,
    RunOptions,
    Sample,
    Webhook,
)
from pipeline.spec.keys import REQUIRED, RESERVED, settle_keys
from pipeline.spec.literals import write_out_literals
from pipeline.spec.names import Names, column_roles, mend_names
from pipeline.spec.options import LAID_OUT, RawRun
from pipeline.spec.own import Own, used_providers
from pipeline.spec.parameters import (
    catalog_params,
    job_models,
    mend_models,
    mend_params,
    read_models,
    read_overrides,
    read_params,
    swept_names,
)
from pipeline.spec.pictures import Pictures
from pipeline.spec.problems import validated
from pipeline.spec.prompts import read_expectation, read_templates
from pipeline.spec.selections import known_values, read_selections
from pipeline.spec.shape import RawJob
from pipeline.spec.sources import write_out_prompts
from pipeline.spec.ties import tied
from pipeline.spec.units import SIZE_FORMS, size_meaning
from pipeline.spec.values import Values
from pipeline.spec.words import described


@dataclass
class Loaded:
    """A job as far as it could be read.

    `spec` is None when what is wrong leaves nothing to go on with; with `problems` it is the job as most likely
    meant, so that the sweep's findings can be told together with them. `document` has the place of everything;
    `notes` are lines for the plan, `images` the bytes of the pictures that the job names by path, by SHA-256. `whole`
    is the job as it was read: with what it needs of what it inherits, and what the command line changes. `catalog` is
    the shipped one with what the job describes itself.
    """

    spec: JobSpec | None
    document: Document
    problems: list[Problem]
    notes: list[str]
    images: dict[str, bytes]
    whole: dict[str, Any]
    catalog: Catalog


def read_job(path: Path, catalog: Catalog, changes: Sequence[str] = ()) -> Loaded:
    """Read the job file `path` with the `changes` of the command line (`path=value`).

    Problems name files as `path` is written, sorted by place.

    Raises:
        JobError: it cannot be read at all (missing, not UTF-8, not YAML).
    """
    document = read_document(path, changes)
    whole = deepcopy(document.value)
    draft = Draft(document)
    reading = _Reading(draft, path, catalog)
    spec, problems = reading.spec(), sorted(set(draft.problems))
    # Where something was mended it stands elsewhere, and nobody asks for the whole.
    for section, name in reading.inherited.dropped if not problems else ():
        if isinstance(whole[section], dict):  # prompts that stand in files are no part of what was read
            del whole[section][name]
        if not whole[section]:
            del whole[section]
    return Loaded(spec, document, problems, reading.notes, reading.pictures.bytes, whole, reading.catalog)


class _Reading:
    """One reading of one job: shape, then names, then values, each mending the draft for the next."""

    def __init__(self, draft: Draft, path: Path, catalog: Catalog) -> None:
        self._draft, self._path = draft, path
        self._own = Own(draft, path.parent, catalog)
        self._catalog = self.catalog = self._own.catalog
        self._params = catalog_params(self._catalog.models.values())
        self.inherited = Inherited(draft)
        self.notes: list[str] = []
        self.pictures = Pictures(path.parent)

    def spec(self) -> JobSpec | None:
        """The job; None when something that the rest hangs on is wrong."""
        draft = self._draft
        settle_keys(draft, self._params)
        self._note_cut_prompts()
        self.notes += write_out_prompts(draft, self._path.parent)
        write_out_axes(draft, self._path.parent, self._params, self.pictures)
        write_out_literals(draft)
        validated(draft)
        self._check_required()
        raw = validated(draft)
        provider = self._provider(raw.provider)
        templates = read_templates(draft, raw.prompts, self._path)
        expected = read_expectation(draft, raw.expect.text, self._path)
        names = Names(draft, templates, self._params, expected)
        self.inherited.settle(names)
        mend_names(names)
        self.notes += column_roles(names)
        settled = ("vars", "prompts", "expect", "matrix", "provider")
        whole = not names.unset() and not any(draft.lost(key) for key in settled)
        values = self._values(provider)
        axes = read_axes(draft, values)
        known = known_values(axes, values)
        exclude = read_selections(draft, values, axes, ("matrix", "exclude"), known)
        include = read_selections(draft, values, axes, ("matrix", "include"), known, adds=True)
        for line in include:
            for name, members in line.items():
                known[name] |= {values.meaning(name, member): member for member in members}
        axes = tied(draft, values, axes, known)
        only = read_selections(draft, values, axes, ("matrix", "only"), known)
        sample = raw.matrix.sample
        drawn = Sample(n=sample.n, salt=sample.salt) if sample else None
        matrix = Matrix(axes=axes, exclude=exclude, include=include, only=only, sample=drawn, order=raw.matrix.order)
        self._settle_params(names, matrix)
        self._check_vars()
        self._check_prices()
        one_source(draft, axes)
        confined_axes = {path[-1] for path in draft.document.lifted if path[:2] == ("matrix", "when")}
        everywhere = [axis for axis in axes if draft.at("matrix", axis.name) and axis.name not in confined_axes]
        swept = swept_names(everywhere, draft)
        overrides = read_overrides(draft, values, axes, known, swept)
        models = read_models(draft, values, swept)
        raw = validated(draft)
        lanes = self._own.lanes(raw.providers, used_providers(provider, axes, include))
        self._check_options(raw)
        if not whole or not _can_go_on(axes) or draft.lost("matrix"):
            return None
        params = {name: value for name, value in read_params(draft, values, ("params",)).items() if value is not None}
        return JobSpec(
            name=raw.name,
            provider=provider,
            vars=raw.vars,
            structured=tuple(draft.structured),
            prompts=tuple(templates[name].prompt for name in draft.mapping("prompts")),
            sizes=dict(values.sizes),
            matrix=matrix,
            params=params,
            models=models,
            images=self.pictures.found,
            overrides=overrides,
            upsampling=raw.upsampling,
            max_tasks=raw.max_tasks,
            on_unsupported=raw.on_unsupported,
            lanes=lanes,
            own_providers=self._own.providers,
            own_models=self._own.models,
            prices={name: Price(**price.model_dump()) for name, price in raw.prices.items()},
            budget=Budget(images=raw.budget.images, usd=raw.budget.usd),
            run=_run_options(raw),
            expect=Expect(text=expected.prompt if expected else None),
            report=ReportOptions(**{place: _names(getattr(raw.report, place)) for place in LAID_OUT}),
            trust_env=raw.trust_env,
        )

    def _note_cut_prompts(self) -> None:
        for name, text in self._draft.mapping("prompts").items():
            if isinstance(text, str) and ("prompts", name) in self._draft.document.commented:
                at = self._draft.document.problem(("prompts", name), "", at_key=True)
                message = f"the prompt `{clip(name)}` ends before ` #`; quote it if that is part of it"
                self.notes.append(f"{at.file}:{at.line}: {message}")

    def _check_required(self) -> None:
        for key, hint in REQUIRED.items():
            if key == "provider" and self._is_routed():
                continue
            if not self._draft.at(key) and not self._draft.lost(key):
                gone = "is missing" if key not in self._draft.document.value else "is empty"
                self._draft.report((key,), f"`{key}` {gone}", hint=hint, at_key=True)
                self._draft.remove((key,))

    def _is_routed(self) -> bool:
        """Whether the matrix says of every model where it is bought."""
        models = self._draft.at("matrix", "model")
        words = models if isinstance(models, list) else [models]
        return self._draft.sets("provider") or all(
            isinstance(word, str) and split_route(word)[0] in self._catalog.providers for word in words
        )

    def _provider(self, name: str) -> str:
        known = self._catalog.providers
        if name in known or not name:
            return name
        if name in self._own.lost:
            self._draft.remove(("provider",))
            return ""
        likely = nearest(name, known)
        hint = f"did you mean `{likely}`?" if likely else f"there is {listed(known)}"
        self._draft.report(("provider",), f"`{clip(name)}` is no provider", hint=hint)
        if likely is None:
            self._draft.remove(("provider",))
        return likely or ""

    def _values(self, provider: str) -> Values:
        # Where an axis names the provider, each cell's own model is looked up there.
        provider = "" if self._draft.sets("provider") else provider
        served = tuple(self._catalog.providers[provider].models if provider else self._catalog.models)
        prompts = [path[1] for path in self._draft.document.key_marks if path[:1] == ("prompts",) and len(path) == 2]
        there = dict.fromkeys(str(id_) for id_ in prompts if id_ in self._draft.mapping("prompts"))
        if self._draft.lost("prompts"):
            there = dict.fromkeys(str(id_) for id_ in prompts)
        return Values(
            draft=self._draft,
            folder=self._path.parent,
            provider=provider,
            prompts=tuple(there),
            models=served,
            providers={name: tuple(one.models) for name, one in self._catalog.providers.items()},
            lost=self._own.lost,
            sizes=self._sizes(),
            params=self._params,
            pictures=self.pictures,
        )

    def _sizes(self) -> dict[str, str]:
        sizes = {}
        for name, text in self._draft.mapping("sizes").items():
            if size_meaning(name) is not None:
                self._draft.report(("sizes", name), f"`{name}` already means a size", hint="take a word", at_key=True)
            elif size_meaning(text) is None:
                self._draft.report(("sizes", name), f"got {described(text)}", SIZE_FORMS)
                sizes[name] = "auto"
            else:
                sizes[name] = text
        return sizes

    def _settle_params(self, names: Names, matrix: Matrix) -> None:
        models = job_models(matrix.axes, matrix.include, dict(self._catalog.models))
        if models and not self._draft.unsure("model"):
            taken = catalog_params(models)
            self.inherited.settle_params(self._params, taken)
            mend_params(names, taken)
            mend_models(names, models)

    def _check_vars(self) -> None:
        for name in list(self._draft.mapping("vars")):
            if name in self._params or name in RESERVED:
                place = "params" if name in self._params else "matrix"
                self._draft.report(("vars", name), f"`{name}` belongs under `{place}`", at_key=True)
                self._draft.mapping("vars").pop(name)

    def _check_prices(self) -> None:
        for name in list(self._draft.mapping("prices")):
            provider, model = split_route(name)
            if model not in self._catalog.models or provider not in ("", *self._catalog.providers):
                if {provider, model} & self._own.lost:
                    continue
                hint = did_you_mean(name, self._catalog.models) or "`fluxsweep models` lists them"
                self._draft.report(("prices", name), f"`{clip(name)}` is no model", hint=hint, at_key=True)
                self._draft.mapping("prices").pop(name)

    def _check_options(self, raw: RawJob) -> None:
        poll = raw.run.poll
        if poll.min is not None and poll.max is not None and poll.min > poll.max:
            self._draft.report(("run", "poll", "max"), "less than `min`", f"{poll.min:g} s or more")
        for path, given, hint in _needed(raw.run):
            if not given and not self._draft.lost(*path):
                self._draft.report(path[:-1], f"`{path[-1]}` is missing", hint=hint, at_key=True)
        seen: set[str] = set()
        for key in LAID_OUT:
            for index, name in enumerate(getattr(raw.report, key) or []):
                if name in seen:
                    self._draft.report(("report", key, index), f"`{clip(name)}` is laid out twice", hint="keep one")
                seen.add(name)


def _needed(run: RawRun) -> list[tuple[tuple[str, ...], bool, str]]:
    """What a section cannot do without: its path, whether it is there, and how to write it."""
    found: list[tuple[tuple[str, ...], bool, str]] = []
    if run.webhook is not None:
        found.append((("run", "webhook", "url"), run.webhook.url is not None, "name what the service is to call"))
        found.append((("run", "webhook", "port"), run.webhook.port is not None, "name the port to listen on"))
    if run.on_doubt is not None:
        allowance = run.on_doubt.resubmit and run.on_doubt.resubmit.usd
        found.append((("run", "on_doubt", "resubmit", "usd"), allowance is not None, "write {resubmit: {usd: 1}}"))
    return found


def _run_options(raw: RawJob) -> RunOptions:
    run = raw.run
    return RunOptions(
        active=run.active,
        submits=run.submits,
        give_up=run.give_up,
        poll=Poll(min=run.poll.min, max=run.poll.max),
        on_doubt=_on_doubt(run),
        webhook=_webhook(run),
    )


def _on_doubt(run: RawRun) -> Literal["hold"] | OnDoubt:
    resubmit = run.on_doubt.resubmit if run.on_doubt is not None else None
    if resubmit is None or resubmit.usd is None:
        return "hold"
    return OnDoubt(resubmit=Resubmit(usd=resubmit.usd))


def _webhook(run: RawRun) -> Webhook | None:
    told = run.webhook
    if told is None or told.url is None or told.port is None:
        return None
    return Webhook(url=told.url, port=told.port, host=told.host)


def _can_go_on(axes: tuple[Axis, ...]) -> bool:
    return all(axis.values or axis.draw for axis in axes)


def _names(names: list[str] | None) -> tuple[str, ...] | None:
    return tuple(names) if names is not None else None
