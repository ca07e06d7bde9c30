"""The language of prompt templates: a small part of Jinja2's, in which nothing can loop, call or grow without bound."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from jinja2 import DictLoader, StrictUndefined, Template, TemplateSyntaxError, meta, nodes
from jinja2.sandbox import SandboxedEnvironment
from jinja2.visitor import NodeTransformer

from pipeline.source.nearest import did_you_mean
from pipeline.source.problem import clip

MAX_LENGTH = 20_000  # characters, of a template and of what comes out of it

_ALLOWED = (
    nodes.Template,
    nodes.Output,
    nodes.TemplateData,
    nodes.Name,
    nodes.Const,
    nodes.Getattr,
    nodes.Getitem,
    nodes.If,
    nodes.CondExpr,
    nodes.Assign,
    nodes.Include,
    nodes.Compare,
    nodes.Operand,
    nodes.Concat,
    nodes.Add,
    nodes.And,
    nodes.Or,
    nodes.Not,
    nodes.Neg,
    nodes.Filter,
    nodes.Test,
    nodes.List,
    nodes.Tuple,
    nodes.Keyword,
)
_FILTERS = "abs capitalize d default first float int last length lower replace string title trim truncate upper"
_TESTS = "defined undefined none true false boolean string number integer float odd even lower upper in"
_SAID = {
    "For": "a loop (`for`)",
    "Call": "a call",
    "Macro": "a macro",
    "CallBlock": "a call",
    "FilterBlock": "a filter block",
    "Import": "an import",
    "FromImport": "an import",
    "Extends": "`extends`",
    "Block": "a block",
    "AssignBlock": "a `set` block",
    "With": "`with`",
    "Slice": "a slice",
    "Dict": "a mapping",
    "Mul": "`*`",
    "Pow": "`**`",
    "Sub": "`-`",
    "Div": "`/`",
    "FloorDiv": "`//`",
    "Mod": "`%`",
}


class TooLong(ValueError):
    """More text than a prompt may have."""

    def __init__(self) -> None:
        super().__init__(f"it comes to more than {MAX_LENGTH:,} characters")


class Language(SandboxedEnvironment):
    """Jinja2's sandbox with only what is allowed; `includes` are the texts of the files that a template may take in."""

    intercepted_binops = frozenset({"+"})

    def __init__(self, includes: Mapping[str, str] | None = None) -> None:
        loader = DictLoader(includes or {})
        super().__init__(loader=loader, undefined=StrictUndefined, autoescape=False, keep_trailing_newline=True)
        self.globals.clear()  # a template reads the job's own names, and nothing else
        self.filters = {name: self.filters[name] for name in _FILTERS.split()}
        self.filters |= {"replace": _replaced, "joined": _joined}
        self.tests = {name: test for name, test in self.tests.items() if name in _TESTS.split() or not name.isalpha()}

    def allowed(self, text: str) -> nodes.Template:
        """The tree of `text`. Raises `TemplateSyntaxError`, with the line, where something in it is not allowed."""
        if len(text) > MAX_LENGTH:
            raise TemplateSyntaxError(f"the template has more than {MAX_LENGTH:,} characters", 1)
        tree = super()._parse(text, None, None)
        for node in _every(tree):
            self._check(node)
        return tree

    def read_names(self, texts: Iterable[str]) -> set[str]:
        """Every name that some of these templates may read."""
        return {name for text in texts for name in meta.find_undeclared_variables(self.allowed(text))}

    def render(self, template: Template, names: Mapping[str, object]) -> str:
        """The text of `template`, which stops as soon as it is too long."""
        pieces, length = [], 0
        for piece in template.generate(names):
            pieces.append(piece)
            length += len(piece)
            if length > MAX_LENGTH:
                raise TooLong
        return "".join(pieces)

    def call_binop(self, context: Any, operator: str, left: Any, right: Any) -> Any:  # noqa: ARG002
        """`+`, for two numbers or two texts."""
        if isinstance(left, str) and isinstance(right, str):
            return _joined([left, right])
        if isinstance(left, int | float) and isinstance(right, int | float):
            return left + right
        raise TypeError("`+` takes two numbers or two texts; `~` joins anything")

    def is_safe_attribute(self, obj: Any, attr: str, value: Any) -> bool:
        """Parts of values; never a method, whose text would be another one in each process."""
        return super().is_safe_attribute(obj, attr, value) and not callable(value)

    def _parse(self, source: str, name: str | None, filename: str | None) -> nodes.Template:  # noqa: ARG002
        tree: nodes.Template = _Bounded().visit(self.allowed(source))
        return tree

    def _check(self, node: nodes.Node) -> None:
        if type(node) not in _ALLOWED:
            kind = type(node).__name__
            raise TemplateSyntaxError(f"{_SAID.get(kind, kind.lower())} is not allowed in a template", node.lineno)
        if isinstance(node, nodes.Assign) and not isinstance(node.target, nodes.Name):
            raise TemplateSyntaxError("`set` sets one name", node.lineno)
        if isinstance(node, nodes.Filter | nodes.Test):
            known = self.filters if isinstance(node, nodes.Filter) else self.tests
            if node.name not in known or node.name == "joined":
                hint = did_you_mean(node.name, set(known) - {"joined"})
                message = f"there is no {type(node).__name__.lower()} `{clip(node.name)}`" + (
                    f"; {hint}" if hint else ""
                )
                raise TemplateSyntaxError(message, node.lineno)
            if node.dyn_args is not None or node.dyn_kwargs is not None:
                raise TemplateSyntaxError("`*` is not allowed in a template", node.lineno)


class _Bounded(NodeTransformer):
    """Has `~` joined by us: Jinja2 would join without a bound, and compute it while it compiles."""

    def visit_Concat(self, node: nodes.Concat) -> nodes.Filter:  # noqa: N802 (the visitor's way)
        self.generic_visit(node)
        values = nodes.List(node.nodes, lineno=node.lineno)
        return nodes.Filter(values, "joined", [], [], None, None, lineno=node.lineno)


def _every(tree: nodes.Node) -> Iterator[nodes.Node]:
    """All nodes, without recursion."""
    waiting = [tree]
    while waiting:
        node = waiting.pop()
        yield node
        waiting.extend(node.iter_child_nodes())


def _joined(values: list[Any]) -> str:
    texts = [str(value) for value in values]
    if sum(map(len, texts)) > MAX_LENGTH:
        raise TooLong
    return "".join(texts)


def _replaced(text: Any, old: Any, new: Any) -> str:
    whole, sought, put = str(text), str(old), str(new)
    if len(whole) + whole.count(sought) * len(put) > 2 * MAX_LENGTH:
        raise TooLong
    return whole.replace(sought, put)
