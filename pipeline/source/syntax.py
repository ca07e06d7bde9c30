"""libyaml's syntax errors in plain words."""

from __future__ import annotations

from collections.abc import Sequence

import yaml

from pipeline.source.problem import Mark

_WORDS: dict[str, tuple[str, str]] = {
    "mapping values are not allowed in this context": (
        "a `: ` where no key can stand",
        "quote text that holds a colon and a space, or mend the indentation",
    ),
    "did not find expected key": ("this line does not fit the lines above", "mend the indentation or the quotes"),
    "did not find expected '-' indicator": (
        "this line does not fit the list above",
        "begin it with `- `, or mend the indentation",
    ),
    "did not find expected ',' or '}'": ("a `{ … }` is not closed", "a comma between entries, a `}` at the end"),
    "did not find expected ',' or ']'": ("a `[ … ]` is not closed", "a comma between values, a `]` at the end"),
    "did not find expected node content": ("a value is missing here", ""),
    "could not find expected ':'": ("a key without its `:`", "write `key: value`, and quote a text of several lines"),
    "found unexpected end of stream": ("a quote is not closed", "end the text with the quote that began it (\" or ')"),
    "found unexpected document indicator": ("a quote is not closed before this `---` or `...`", ""),
    "found unknown escape character": ("an unknown `\\` escape", "use single quotes for a text with backslashes"),
    "block sequence entries are not allowed in this context": (
        "a list cannot begin on its key's line",
        "begin it on the next line, or write [a, b]",
    ),
    "did not find expected alphabetic or numeric character": (
        "a text cannot begin with `*` or `&`",
        "quote it",
    ),
    "did not find expected <document start>": ("text after the end of the document", "mend the indentation"),
    "found undefined tag handle": ("a text cannot begin with `!`", "quote it"),
    "found unexpected ':'": ("a `:` inside a text in `[ … ]` or `{ … }`", "quote a text that holds a colon"),
    "found invalid Unicode character escape code": ("an escape that is no character", "write the character itself"),
    "found duplicate %YAML directive": ("a second %YAML line", "remove it"),
}


def in_plain_words(error: yaml.YAMLError, lines: Sequence[str]) -> tuple[Mark, str, str]:
    """Where `error` stands, what is wrong and the mend; `lines` are the file's own."""
    if not isinstance(error, yaml.MarkedYAMLError) or error.problem_mark is None:
        return Mark(1, 1), f"not YAML: {error}", ""
    at, text = error.problem_mark, error.problem or ""
    if text == "found unexpected end of stream" and error.context_mark is not None:
        at = error.context_mark
    mark = Mark(at.line + 1, at.column + 1)
    line = lines[at.line] if at.line < len(lines) else ""
    message, hint = _explained(text, line, at.column)
    if "{{" in line:
        hint = "quote a text that holds `{{ … }}`"
    if error.context_mark is not None and error.context_mark.line != at.line:
        message += f" (begun at line {error.context_mark.line + 1})"
    return mark, message, hint


def _explained(text: str, line: str, column: int) -> tuple[str, str]:
    if "\t" in line[: len(line) - len(line.lstrip())]:
        return "a tab in the indentation", "indent with spaces"
    if text == "found character that cannot start any token":
        if line[column : column + 1] == "\t":
            return "a tab where a value begins", "use spaces"
        return f"a text cannot begin with `{line[column : column + 1]}`", "quote it"
    return _WORDS.get(text, (text, ""))
