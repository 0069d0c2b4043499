#!/usr/bin/env python3
"""Runs clients through the Autobahn|Testsuite and prints what it found.

    run.py [--cases 1.*,7.*] [--expect N] [--reports DIR] NAME=COMMAND...

The suite's fuzzing server is set up if need be (setup.sh) and started for each COMMAND on a free port of 127.0.0.1. The
COMMANDs are run side by side, each to its end with AUTOBAHN_URL (ws://127.0.0.1:PORT) and AUTOBAHN_AGENT (NAME) in its environment. It has to

  1. connect to URL/getCaseCount: the one text message is the number of cases, N;
  2. for i = 1...N connect to URL/runCase?case=i&agent=NAME and send every message back, text as text and binary as
     binary, until the connection is closed;
  3. connect to URL/updateReports?agent=NAME and wait for the end, which writes the reports.

Exit status 0 only if every client ended well, has run as many cases as expected, and the suite calls each of them OK or
INFORMATIONAL, in the messages and in the closing handshake. NON-STRICT and UNIMPLEMENTED are failures.
"""
import argparse
import concurrent.futures
import contextlib
import json
import os
import pathlib
import re
import shlex
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
# Everything. There is no group 8 and no 11.
CASES = "1.*,2.*,3.*,4.*,5.*,6.*,7.*,9.*,10.*,12.*,13.*"
CASE_COUNT = 517  # of CASES in the suite's version that setup.sh pins; a suite that lost some must not pass
GOOD = ("OK", "INFORMATIONAL")
GROUPS = {1: "framing", 2: "pings and pongs", 3: "reserved bits", 4: "opcodes", 5: "fragmentation", 6: "UTF-8", 7: "closing",
          9: "limits, performance", 10: "fragmentation by the sender", 12: "deflate", 13: "deflate, options"}


def options():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cases", default=CASES, help="patterns of case numbers, with commas (default: all)")
    parser.add_argument("--expect", type=int, help=f"how many cases that must be (default: {CASE_COUNT} for the default cases)")
    parser.add_argument("--reports", type=pathlib.Path, help="keep the suite's reports there (default: a new folder)")
    parser.add_argument("--seconds", type=float, default=1500, help="how long one client may take (default: 1500)")
    parser.add_argument("clients", nargs="+", metavar="NAME=COMMAND")
    chosen = parser.parse_args()
    for client in chosen.clients:
        if not re.fullmatch(r"[\w.-]+=.+", client):
            parser.error(f"{client!r} is not NAME=COMMAND with a NAME of letters, digits, '.', '_' and '-'")
    if chosen.expect is None and chosen.cases == CASES:
        chosen.expect = CASE_COUNT
    return chosen


@contextlib.contextmanager
def fuzzing_server(cases, reports):
    """Yields the URL of a server that is listening, and stops it at the end."""
    python27 = subprocess.run([HERE / "setup.sh"], check=True, stdout=subprocess.PIPE, text=True).stdout.strip()
    spec, log = reports / "spec.json", reports / "server.log"
    spec.write_text(json.dumps({
        "url": "ws://127.0.0.1:1",  # the port is not used, see wstest.py
        "outdir": str(reports), "cases": cases.split(","), "exclude-cases": [], "exclude-agent-cases": {},
    }))
    port_reader, port_writer = os.pipe()
    command = [python27, HERE / "wstest.py", "--mode", "fuzzingserver", "--spec", spec, "--webport", "0"]
    with log.open("w") as out:
        server = subprocess.Popen(command, stdout=out, stderr=out, cwd=reports, pass_fds=[port_writer],
                                  env={**os.environ, "PORT_FD": str(port_writer)})
    os.close(port_writer)
    try:
        with os.fdopen(port_reader) as pipe:
            port = pipe.readline().strip()  # empty if the server ended
        if not port:
            sys.exit(f"autobahn: the fuzzing server did not start:\n{log.read_text()[-2000:]}")
        yield f"ws://127.0.0.1:{port}"
    finally:
        server.terminate()
        server.wait()


def run_client(name, command, url, seconds):
    """Runs one client; returns what is wrong with how it ended, or None."""
    environment = {**os.environ, "AUTOBAHN_URL": url, "AUTOBAHN_AGENT": name}
    try:
        status = subprocess.run(shlex.split(command), env=environment, timeout=seconds).returncode
    except subprocess.TimeoutExpired:
        return f"was stopped after {seconds:.0f} s"
    except OSError as error:
        return f"could not be started: {error}"
    return None if status == 0 else f"ended with status {status}"


def case_key(case):
    return [int(part) for part in case.split(".")]


def print_table(index, names):
    """One row a group of cases, one column a client."""
    groups = sorted({case_key(case)[0] for name in names for case in index.get(name, {})})
    width = max(20, *map(len, names)) + 2
    print(f"{'cases':32}" + "".join(f"{name:>{width}}" for name in names))
    for group in [*groups, None]:
        title = "all" if group is None else f"{group:3} {GROUPS.get(group, '')}"
        row = f"{title:32}"
        for name in names:
            cases = {case: result for case, result in index.get(name, {}).items() if group in (None, case_key(case)[0])}
            good = sum(is_good(result) for result in cases.values())
            informational = sum(result["behavior"] == "INFORMATIONAL" for result in cases.values())
            note = f" ({informational} inf.)" if informational else ""
            row += f"{f'{good} of {len(cases)}{note}':>{width}}"
        print(row)


def is_good(result):
    return result["behavior"] in GOOD and result["behaviorClose"] in GOOD


def judge(index, names, expected):
    """Returns a line for each thing that is wrong."""
    wrong = []
    for name in names:
        cases = index.get(name, {})
        if len(cases) != expected:
            wrong.append(f"{name}: {len(cases)} cases were run, expected {expected}")
        for case in sorted(cases, key=case_key):
            if not is_good(cases[case]):
                wrong.append(f"{name}: case {case}: {cases[case]['behavior']}, close {cases[case]['behaviorClose']}"
                             f" (see {cases[case]['reportfile'].replace('.json', '.html')})")
    return wrong


def run_cases(name, command, chosen, reports):
    """Runs one client against a server of its own; returns the cases' results, what is wrong, and how many cases there were."""
    reports.mkdir(parents=True, exist_ok=True)
    index_file = reports / "index.json"
    index_file.unlink(missing_ok=True)  # an older run's must not be read
    with fuzzing_server(chosen.cases, reports) as url:
        complaint = run_client(name, command, url, chosen.seconds)
    wrong = [f"{name}: {command} {complaint}"] if complaint else []
    index = json.loads(index_file.read_text()) if index_file.exists() else {}
    offered = int(re.search(r"will run (\d+) test cases", (reports / "server.log").read_text()).group(1))
    return index.get(name, {}), wrong, offered


def main():
    chosen = options()
    reports = (chosen.reports or pathlib.Path(tempfile.mkdtemp(prefix="autobahn-"))).resolve()
    clients = dict(client.split("=", 1) for client in chosen.clients)
    subprocess.run([HERE / "setup.sh"], check=True, stdout=subprocess.DEVNULL)  # once, not in each thread
    index, wrong, offered = {}, [], set()
    # Side by side: the suite takes more time than the clients, and a server uses one core.
    with concurrent.futures.ThreadPoolExecutor() as pool:
        results = pool.map(lambda name: run_cases(name, clients[name], chosen, reports / name), clients)
        for name, (cases, complaints, count) in zip(clients, results):
            index[name] = cases
            wrong += complaints
            offered.add(count)
    wrong += judge(index, list(clients), max(offered) if chosen.expect is None else chosen.expect)
    print_table(index, list(clients))
    print(f"reports: {reports}/*/index.html")
    for line in wrong:
        print(f"FAILED  {line}")
    sys.exit(bool(wrong))


if __name__ == "__main__":
    main()
