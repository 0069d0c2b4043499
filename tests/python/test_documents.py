"""Every example of the README runs as it stands, but for the URL."""
import pathlib
import re
import subprocess
import sys

import pytest

from conftest import PATIENCE

README = pathlib.Path(__file__).resolve().parents[2] / "bindings" / "python" / "README.md"
EXAMPLES = re.findall(r"^## (.*?)\n.*?^```python\n(.*?)^```", README.read_text(encoding="utf-8"), re.S | re.M)
PRINTED = {
    "Calls that wait": r"hello\n",
    "asyncio": r"hello\n",
    "As in a browser": r"hello\nCloseEvent\(.*code=1000, reason='done', wasClean=True\)\n",
    "Options": r"permessage-deflate.* \d+\n",
    "How it ends": r"3001 changed my mind True\n",
    "Messages in parts": r"1000000\n",
}


def test_every_example_is_known():
    assert [title for title, _ in EXAMPLES] == list(PRINTED)


@pytest.mark.parametrize(("title", "text"), EXAMPLES, ids=[title for title, _ in EXAMPLES])
def test_an_example_prints_what_it_should(url, title, text):
    assert "ws://localhost:9001/chat" in text
    run = subprocess.run(
        [sys.executable, "-c", text.replace("ws://localhost:9001/chat", url)], capture_output=True, text=True, timeout=PATIENCE
    )
    assert run.stderr == ""
    assert re.fullmatch(PRINTED[title], run.stdout), run.stdout
