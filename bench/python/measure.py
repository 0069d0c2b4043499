#!/usr/bin/env python3
"""Runs the Python clients in turn on the bench server and prints a table a workload.

    measure.py SERVER [--quick] [--rounds N] [--only in,out] [--clients libws,picows] [--sizes 16,1024] [--normal-priority]

As bench/run.py: clients take turns, figures are medians, client and server have a CPU each. Only ratios within one run mean anything.
"""
import argparse
import json
import pathlib
import platform
import statistics
import subprocess
import sys
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

import run  # noqa: E402  # bench/run.py
from clients import CLIENTS  # noqa: E402

TITLES = {
    "in": "Stream in: the server sends as fast as it can; per message",
    "out": "Stream out: the client sends as fast as it can; per message",
    "echo": "Echo: send one message, wait until it is back; per round trip",
}
SIZES = {16: "16 B", 1024: "1 KiB", 65536: "64 KiB"}
LEAST = {16: 2000, 1024: 1000, 65536: 100}
MOST = {16: 3_000_000, 1024: 500_000, 65536: 20_000}
OURS = {"libws", "libws.asyncio", "libws.WebSocket"}
BLOCKING = {"libws", "websockets", "websocket-client"}


def options():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("server", help="the bench server's program")
    parser.add_argument("--quick", action="store_true", help="one round of short runs")
    parser.add_argument("--rounds", type=int, help="default: 5, with --quick 1")
    parser.add_argument("--only", default=",".join(TITLES))
    parser.add_argument("--clients", default=",".join(CLIENTS))
    parser.add_argument("--sizes", default=",".join(map(str, SIZES)))
    parser.add_argument("--normal-priority", action="store_true", help="no real-time priority")
    chosen = parser.parse_args()
    chosen.rounds = chosen.rounds or (1 if chosen.quick else 5)
    chosen.seconds = 0.1 if chosen.quick else 0.4
    return chosen


def client(machine, name, workload, port, size, n):
    """One result of a client; None, and says why, if it failed."""
    command = [sys.executable, str(HERE / "clients.py"), name, workload, port, str(size), str(n)]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=60, preexec_fn=machine.placed(machine.client))
    except subprocess.TimeoutExpired:
        print(f"FAILED   {name}: {workload} {size}: did not end within 60 s")
        return None
    if done.returncode:
        print(f"FAILED   {name}: {workload} {size}: {done.stderr.strip()[-300:]}")
        return None
    return json.loads(done.stdout)


def measure(machine, chosen, clients, workload, port, size):
    """The results of each client, one a round."""
    counts, results = {}, {name: [] for name in clients}
    for name in clients:
        if first := client(machine, name, workload, port, size, LEAST[size]):
            counts[name] = int(max(LEAST[size], min(MOST[size], LEAST[size] * chosen.seconds / first["wall"])))
    for _ in range(chosen.rounds):
        for name, n in counts.items():
            if result := client(machine, name, workload, port, size, n):
                results[name].append(result)
    return {name: found for name, found in results.items() if found}


def print_rows(size, results):
    cpu = {name: statistics.median(each["cpu"] / each["n"] * 1e6 for each in found) for name, found in results.items()}
    for name, found in results.items():
        own = "libws" if name in BLOCKING else "libws.asyncio"
        rate = statistics.median(each["n"] / each["wall"] for each in found)
        spread = [each["cpu"] / each["n"] * 1e6 for each in found]
        ratio = f"{cpu[name] / cpu[own]:.2f}" if own in cpu else ""
        cells = [SIZES[size], name, run.number(cpu[name]), f"{run.number(min(spread))}–{run.number(max(spread))}", ratio, f"{rate:,.0f}"]
        print("| " + " | ".join(cells) + " |", flush=True)


def main():
    chosen = options()
    machine = run.Machine(real_time=not chosen.normal_priority)
    clients = chosen.clients.split(",")
    versions, skipped = {}, []
    for name in clients:
        asked = subprocess.run([sys.executable, str(HERE / "clients.py"), name, "version"], capture_output=True, text=True)
        if asked.returncode:
            skipped.append(name)
        else:
            versions[name] = asked.stdout.strip()
    print(f"{time.strftime('%Y-%m-%d')}; Python {platform.python_version()}; {machine.description()}; medians of {chosen.rounds} rounds")
    print("; ".join(f"{name} {version}" for name, version in versions.items()))
    for workload in chosen.only.split(","):
        cpu = machine.client if workload == "echo" else machine.server
        print(f"\n### {TITLES[workload]}\n\n| size | client | CPU µs | min–max | ÷ libws | messages/s |\n|---|---|---:|---:|---:|---:|")
        for size in map(int, chosen.sizes.split(",")):
            server = subprocess.Popen([chosen.server], stdout=subprocess.PIPE, text=True, preexec_fn=machine.placed(cpu))
            try:
                print_rows(size, measure(machine, chosen, list(versions), workload, server.stdout.readline().strip(), size))
            finally:
                server.kill()
                server.wait()
    print(f"\nskipped: {len(skipped)}")
    for name in skipped:
        print(f"SKIPPED  {name}: it is not installed")


if __name__ == "__main__":
    main()
