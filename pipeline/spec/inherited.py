"""What a job inherits and does not need: it goes without that, and it is no mistake. What it says itself goes first."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from pipeline.source.nearest import nearest
from pipeline.source.problem import Path
from pipeline.spec.draft import Draft
from pipeline.spec.names import Names, used_ids
from pipeline.spec.options import LAID_OUT


class Inherited:
    """The parts of a draft that files below the job's own have; `dropped` are those that the job goes without."""

    def __init__(self, draft: Draft) -> None:
        self._draft = draft
        self.dropped: list[Path] = []

    def settle(self, names: Names) -> None:
        """Drop what nothing uses, what the matrix of another file sets, and a layout by axes that are not there.

        What looks like something that is missing stays: it may be a misspelling of that.
        """
        for section, axis in (("prompts", "prompt"), ("sizes", "size")):
            used = set(used_ids(names, axis))
            for name in self._names(section) if used else ():
                if name not in used and nearest(name, used - set(self._draft.mapping(section))) is None:
                    self._take((section, name))
                    names.templates.pop(name if section == "prompts" else "", None)
        for section in ("vars", "params"):
            for name in self._names(section):
                unread = section == "vars" and not names.readers(name) and nearest(name, names.unset()) is None
                if unread or self._is_set_elsewhere(names, (section, name)):
                    self._take((section, name))
        for key in LAID_OUT:
            laid_out = self._draft.at("report", key) if key in self._names("report") else None
            if isinstance(laid_out, list) and not names.reference_names().issuperset(laid_out):
                self._take(("report", key))

    def settle_params(self, params: Collection[str], taken: Collection[str]) -> None:
        """Drop the `params` that no model of this job has `taken`."""
        for name in self._names("params"):
            if name in params and name not in taken:
                self._take(("params", name))

    def _names(self, section: str) -> Iterator[str]:
        """The keys of a section that another file has."""
        for name in list(self._draft.mapping(section)):
            mark = self._draft.document.mark((section, name), at_key=True)
            if mark.file and mark.line:
                yield name

    def _is_set_elsewhere(self, names: Names, path: Path) -> bool:
        """Whether the matrix, as another file than this one has it, sets the name at `path`."""
        name, file = path[-1], self._file(path)
        setters = [name] if name in names.axes() else []
        setters += [axis for axis, values in names.compounds().items() if any(name in value for value in values)]
        return any(self._file(("matrix", axis)) != file for axis in setters)

    def _file(self, path: Path) -> str:
        return self._draft.document.mark(path, at_key=True).file

    def _take(self, path: Path) -> None:
        self._draft.mapping(*path[:-1]).pop(str(path[-1]))
        self.dropped.append(path)
