"""Prompt templates: reading their files, and what each template reads."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

import jinja2
from jinja2 import meta, nodes

from pipeline.errors import JobError
from pipeline.source.nearest import did_you_mean
from pipeline.source.problem import Problem, breadcrumbs, clip
from pipeline.source.reader import file_bytes, text_of
from pipeline.spec.draft import Draft
from pipeline.spec.job import Prompt
from pipeline.spec.language import Language
from pipeline.spec.paths import template_folder
from pipeline.spec.shape import RawPrompt

_LANGUAGE = Language()
_MOST_INCLUDES = 1_000
_UNCLOSED = re.compile(r"block that needs to be closed is '(\w+)'")


@dataclass(frozen=True)
class Template:
    """A prompt, or what is expected of a picture, and what it reads.

    `names`: each variable with the line of its first use in the template; `parts`: `(axis, part)` of `{{ axis.part }}`.
    """

    prompt: Prompt
    file: str | None
    names: dict[str, int]
    parts: frozenset[tuple[str, str]]
    section: str = "prompts"

    @property
    def path(self) -> tuple[str, str]:
        """Where the job has it."""
        return self.section, self.prompt.id

    @property
    def called(self) -> str:
        """What messages call it: a prompt by its id alone."""
        return self.prompt.id if self.section == "prompts" else breadcrumbs(self.path)

    def problem(self, draft: Draft, name: str, message: str, hint: str) -> Problem:
        """A mistake about `name`: in the template's file, else at the prompt in the job."""
        if self.file is not None:
            return Problem(self.file, self.names.get(name, 1), 1, self.path, message, hint=hint)
        return draft.document.problem_inside(self.path, self.names.get(name, 1), message, hint)


def read_templates(draft: Draft, prompts: dict[str, RawPrompt], job_file: Path) -> dict[str, Template]:
    """Every prompt that can be read and parsed, by id; the mistakes of the others are reported."""
    templates: dict[str, Template] = {}
    for name, raw in prompts.items():
        path = ("prompts", name)
        if raw.file is not None:
            where = _template_file(draft, name, raw.file, job_file)
            text = _file_text(draft, where) if where is not None else None
        else:
            where, text = draft.prompt_files.get(name), raw.text
        if (raw.file is None) == (raw.text is None) and not draft.lost(*path):
            found = "neither a text nor a file" if raw.file is None else "a text and a file"
            draft.report(path, f"got {found}", "a text, or {file: …} for a template file")
        template = None
        if text is not None:
            above = text[: len(text) - len(text.lstrip())].count("\n")
            prompt = Prompt(id=name, text=text.strip(), file=raw.file, raw=raw.raw)
            template = _parsed(draft, prompt, where, above, template_folder(job_file))
        if template is None:
            draft.remove(path)
        else:
            templates[name] = template
    return templates


def read_expectation(draft: Draft, text: str | None, job_file: Path) -> Template | None:
    """What the job expects to be read in a picture, a template too; None, reported, where that is none."""
    if text is None:
        return None
    prompt = Prompt(id="text", text=text.strip())
    template = _parsed(draft, prompt, None, 0, template_folder(job_file), section="expect")
    if template is None:
        draft.remove(("expect", "text"))
    return template


def _template_file(draft: Draft, name: str, file: str, job_file: Path) -> Path | None:
    """The file that `{file: …}` names; None, reported, when it is outside of templates/ or not there."""
    path = ("prompts", name, "file")
    folder = template_folder(job_file)
    pure = PurePosixPath(file)
    where = folder / file
    try:
        inside = not pure.is_absolute() and ".." not in pure.parts and where.resolve().is_relative_to(folder.resolve())
        found = where.is_file()
    except (OSError, ValueError, RuntimeError):
        draft.report(path, f"`{clip(file)}` is not a file's name")
        return None
    if not inside:
        draft.report(path, f"`{clip(file)}` is outside of the templates folder", hint=f"put it in {folder}/")
        return None
    if not found:
        hint = did_you_mean(file, _names_in(folder)) if folder.is_dir() else f"there is no folder {folder}/"
        draft.report(path, f"there is no template `{clip(file)}` in {folder}/", hint=hint)
        return None
    return where


def _names_in(folder: Path) -> list[str]:
    found = (path for path in sorted(folder.rglob("*"))[:500] if path.is_file())
    return [path.relative_to(folder).as_posix() for path in found]


def _file_text(draft: Draft, where: Path) -> str | None:
    try:
        return text_of(file_bytes(where), str(where))
    except JobError as error:
        draft.problems += [problem for problem in error.problems if isinstance(problem, Problem)]
        return None


def _parsed(
    draft: Draft, prompt: Prompt, where: Path | None, above: int, folder: Path, section: str = "prompts"
) -> Template | None:
    """`above`: so many blank lines of the file stand before the text."""
    path = (section, prompt.id)
    file = str(where) if where is not None else None
    includes = _Includes(folder)
    try:
        if not prompt.text:
            empty = "prompt" if section == "prompts" else "text"
            raise jinja2.TemplateSyntaxError(f"the {empty} is empty: write what it should say", 1)
        if prompt.raw:
            return Template(prompt, file, {}, frozenset())
        tree = _LANGUAGE.allowed(prompt.text)
        used = includes.names(tree)
    except jinja2.TemplateSyntaxError as error:
        message = (error.message or "not a template").rstrip(".")
        if error.name is not None:
            draft.problems.append(Problem(error.name, error.lineno, 1, path, _one_line(message)))
        else:
            _report(draft, path, where, error.lineno + above, message)
        return None
    except (RecursionError, ValueError, OverflowError, MemoryError):
        _report(draft, path, where, 1, "the template is too deep or holds a number that is too long")
        return None
    lines = {name: line + above for name, line in used.items()}
    whole = prompt.model_copy(update={"includes": includes.texts})
    return Template(whole, file, lines, frozenset(includes.parts), section)


class _Includes:
    """The files that templates take in, by the names that they give them: inside of `folder`, and never in a circle."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._left = _MOST_INCLUDES
        self.texts: dict[str, str] = {}
        self.parts: set[tuple[str, str]] = set()

    def names(self, tree: nodes.Template, within: tuple[str, ...] = ()) -> dict[str, int]:
        """What `tree`, and all that it takes in, reads, with the line of its first use.

        Raises:
            jinja2.TemplateSyntaxError: something in it is wrong; `name` is the included file, None for the template.
        """
        self.parts |= _parts(tree)
        used = meta.find_undeclared_variables(tree)
        lines: dict[str, int] = {}
        for node in tree.find_all(nodes.Name):
            if node.name in used:
                lines[node.name] = min(node.lineno, lines.get(node.name, node.lineno))
        set_here = {node.name for node in tree.find_all(nodes.Name) if node.ctx == "store"}
        for include in tree.find_all(nodes.Include):
            for name in set(self._taken_in(include, within)) - set_here:
                lines.setdefault(name, include.lineno)
        return lines

    def _taken_in(self, include: nodes.Include, within: tuple[str, ...]) -> dict[str, int]:
        at = str(self._folder / within[-1]) if within else None
        name = include.template.value if isinstance(include.template, nodes.Const) else None
        if not isinstance(name, str) or not include.with_context:
            raise jinja2.TemplateSyntaxError("an include names its file: {% include 'light.j2' %}", include.lineno, at)
        self._left -= 1
        if name in within or self._left < 0:
            message = f"`{clip(name)}` includes itself" if name in within else "too many includes"
            raise jinja2.TemplateSyntaxError(message, include.lineno, at)
        path = self._folder / name
        try:
            if ".." in PurePosixPath(name).parts or not path.resolve().is_relative_to(self._folder.resolve()):
                message = f"`{clip(name)}` is outside of the templates folder: put it in {self._folder}/"
                raise jinja2.TemplateSyntaxError(message, include.lineno, at)
            text = text_of(file_bytes(path), str(path)).strip()
        except JobError:
            hint = did_you_mean(name, _names_in(self._folder)) if self._folder.is_dir() else ""
            message = f"there is no template `{clip(name)}` in {self._folder}/" + (f"; {hint}" if hint else "")
            raise jinja2.TemplateSyntaxError(message, include.lineno, at) from None
        self.texts[name] = text
        try:
            return self.names(_LANGUAGE.allowed(text), (*within, name))
        except jinja2.TemplateSyntaxError as error:
            raise jinja2.TemplateSyntaxError(error.message or "", error.lineno, error.name or str(path)) from None


def _parts(tree: nodes.Template) -> set[tuple[str, str]]:
    """`{{ scene.surface }}` and `{{ scene["surface"] }}` as `("scene", "surface")`."""
    found = set()
    for attribute in tree.find_all(nodes.Getattr):
        if isinstance(attribute.node, nodes.Name):
            found.add((attribute.node.name, attribute.attr))
    for access in tree.find_all(nodes.Getitem):
        if isinstance(access.node, nodes.Name) and isinstance(access.arg, nodes.Const):
            found.add((access.node.name, str(access.arg.value)))
    return found


def _report(draft: Draft, path: tuple[str, str], where: Path | None, line: int, message: str) -> None:
    message, hint = _in_plain_words(message)
    message = f"not a template: {_one_line(message)}"
    if where is not None:
        draft.problems.append(Problem(str(where), line, 1, path, message, hint=hint))
        return
    inside = draft.document.problem_inside(path, line, message, hint)
    if line > 1 and inside == draft.document.problem(path, message, hint=hint):
        inside = inside._replace(message=f"{message} (line {line} of the template)")
    draft.problems.append(inside)


def _in_plain_words(message: str) -> tuple[str, str]:
    """What Jinja2 says of a template, for people who do not know Jinja2, and the mend."""
    if unclosed := _UNCLOSED.search(message):
        return f"a `{{% {unclosed[1]} %}}` is not closed", f"end it with `{{% end{unclosed[1]} %}}`"
    if "is not allowed" in message:
        return message, "a template has output, `if`, `set`, `include`, `~`, `+` and filters"
    if "xpected" in message:
        return message, "write {{ '{{' }} for braces that are meant as text"
    return message, ""


def _one_line(message: str) -> str:
    """A foreign message on one line, short enough to print."""
    line = " ".join(message.split())
    return line if len(line) <= 160 else line[:159] + "…"
