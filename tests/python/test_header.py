"""What is made from ws.h: nothing of it is forgotten."""
import dataclasses
import pathlib
import re
import typing

import libws
from libws import _header

SOURCE = pathlib.Path(__file__).resolve().parents[2] / "include" / "ws.h"
WITHOUT_KEYWORD = {
    "add_protocol", "add_header",  # protocols=, headers=
    "set_loop", "set_user_data", "set_callbacks",  # what the package itself is made of
}  # fmt: skip


def functions():
    text = re.sub(r"/\*.*?\*/", "", SOURCE.read_text(encoding="utf-8"), flags=re.S)
    return set(re.findall(r"\bws_options_((?:set|add)_\w+)\s*\(", text))


def test_every_option_of_the_header_is_a_keyword():
    known = {function.removeprefix("ws_options_") for function, _, _ in _header.OPTIONS.values()}
    missing = {name for name in functions() - known - WITHOUT_KEYWORD if not name.startswith("set_on_")}
    assert not missing
    assert set(typing.get_type_hints(libws.Options)) == set(_header.OPTIONS)


def test_every_option_and_field_has_its_words():
    module = pathlib.Path(_header.__file__).read_text(encoding="utf-8")
    assert '""""""' not in module and "typedef" not in module
    for kind in libws.Failure, libws.Stats:
        for field in dataclasses.fields(kind):
            assert re.search(rf'^    {field.name}: \w+\n    """\w', module, re.M)


def test_every_phase_and_status_has_its_name():
    assert libws.Phase.HANDSHAKE == _header.WS_PHASE_HANDSHAKE and str(libws.Phase.HANDSHAKE) == "Phase.HANDSHAKE"
    errors = {value for name, value in vars(_header).items() if name.startswith("WS_ERR_")}
    assert errors - set(libws._errors.CLASSES) == {_header.WS_ERR_NULL_POINTER, _header.WS_ERR_BAD_HANDLE}  # never the program's fault
