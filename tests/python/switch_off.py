"""Shows that the test a statement names fails when its rule is switched off.

    python3 tests/python/switch_off.py [--keep FOLDER]

The tracked files are copied to a folder of their own; in the copy every line of
tests/traceability/switches.txt becomes a switch that the environment throws, so that one build
serves them all. Each named test must pass with no switch thrown and fail with its own. The outcome
is written to docs/switched-off.md. The checkout is never changed otherwise.
"""

import argparse
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
VARIABLE = "SPOR_SWITCHED_OFF"
IS_OFF = f"""
/// Whether a switch is thrown; stands in the copy alone.
pub(crate) fn is_off(number: u32) -> bool {{
    std::env::var("{VARIABLE}").is_ok_and(|thrown| thrown == number.to_string())
}}
"""
HEAD = """# Switched off

Whether the tests that a statement names see their rule: each rule is switched off in a copy of the
source, and its test must fail there while it passes with every rule on. One build serves all:
`python3 tests/python/switch_off.py`. The switches stand in `tests/traceability/switches.txt`.

"""


def switches():
    lines = (ROOT / "tests/traceability/switches.txt").read_text().splitlines()
    lines = [line for line in lines if not line.startswith("#")]
    for number, at in enumerate(range(0, len(lines), 3), start=1):
        statement, file, test = lines[at].split(" | ")
        yield number, statement, file, test, lines[at + 1][2:], lines[at + 2][2:]


def mutated():
    """The tracked files by name, with every switch in them."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, check=True, capture_output=True)
    names = filter(None, listed.stdout.decode().split("\0"))
    files = {name: (ROOT / name).read_bytes() for name in names if (ROOT / name).is_file()}
    for number, statement, file, _, before, after in switches():
        text = files[file].decode()
        if text.count(before) != 1:
            sys.exit(f"{statement}: {file} holds this {text.count(before)} times: {before}")
        call = f"crate::is_off({number})"
        files[file] = text.replace(before, re.sub(r"\bOFF\b", call, after)).encode()
    files["crates/domain/src/lib.rs"] += IS_OFF.encode()
    return files


def written(folder, files):
    """What is there already stays untouched, so that a kept copy is built again quickly."""
    for name, content in files.items():
        path = folder / name
        if not path.is_file() or path.read_bytes() != content:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)


def built(folder):
    command = ["cargo", "test", "--offline", "--workspace", "--test", "it", "--no-run",
               "--message-format", "json"]
    told = subprocess.run(command, cwd=folder, check=True, stdout=subprocess.PIPE)
    for line in told.stdout.decode().splitlines():
        message = json.loads(line)
        if message.get("executable") and message["target"]["name"] == "it":
            return message["executable"]
    sys.exit("the build gave no tests")


def passes(folder, tests, name, number):
    """None when no test of that name ran."""
    listed = subprocess.run([tests, "--list"], cwd=folder / "tests", capture_output=True, check=True)
    paths = [line[:-6] for line in listed.stdout.decode().splitlines() if line.endswith(": test")]
    paths = [path for path in paths if path.rsplit("::", 1)[-1] == name]
    if not paths:
        return None
    environment = {**os.environ, VARIABLE: str(number)}
    ran = subprocess.run([tests, "--exact", *paths], cwd=folder / "tests", env=environment,
                         capture_output=True, timeout=300, check=False)
    return ran.returncode == 0


def outcome(on, off):
    if on is None:
        return "no such test"
    if not on:
        return "fails with every rule on"
    return "passes" if off else "fails"


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--keep", type=pathlib.Path)
    folder = parser.parse_args().keep or pathlib.Path(tempfile.mkdtemp())
    folder.mkdir(exist_ok=True)
    written(folder, mutated())
    tests = built(folder)
    rows, wrong = [], 0
    for number, statement, file, test, _, _ in switches():
        on = passes(folder, tests, test, 0)
        off = passes(folder, tests, test, number) if on else None
        found = outcome(on, off)
        wrong += found != "fails"
        file = file.removeprefix("crates/domain/src/")
        rows.append(f"| {statement} | `{file}` | `{test}` | {found} |")
        print(number, statement, test, found, flush=True)
    count = f"{len(rows)} rules were switched off, {len(rows) - wrong} times the named test failed.\n\n"
    table = "| statement | where | test | with the rule off it |\n|---|---|---|---|\n"
    page = HEAD + count + table + "\n".join(rows) + "\n"
    (ROOT / "docs/switched-off.md").write_text(page)
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
