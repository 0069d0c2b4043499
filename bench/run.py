#!/usr/bin/env python3
"""Runs the benchmark's drivers in turn on one server and prints a table a workload.

    run.py [--quick] [--markdown] [--rounds N] [--only echo,in] [--clients libws-own,beast] [--build DIR]

Use ./run, which builds all this needs first. Clients take turns (A B C A B C ...), so that what disturbs the machine
disturbs all of them; figures are medians over the rounds. The server has a CPU of its own, where there are two (but in `echo`),
and both run with real-time priority where that is allowed. Only ratios within one run mean anything.

Exit status 1 if a client failed. Clients that are not there are skipped and counted, and libws has to be there.
"""
import argparse
import contextlib
import dataclasses
import json
import os
import pathlib
import platform
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Callable

HERE = pathlib.Path(__file__).resolve().parent
CLIENTS = {  # name: driver and what comes before its arguments
    "raw-tcp": ["raw"],
    "libws-own": ["libws", "own"],
    "libws-background": ["libws", "background"],
    "libwebsockets": ["lws"],
    "beast": ["beast"],
}
RAW, OWN, BACKGROUND = "raw-tcp", "libws-own", "libws-background"
SIZES = {16: "16 B", 32: "32 B", 128: "128 B text", 1024: "1 KiB", 16384: "16 KiB", 65536: "64 KiB", 1 << 20: "1 MiB", 1 << 30: "1 GiB"}


@dataclasses.dataclass
class Column:
    """A figure: from one result of a driver; `ratios` also prints it relative to raw TCP and to libws' own loop."""
    title: str
    of: Callable[[dict], float]
    ratios: tuple[str, ...] = ()
    spread: bool = False


@dataclasses.dataclass
class Workload:
    """What is measured and shown. `driver`: the drivers' name for it; `sizes`: with the least and the most messages of a run."""
    title: str
    driver: str
    sizes: dict[int, tuple[int, int]]
    columns: list[Column]
    without: tuple[str, ...] = ()  # clients that have nothing like it
    tls: bool = False  # the server speaks TLS
    one_cpu: bool = False  # the server shares the client's: no wake-up of another CPU, which is most of a round trip and unsteady


def each(key, scale):
    return lambda result: result[key] / result["n"] * scale


CPU_NS = Column("CPU ns", each("cpu", 1e9), (RAW, OWN), spread=True)
CPU_US = Column("CPU µs", each("cpu", 1e6), (RAW, OWN), spread=True)
STREAM_SIZES = {16: (20_000, 4_000_000), 128: (10_000, 2_000_000), 1024: (4_000, 600_000), 16384: (400, 60_000), 1 << 20: (20, 1_000)}
STREAM = [CPU_NS, Column("wall ns", each("wall", 1e9)), Column("MB/s", lambda result: result["n"] * result["size"] / result["wall"] / 1e6),
          Column("server busy %", lambda result: 100 * result["server_cpu"] / result["wall"])]
CPU_NS_OWN = dataclasses.replace(CPU_NS, ratios=(OWN,))
CONNECT_TLS = [dataclasses.replace(CPU_US, ratios=(OWN,)), Column("wall µs", each("wall", 1e6)), Column("per second", lambda result: result["n"] / result["wall"])]
SMALLER = Column("times smaller", lambda result: result["n"] * result["size"] / result["wire"])
ECHO_SIZES = {32: (300, 10_000), 1024: (300, 10_000), 65536: (100, 3_000)}
ECHO = [Column("p50 µs", lambda result: result["p50"] * 1e6, (RAW, OWN)), Column("p99 µs", lambda result: result["p99"] * 1e6), CPU_US]
WORKLOADS = {
    "echo": Workload("Echo: send one message, wait until it is back; server on the client's CPU; per round trip", "echo", ECHO_SIZES, ECHO, one_cpu=True),
    "echo-far": Workload("Echo, server on another CPU; per round trip", "echo", ECHO_SIZES, ECHO),
    "in": Workload("Stream in: the server sends as fast as it can; per message", "in", STREAM_SIZES, STREAM),
    "out": Workload("Stream out: the client sends as fast as it can; per message", "out", STREAM_SIZES, STREAM),
    "in-deflate": Workload("Stream in, compressed: different messages of JSON-like text, with context takeover; per message", "in-deflate",
                           {1024: (4_000, 400_000)}, [CPU_NS_OWN, *STREAM[1:]], without=(RAW,)),
    "out-deflate": Workload("Stream out, compressed: the same messages, level 1, memory level 8, window of 32 KiB, context takeover; per message", "out-deflate",
                            {1024: (2_000, 200_000)}, [CPU_NS_OWN, *STREAM[1:], SMALLER], without=(RAW,)),
    "stream": Workload("One binary message of 1 GiB in one frame, taken in pieces; of the whole client", "stream", {1 << 30: (1, 1)}, [
        Column("CPU ms", each("cpu", 1e3), (RAW, OWN), spread=True), Column("wall ms", each("wall", 1e3)), STREAM[2], STREAM[3],
        Column("peak MiB", lambda result: result["peak"] / (1 << 20), (OWN,))]),
    "connect": Workload("Connect and close, one after the other; per connection", "connect", {0: (50, 1_000)}, [
        CPU_US, Column("wall µs", each("wall", 1e6)), Column("per second", lambda result: result["n"] / result["wall"])]),
    "connect-tls": Workload("Connect over TLS 1.3 and close, each with a whole handshake; per connection", "connect-tls", {0: (50, 1_000)}, CONNECT_TLS,
                            without=(RAW,), tls=True),
    "connect-resumed": Workload("The same, sessions resumed; per connection", "connect-resumed", {0: (50, 1_000)}, CONNECT_TLS,
                                without=(RAW, "libwebsockets"), tls=True),
    "in-tls": Workload("Stream in over TLS 1.3, AES-256-GCM; per message", "in-tls", {16384: STREAM_SIZES[16384]}, [CPU_NS_OWN, *STREAM[1:]],
                       without=(RAW,), tls=True),
    "out-tls": Workload("Stream out over TLS 1.3, AES-256-GCM; per message", "out-tls", {16384: STREAM_SIZES[16384]}, [CPU_NS_OWN, *STREAM[1:]],
                        without=(RAW,), tls=True),
    "open": Workload("Open connections, after one message each; memory of the client per connection (10,000: one round)", "open", {1_000: (1_000, 1_000), 10_000: (10_000, 10_000)}, [
        Column("heap B", each("heap", 1), (OWN,)), Column("RSS B", each("rss", 1)), Column("CPU µs to open", each("cpu", 1e6))]),
}


def options():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="two rounds of short runs, no 10,000 connections")
    parser.add_argument("--markdown", action="store_true", help="print the tables in Markdown")
    parser.add_argument("--rounds", type=int, help="how often each client is measured (default: 5, with --quick 2)")
    parser.add_argument("--only", default=",".join(WORKLOADS), help=f"which workloads (default: {','.join(WORKLOADS)})")
    parser.add_argument("--clients", default=",".join(CLIENTS), help=f"which clients (default: {','.join(CLIENTS)})")
    parser.add_argument("--normal-priority", action="store_true", help="no real-time priority")
    parser.add_argument("--build", type=pathlib.Path, default=HERE / "build", help="where server and drivers are (default: bench/build)")
    chosen = parser.parse_args()
    for name, known in ("only", WORKLOADS), ("clients", CLIENTS):
        setattr(chosen, name, getattr(chosen, name).split(","))
        for word in getattr(chosen, name):
            if word not in known:
                parser.error(f"--{name}: {word!r} is not one of {', '.join(known)}")
    chosen.rounds = chosen.rounds or (2 if chosen.quick else 5)
    chosen.seconds = 0.08 if chosen.quick else 0.3  # how long one run should take
    return chosen


class Machine:
    """Where processes run: a CPU for the client, another for the server, real-time priority if allowed."""

    def __init__(self, real_time):
        cpus = sorted(os.sched_getaffinity(0))
        self.client, self.server = (cpus[0], cpus[-1]) if len(cpus) > 1 else (None, None)
        self.real_time = real_time and self.may_run_in_real_time()

    @staticmethod
    def may_run_in_real_time():
        scheduler = os.sched_getscheduler(0)
        try:
            os.sched_setscheduler(0, os.SCHED_RR, os.sched_param(10))
            os.sched_setscheduler(0, scheduler, os.sched_param(0))
        except PermissionError:
            return False
        return True

    def placed(self, cpu):
        """For a child: takes its place before its program begins."""
        def place():
            if cpu is not None:
                os.sched_setaffinity(0, {cpu})
            if self.real_time:
                os.sched_setscheduler(0, os.SCHED_RR, os.sched_param(10))
        return place

    def description(self):
        with open("/proc/cpuinfo", encoding="utf-8") as cpuinfo:
            model = next((line.split(":", 1)[1].strip() for line in cpuinfo if line.startswith("model name")), platform.machine())
        return (f"{model}, {os.cpu_count()} CPUs, Linux {platform.release()}; client and server on "
                f"{'one CPU' if self.client is None else 'a CPU each'}, {'real-time' if self.real_time else 'normal'} priority")


class Bench:
    """The server, and drivers run on it."""

    def __init__(self, build, machine, failures):
        self.build, self.machine, self.failures = build, machine, failures

    @contextlib.contextmanager
    def serving(self, workload):
        """Starts the server and stops it at the end."""
        cpu = self.machine.client if workload.one_cpu else self.machine.server
        tls = [self.build / "server.pem", self.build / "server.key"] if workload.tls else []
        self.server = subprocess.Popen([self.build / "bench-server", *tls], stdout=subprocess.PIPE, text=True, preexec_fn=self.machine.placed(cpu))
        try:
            port = self.server.stdout.readline().strip()  # empty if the server ended
            if not port:
                sys.exit("bench: the server did not start")
            self.address = f"127.0.0.1:{port}"
            yield
        finally:
            self.server.kill()
            self.server.wait()

    def server_cpu(self):
        return int(pathlib.Path(f"/proc/{self.server.pid}/schedstat").read_text().split()[0]) / 1e9

    def run(self, client, workload, size, n):
        """Runs a driver once; returns its result, or None and notes the failure."""
        driver, *before = CLIENTS[client]
        count = size if workload == "open" else n
        command = [str(self.build / driver), *before, workload, self.address, str(size), str(count), str(int(size == 128))]
        server_cpu = self.server_cpu()
        try:
            done = subprocess.run(command, capture_output=True, text=True, timeout=120, preexec_fn=self.machine.placed(self.machine.client))
            complaint = None if done.returncode == 0 else f"status {done.returncode}: {done.stderr.strip()[-300:]}"
        except subprocess.TimeoutExpired:
            complaint = "did not end within 120 s"
        if self.server.poll() is not None:
            sys.exit(f"bench: the server ended with status {self.server.returncode} during {' '.join(command)}")
        if complaint:
            self.failures.append(f"{client}: {workload} {size}: {complaint}")
            return None
        return {**json.loads(done.stdout), "size": size, "server_cpu": self.server_cpu() - server_cpu}

    def measure(self, clients, workload, size, counts, rounds, seconds):
        """Returns each client's results, one a round."""
        least, most = counts
        n, results = {}, {client: [] for client in clients}
        for client in clients:  # how many messages take about that long
            first = self.run(client, workload, size, least) if least != most else {"wall": 1}
            if first:
                n[client] = int(max(least, min(most, least * seconds / max(first["wall"], 1e-6))))
        for _ in range(rounds):
            for client in list(n):
                result = self.run(client, workload, size, n[client])
                if result:
                    results[client].append(result)
                else:
                    del n[client]
        return results


def number(value):
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.1f}" if abs(value) >= 10 else f"{value:.2f}"


def rows(workload, size, results):
    """The table's rows for one size: cells as text."""
    label = SIZES.get(size, f"{size:,}" if size else "")
    medians = {client: [statistics.median(map(column.of, found)) for column in workload.columns] for client, found in results.items() if found}
    for client, found in results.items():
        if not found:
            yield [label, client, "failed"]
            continue
        cells = [label, client]
        for at, column in enumerate(workload.columns):
            cells.append(number(medians[client][at]))
            if column.spread:
                cells.append(f"{number(min(map(column.of, found)))}–{number(max(map(column.of, found)))}")
            for other in column.ratios:
                base = medians.get(other, [0] * len(workload.columns))[at]
                cells.append(f"{medians[client][at] / base:.2f}" if base > 0 else "")
        yield cells


def header(workload):
    cells = ["size" if len(workload.sizes) > 1 else "", "client"]
    for column in workload.columns:
        cells += [column.title, *(["min–max"] if column.spread else []), *("÷ raw" if other == RAW else "÷ own" for other in column.ratios)]
    return cells


def print_table(workload, lines, markdown):
    table = [header(workload), *lines]
    table = [row + [""] * (len(table[0]) - len(row)) for row in table]
    widths = [max(len(row[at]) for row in table) for at in range(len(table[0]))]
    aligned = [[cell.ljust(width) if at < 2 else cell.rjust(width) for at, (cell, width) in enumerate(zip(row, widths))] for row in table]
    if markdown:
        print(f"\n### {workload.title}\n")
        aligned.insert(1, ["-" * width if at < 2 else "-" * (width - 1) + ":" for at, width in enumerate(widths)])
        for row in aligned:
            print("| " + " | ".join(row) + " |")
    else:
        print(f"\n{workload.title}\n")
        previous = None
        for row in aligned:
            if previous not in (None, row[0]):
                print()
            previous = row[0]
            print("  ".join(row).rstrip())
    sys.stdout.flush()


def present(chosen):
    """The clients that can be run, the version of each, and why others cannot."""
    versions, skipped = {}, []
    for client in chosen.clients:
        driver, *before = CLIENTS[client]
        try:
            versions[client] = subprocess.run([chosen.build / driver, *before, "version"], check=True, capture_output=True, text=True).stdout.strip(" -\n")
        except (OSError, subprocess.CalledProcessError) as error:
            reason = chosen.build / f"{driver}.skipped"
            skipped.append(f"{client}: {reason.read_text().strip() if reason.exists() else error}")
    return versions, skipped


def main():
    chosen = options()
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))  # inherited
    os.environ["BENCH_CA"] = str(chosen.build / "ca.pem")
    machine = Machine(real_time=not chosen.normal_priority)
    versions, skipped = present(chosen)
    if not versions:
        sys.exit("bench: no client is there:\n" + "\n".join(skipped))
    print(f"{time.strftime('%Y-%m-%d')}; {machine.description()}; medians of {chosen.rounds} rounds{', quick' if chosen.quick else ''}")
    print("; ".join(f"{client} {version}".strip() for client, version in versions.items()))
    failures = []
    bench = Bench(chosen.build, machine, failures)
    for name in chosen.only:
        workload, lines = WORKLOADS[name], []
        for size, counts in workload.sizes.items():
            if name == "open" and size > 1_000 and (chosen.quick or hard < size + 100):
                skipped.append(f"{size:,} open connections: " + ("not with --quick" if chosen.quick else f"only {hard} open files are allowed"))
                continue
            rounds = 1 if size == 10_000 else chosen.rounds  # memory hardly differs, and some clients take most of a minute
            with bench.serving(workload):
                clients = [client for client in versions if client not in workload.without]
                lines += rows(workload, size, bench.measure(clients, workload.driver, size, counts, rounds, chosen.seconds))
        print_table(workload, lines, chosen.markdown)
    print(f"\nskipped: {len(skipped)}; failed: {len(failures)}")
    for line in skipped:
        print(f"SKIPPED  {line}")
    for line in failures:
        print(f"FAILED   {line}")
    sys.exit(bool(failures) or any(client in chosen.clients and client not in versions for client in (OWN, BACKGROUND)))


if __name__ == "__main__":
    main()
