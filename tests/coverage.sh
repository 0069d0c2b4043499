#!/bin/bash
# How many lines of src/spec and src/protocol their own tests run: all of the one, at least 95 % of the other. What other tests
# run of them by the way does not count.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

skip() {
    echo "SKIPPED coverage: $1"
    exit 0
}

if ! cargo llvm-cov --version >/dev/null 2>&1; then
    echo "cargo install cargo-llvm-cov"
    cargo install cargo-llvm-cov --version 0.9.1 --locked --quiet || skip "cargo-llvm-cov cannot be installed"
fi
if [ ! -x "$(rustc --print target-libdir)/../bin/llvm-cov" ] && [ -z "${LLVM_COV:-}" ]; then
    echo "rustup component add llvm-tools"
    rustup component add llvm-tools || skip "llvm-tools, a component of the toolchain, cannot be installed"
fi
command -v python3 >/dev/null || skip "there is no python3"

# With optimisation, functions that were inlined into another crate count as never run.
export CARGO_PROFILE_DEV_OPT_LEVEL=0
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
# A report looks at all programs that lie there: those of other sources must not.
cargo llvm-cov clean --workspace

# run LAYER TARGET...: runs the tests of a layer that are in these targets of cargo.
run() { cargo llvm-cov --no-report --no-cfg-coverage --quiet "${@:2}" -- "$1"; }

# report LAYER LEAST: lines run since the last report; fails if less than LEAST per cent of the layer's were.
report() {
    cargo llvm-cov report --lcov --output-path "$scratch/lcov" 2>"$scratch/log" || { cat "$scratch/log"; return 1; }
    cargo llvm-cov clean --profraw-only
    python3 - "$1" "$2" "$scratch/lcov" <<'PYTHON'
import os, pathlib, re, sys

layer, least, lcov = sys.argv[1], float(sys.argv[2]), sys.argv[3]
counts = {}
for line in open(lcov):
    if line.startswith("SF:"):
        file = counts.setdefault(os.path.relpath(line[3:].strip()), {})
    elif line.startswith("DA:"):
        number, count = line[3:].split(",")[:2]
        file[int(number)] = int(count)


def tested(path):
    """The lines that are to be run, by number: all but those of test modules."""
    lines, in_tests = {}, False
    for number, text in enumerate(path.read_text().splitlines(), 1):
        in_tests = in_tests or text == "#[cfg(test)]"
        if not in_tests:
            lines[number] = text
        elif text == "}" or re.fullmatch(r"mod \w+;", text):
            in_tests = False
    return lines


def row(lines, run, name):
    share = f"{1000 * run // lines / 10:6.1f}" if lines else "     -"
    print(f"{lines:7} {run:7} {share}  {name}")


all_lines = all_run = 0
missed = []
print(f"\n  lines     run      %  {layer}, at least {least:g} %")
for path in sorted(pathlib.Path("src", layer).rglob("*.rs")):
    if path.name == "tests.rs":
        continue
    text = tested(path)
    found = {number: count for number, count in counts.get(str(path), {}).items() if number in text}
    if not found and any(re.match(r"\s*(pub.* )?fn ", line) for line in text.values()):
        sys.exit(f"{path}: the report says nothing of its functions")
    run = sum(count > 0 for count in found.values())
    all_lines, all_run = all_lines + len(found), all_run + run
    missed += [f"{path}:{number}: {text[number]}" for number, count in sorted(found.items()) if not count]
    if found:
        row(len(found), run, path)
row(all_lines, all_run, f"src/{layer}")
print("\n".join(missed))
if not all_lines or 100 * all_run < least * all_lines:
    sys.exit(f"the tests of src/{layer} run too few of its lines: those above are missing")
PYTHON
}

status=0
run spec:: --lib
report spec 100 || status=1
run protocol:: --lib
run '' --test protocol
report protocol 95 || status=1
exit $status
