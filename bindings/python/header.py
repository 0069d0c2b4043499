"""What the binding takes from ws.h, so that nothing of it is written twice: declarations for cffi; options, failure and statistics as
Python types; constants."""
from __future__ import annotations

import dataclasses
import os
import pathlib
import re
import shlex
import subprocess
import sysconfig
import tempfile

STANDARD_HEADERS = "stddef.h", "stdint.h", "stdbool.h"
NOT_FOR_KEYWORDS = {"add_protocol", "add_header"}  # protocols= and headers= are these


@dataclasses.dataclass
class Parameter:
    kind: str  # text, bytes, int, switch, seconds, or call (a setter without a value): what Python gives; _native.py passes it on
    annotation: str
    name: str


@dataclasses.dataclass
class Option:
    function: str
    keyword: str
    many: bool  # add_...: a list of them
    parameters: list[Parameter]
    words: str

    @property
    def annotation(self) -> str:
        each = [parameter.annotation for parameter in self.parameters]
        one = each[0] if len(each) == 1 else f"tuple[{', '.join(each)}]"
        return f"Iterable[{one}]" if self.many else one


@dataclasses.dataclass
class Field:
    name: str
    kind: str  # int, text, bytes
    words: str


@dataclasses.dataclass
class Declared:
    definitions: str
    constants: dict[str, int]
    options: list[Option]
    failure: list[Field]
    stats: list[Field]


def preprocess(header: pathlib.Path, *flags: str) -> str:
    """ws.h alone: the standard headers are empty, cffi knows their types."""
    compiler = shlex.split(os.environ.get("CC") or sysconfig.get_config_var("CC") or "cc")[0]
    with tempfile.TemporaryDirectory() as empty:
        for name in STANDARD_HEADERS:
            (pathlib.Path(empty) / name).touch()
        command = [compiler, "-E", "-P", *flags, "-nostdinc", "-undef", "-I", empty, str(header)]
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def comments(source: str) -> dict[str, str]:
    """The first sentences of the comment before each function and field, by name."""
    found = {}
    for comment, name in re.findall(r"/\*\*\n((?:(?!\*/).)*)\*/\s*[^;{/]*?(\w+)\s*[;(]", source, re.S):
        found[name] = re.sub(r"\s*\n\s*\* ?", " ", comment.strip().removeprefix("*").split("\n *\n")[0].split("\n     *\n")[0]).strip()
    return found


def option_words(source: str, function: str) -> str:
    """The line on an option and the one on its values."""
    match = re.search(rf"/\*\*\n((?:(?!\*/).)*)\*/\s*ws_status {function}\(", source, re.S)
    if not match:
        return ""
    paragraphs = [re.sub(r"\s*\n \* ?", " ", part.lstrip(" *")).strip() for part in match[1].split("\n *\n")]
    values = [re.sub(r"^options: the options\.\s*", "", part) for part in paragraphs[1:2]]
    return " ".join([paragraphs[0], *values]).replace("ms: milliseconds", "In seconds here; ws.h, in milliseconds")


def parameters(text: str) -> list[Parameter] | None:
    """Those of a setter after `options`; None: they have no meaning in Python (pointers, callbacks, loops)."""
    parts = [re.fullmatch(r"\s*(.*?)(\w+)\s*", part).groups() for part in text.split(",")[1:]]
    if not parts:
        return [Parameter("call", "bool", "")]
    found = []
    at = 0
    while at < len(parts):
        c, name = parts[at][0].strip(), parts[at][1]
        has_length = at + 1 < len(parts) and parts[at + 1][0].strip() == "size_t" and parts[at + 1][1] in ("len", f"{name}_len")
        if c in ("const char *", "const void *") and has_length:
            found.append(Parameter("text", "str | bytes | None", name) if "char" in c else Parameter("bytes", "bytes | None", name))
            at += 1
        elif re.fullmatch(r"(u?int\d+_t|int|size_t|unsigned int|unsigned|long)", c):
            kind, annotation = {"ms": ("seconds", "float"), "on": ("switch", "bool")}.get(name, ("int", "int"))
            found.append(Parameter(kind, annotation, name))
        else:
            return None
        at += 1
    return found or None


def fields(text: str, struct: str, words: dict[str, str]) -> list[Field]:
    """The members of a struct that is read: a text or bytes with its length is one."""
    body = re.search(rf"typedef struct {struct} \{{(.*?)\}} {struct};", text, re.S)[1]
    members = [re.fullmatch(r"\s*(.*?)(\w+)\s*", member).groups() for member in body.split(";") if member.strip()]
    names = {name for _, name in members}
    found = []
    for c, name in members:
        if name in ("size", "reserved") or (name.endswith("_len") and name[:-4] in names):
            continue
        kind = "text" if "char" in c else "bytes" if "*" in c else "int"
        found.append(Field(name, kind, words.get(name, "")))
    return found


def read(path: pathlib.Path) -> Declared:
    source = path.read_text(encoding="utf-8")
    text = preprocess(path)
    constants = {}
    for name, value in re.findall(r"^#define (WS_\w+) (\S+)$", preprocess(path, "-dM"), re.M):
        if re.fullmatch(r"-?(0x[0-9A-Fa-f]+|\d+)", value):
            constants[name] = int(value, 0)
    options = []
    for verb, name, arguments in re.findall(r"ws_status ws_options_(set|add)_(\w+)\(([^)]*)\);", re.sub(r"\s+", " ", text)):
        found = parameters(arguments)
        if found and f"{verb}_{name}" not in NOT_FOR_KEYWORDS:
            if name.endswith("_file") or name == "unix_socket":
                for parameter in found:
                    parameter.annotation = parameter.annotation.replace("str", "str | os.PathLike[str]")
            function = f"ws_options_{verb}_{name}"
            options.append(Option(function, name, verb == "add", found, option_words(source, function)))
    definitions = "\n".join([*(f"#define {name} ..." for name in sorted(constants)), text])
    words = comments(source)
    return Declared(definitions, constants, options, fields(text, "ws_failure", words), fields(text, "ws_stats", words))


def sentence(words: str) -> str:
    """The first one."""
    return re.split(r"(?<=[.:])\s", words, maxsplit=1)[0].rstrip(":").rstrip(".") + "."


def plain(words: str) -> str:
    return words.replace("\\", "\\\\").replace('"""', "'''")


def quoted(words: str) -> str:
    return f'"""{plain(words)}"""'


def module(declared: Declared) -> str:
    """The source of libws._header."""
    python = {"int": "int", "text": "str", "bytes": "bytes"}
    lines = ['"""Made from ws.h: options, failure, statistics, constants."""', "from __future__ import annotations", "",
             "import dataclasses", "import enum", "import os", "from collections.abc import Iterable", "from typing import Final, TypedDict", "", ""]
    lines += ["class Options(TypedDict, total=False):", '    """How to connect: each keyword is a function ws_options_set_... or _add_... of ws.h. Times are seconds.', ""]
    lines += [f"    {option.keyword}: {option.annotation}\n        {plain(sentence(option.words))}" for option in declared.options]
    lines += ['    """', ""]
    for option in declared.options:
        lines += [f"    {option.keyword}: {option.annotation}", f"    {quoted(option.words)}"]
    for title, words, members in (("Failure", "Why the connection was refused, failed or lost: ws_failure.", declared.failure),
                                  ("Stats", "What a connection has done so far: ws_stats.", declared.stats)):
        lines += ["", "", "@dataclasses.dataclass(frozen=True)", f"class {title}:", f"    {quoted(words)}", ""]
        for field in members:
            lines += [f"    {field.name}: {python[field.kind]}", f"    {quoted(field.words)}"]
    lines += ["", "", "class Phase(enum.IntEnum):", '    """How far a connection had come: Failure.phase."""', ""]
    lines += [f"    {name.removeprefix('WS_PHASE_')} = {value}" for name, value in sorted(declared.constants.items(), key=lambda item: item[1]) if name.startswith("WS_PHASE_")]
    lines += ["", "    __str__ = enum.Enum.__str__  # its name, and not its number"]
    lines += ["", ""]
    lines += [f"{name}: Final = {value}" for name, value in sorted(declared.constants.items())]
    lines += ["", "OPTIONS: Final[dict[str, tuple[str, bool, tuple[str, ...]]]] = {"]
    lines += [f"    {option.keyword!r}: ({option.function!r}, {option.many}, {tuple(p.kind for p in option.parameters)!r})," for option in declared.options]
    lines += ["}"]
    for title, members in ("FAILURE", declared.failure), ("STATS", declared.stats):
        lines += [f"{title}_FIELDS: Final = {tuple((field.name, field.kind) for field in members)!r}"]
    return "\n".join(lines) + "\n"
