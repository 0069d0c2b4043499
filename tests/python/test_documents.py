"""Every block of Python in the READMEs is run as it stands, but for the URL, and prints what the README says: in comments behind what
prints, or in the console block below. An ellipsis there is any text."""
import pathlib
import re
import subprocess
import sys

import pytest

from conftest import PATIENCE

ROOT = pathlib.Path(__file__).resolve().parents[2]
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.S | re.M)
URL = re.compile(r"ws://localhost:9001/\w*")


def examples():
    """The file, its block's number, the program and what it prints."""
    for path in "README.md", "bindings/python/README.md":
        blocks = BLOCK.findall((ROOT / path).read_text(encoding="utf-8"))
        console = "".join(text for language, text in blocks if language == "console")
        programs = [text for language, text in blocks if language == "python"]
        for number, program in enumerate(programs, 1):
            comments = "".join(f"{said}\n" for said in re.findall(r"print\(.*  # (.*)", program))
            yield pytest.param(program, comments or console, id=f"{path}-{number}")


@pytest.fixture
def run(tmp_path):
    """Runs a program of a README with another URL."""

    def run(program, url):
        assert URL.search(program)
        file = tmp_path / "hello.py"
        file.write_text(URL.sub(url, program), encoding="utf-8")
        return subprocess.run([sys.executable, file], capture_output=True, text=True, timeout=PATIENCE)

    return run


@pytest.mark.parametrize(("program", "says"), list(examples()))
def test_an_example_prints_what_the_readme_says(run, url, program, says):
    ended = run(program, url)
    assert ended.stderr == ""
    assert says and re.fullmatch(re.escape(says).replace("…", ".*"), ended.stdout), ended.stdout


def test_the_first_example_says_why_it_cannot_connect(run, server):
    program, _ = next(examples()).values
    ended = run(program, server.address + "/refuse?status=404")
    assert ended.returncode == 1 and "ConnectionRefused" in ended.stderr and "404" in ended.stderr, ended.stderr
