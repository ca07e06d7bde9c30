"""Prompt templates: compiled once each, in Jinja2's sandbox; values are put in and never rendered again."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Hashable, Mapping, Sequence
from functools import cached_property
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from pipeline.catalog.check import coerce
from pipeline.source.nearest import did_you_mean
from pipeline.source.problem import clip
from pipeline.spec.job import JobSpec, Picture
from pipeline.spec.literals import json_text
from pipeline.sweep.cell import Value
from pipeline.sweep.choice import Choice, Point, picker
from pipeline.sweep.matrix import Matrix
from pipeline.sweep.mistakes import Mistakes

if TYPE_CHECKING:
    from jinja2 import Template

    from pipeline.spec.language import Language


_UNDEFINED = re.compile(r"'(.+)' is undefined")
EXPECTED = ("expect", "text")
_NO_PART = re.compile(r"'pipeline\..+ object' has no attribute '(.+)'")
Place = tuple[str, str]
NOTHING: dict[str, str] = {}
REMEMBERED = 10_000  # of what many points share: so much memory is kept for it


class Parts:
    """A compound value as a template sees it: `{{ scene.surface }}`; by itself, `{{ scene }}`, its label."""

    def __init__(self, parts: Mapping[str, object]) -> None:
        self.__dict__.update(parts)

    def __str__(self) -> str:
        return str(self.__dict__["id"])


class Column(str):
    """A row of a file whose axis is named after one of its columns: by itself that column's text."""

    def __new__(cls, text: str, parts: Mapping[str, object]) -> Column:
        """`text`, with the other columns as its parts."""
        made = super().__new__(cls, text)
        made.__dict__.update(parts)
        return made


class Tree:
    """A mapping as a template sees it: its parts by name; by itself, its JSON."""

    def __init__(self, tree: Mapping[str, object]) -> None:
        self.__dict__.update({name: _branch(part) for name, part in tree.items()})
        self._json = json_text(tree)

    def __str__(self) -> str:
        return self._json


class Row(list[object]):
    """A list as a template sees it: its parts by place; by itself, its JSON."""

    def __init__(self, values: Sequence[object]) -> None:
        super().__init__(map(_branch, values))
        self._json = json_text(values)

    def __str__(self) -> str:
        return self._json


class Templates:
    """A job's templates, by their paths in it, with its constants: `render` puts a point's values in.

    An input image in a file reads as its `stem`, and has its `path` and the `caption` beside it; a mapping or a list
    reads as its JSON, and has its parts.
    """

    def __init__(self, spec: JobSpec, matrix: Matrix, mistakes: Mistakes) -> None:
        prompts = {("prompts", prompt.id): prompt for prompt in spec.prompts}
        if spec.expect.text is not None:
            prompts[EXPECTED] = spec.expect.text
        self._matrix = matrix
        self._texts = {path: prompt.text for path, prompt in prompts.items()}
        self._raw = {path: str(coerce(prompt.text)) for path, prompt in prompts.items() if prompt.raw}
        self._includes = {name: text for prompt in prompts.values() for name, text in prompt.includes.items()}
        self._inner: dict[str, object] = {text: _branch(json.loads(text)) for text in spec.structured}
        self._inner |= {path: _picture_parts(path, picture) for path, picture in spec.images.items()}
        self._constants = {name: self._shown(value) for name, value in spec.vars.items()}
        self._mistakes = mistakes
        self._compiled: dict[Place, tuple[Template, Callable[[Point], Hashable]] | None] = {}
        self._rendered: dict[Hashable, str | None] = {}
        self._seen: dict[int, Mapping[str, object]] = {}

    def expected(self, point: Point) -> dict[str, str] | None:
        """What the job expects of the picture of `point`, by name; None, noted, where that cannot be said."""
        if EXPECTED not in self._texts:
            return NOTHING
        text = self.render(EXPECTED, point)
        if text is None:
            return None
        return {"text": text} if text else NOTHING

    def render(self, prompt: Place, point: Point) -> str | None:
        """The text with LF and no outer space; None, noted as a mistake, where it cannot be rendered.

        A template may read every name that the point sets, but for the prompt's own id; a null is not defined.
        """
        if prompt in self._raw:
            return self._raw[prompt]
        compiled = self._template(prompt)
        if compiled is None:
            return None
        template, read = compiled
        of = (prompt, read(point))
        if of not in self._rendered:
            if len(self._rendered) >= REMEMBERED:
                self._rendered.clear()
            self._rendered[of] = self._text(prompt, template, point)
        return self._rendered[of]

    def _text(self, prompt: Place, template: Template, point: Point) -> str | None:
        names: dict[str, object] = dict(self._constants)
        for choice in point:
            names.update(self._names(choice))
        try:
            return str(coerce(self._language.render(template, names)))
        except Exception as error:  # a template can raise whatever the expressions in it raise
            self._note(prompt, error, names)
            return None

    @cached_property
    def _language(self) -> Language:
        from pipeline.spec.language import Language

        return Language(self._includes)

    def _template(self, prompt: Place) -> tuple[Template, Callable[[Point], Hashable]] | None:
        """The compiled template, and what it reads of a point."""
        if prompt not in self._compiled:
            text = self._texts[prompt]
            try:
                template = self._language.from_string(text)
            except Exception as error:  # not only syntax: a constant expression is computed while it compiles
                self._compiled[prompt] = None
                self._note(prompt, error, {})
            else:
                read = self._language.read_names([text, *self._includes.values()])
                self._compiled[prompt] = template, picker(self._matrix.places(read))
        return self._compiled[prompt]

    def _names(self, choice: Choice) -> Mapping[str, object]:
        """What a choice gives to templates (choices live as long as the points that hold them)."""
        if id(choice) not in self._seen:
            names: dict[str, object] = {
                name: self._shown(value)
                for name, value in choice.sets.items()
                if value is not None and name != "prompt"
            }
            if isinstance(choice.value, dict):
                parts = {name: self._shown(part) for name, part in choice.value.items() if part is not None}
                own = names.get(choice.axis)
                names[choice.axis] = Parts(parts) if own is None else Column(str(own), parts)
            self._seen[id(choice)] = names
        return self._seen[id(choice)]

    def _shown(self, value: Value) -> object:
        """A value as a template sees it. 2.0 is 2: the two must render alike, since they mean the same on an axis."""
        if isinstance(value, str):
            return self._inner.get(value, value)
        return int(value) if isinstance(value, float) and value.is_integer() else value

    def _note(self, prompt: Place, error: Exception, names: Mapping[str, object]) -> None:
        message = " ".join((str(error) or type(error).__name__).split())
        hint = ""
        undefined = _UNDEFINED.fullmatch(message)
        if undefined and self._matrix.places({undefined[1]} - {"prompt"}):
            message = f"`{clip(undefined[1])}` is not there in every cell"
            hint = f"write `{{% if {undefined[1]} is defined %}}`, or mend its `when`"
        elif undefined:
            hint = did_you_mean(undefined[1], names)
        elif lacking := _NO_PART.fullmatch(message):
            parts = {part for value in names.values() if isinstance(value, Parts | Tree) for part in vars(value)}
            message, hint = f"there is no part `{clip(lacking[1])}`", did_you_mean(lacking[1], parts - {"_json"})
        self._mistakes.add(prompt, f"cannot be rendered: {message[:160]}", hint=hint)


def _picture_parts(path: str, picture: Picture) -> Parts:
    stem = PurePosixPath(path).stem
    parts: dict[str, object] = {"id": stem, "stem": stem, "path": path}
    return Parts(parts if picture.caption is None else parts | {"caption": picture.caption})


def _branch(tree: object) -> object:
    if isinstance(tree, dict):
        return Tree(tree)
    return Row(tree) if isinstance(tree, list) else tree
