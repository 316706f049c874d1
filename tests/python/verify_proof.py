#!/usr/bin/env python3
"""Checks proof files from docs/format.md and docs/proofs.md alone.

    verify_proof.py PUBLIC_KEY PROOF...

Written apart from the program, with Python's standard library only. Prints one line for each file,
"proven: ..." or "wrong: ..."; ends with 0 when all are proven, with 7 when one is not, and with 2
when a file cannot be read.
"""
import datetime
import json
import pathlib
import re
import sys
import uuid

from notes import Note, PublicKey, Wrong
from verify_store import commit_bytes, envelope, leaf_of, sha256

TEXT, NUMBER, MAYBE_TEXT, ID, MAYBE_ID, HASH, NONCE = range(7)
COMMIT = {
    "commit_id": ID, "actor": TEXT, "actor_kind": TEXT, "on_behalf_of": MAYBE_TEXT, "auth": TEXT,
    "idempotency_key": MAYBE_TEXT, "request_hash": HASH, "command": TEXT,
    "correlation_id": MAYBE_ID, "causation_id": MAYBE_ID, "first_position": NUMBER,
    "last_position": NUMBER, "recorded_at": NUMBER}
EVENT = {
    "position": NUMBER, "event_id": ID, "commit_id": ID, "stream": TEXT, "version": NUMBER,
    "event_type": TEXT, "schema_version": NUMBER, "occurred_on": TEXT, "recorded_at": NUMBER,
    "corrects": MAYBE_ID, "body": TEXT, "parts": None}
PART = {"part": TEXT, "key_id": ID, "nonce": NONCE, "ciphertext_hash": HASH}


def need(holds, what):
    if not holds:
        raise Wrong(what)


def members(value, *names):
    need(isinstance(value, dict) and set(value) == set(names), "members are missing or too many")
    return [value[name] for name in names]


def read(value, kinds):
    """An object with exactly these members, its ids and hashes as bytes."""
    members(value, *kinds)
    return {name: one(value[name], kind) for name, kind in kinds.items()}


def one(value, kind):
    if kind is None or (value is None and kind in (MAYBE_TEXT, MAYBE_ID)):
        return value
    if kind == NUMBER:
        need(type(value) is int and -2**63 <= value < 2**63, "a number is none")
        return value
    need(isinstance(value, str), "a text is none")
    if kind in (ID, MAYBE_ID):
        need(re.fullmatch("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", value), "an id is none")
        return uuid.UUID(value).bytes
    if kind in (HASH, NONCE):
        digits = 64 if kind == HASH else 48
        need(re.fullmatch("[0-9a-f]{%d}" % digits, value), "a hash or nonce is none")
        return bytes.fromhex(value)
    return value


def listed(value):
    need(isinstance(value, list), "a list is none")
    return value


def root_of(size, start, leaves, hashes):
    """The root of a subtree, from the proven leaves in it and the hashes beside them."""
    if not leaves:
        need(hashes, "a hash is missing")
        return hashes.pop(0)
    if size == 1:
        need(len(leaves) == 1, "two events have one position")
        return leaves[0][1]
    half = 1
    while half * 2 < size:
        half *= 2
    left = [leaf for leaf in leaves if leaf[0] < start + half]
    right = leaves[len(left):]
    first = root_of(half, start, left, hashes)
    return sha256(b"\x01" + first + root_of(size - half, start + half, right, hashes))


def is_consistent(old, new, path):
    """RFC 6962, 2.1.2, checked as its definition builds it."""
    if old.size == new.size:
        return not path and old.root == new.root
    if old.size == 0:
        return not path and old.root == sha256(b"")
    if old.size > new.size:
        return False
    path = list(path)

    def subproof(m, n, whole):
        """Both roots of a subtree: of its part in the old tree, and of all of it."""
        if m == n:
            known = old.root if whole else path.pop(0)
            return known, known
        half = 1
        while half * 2 < n:
            half *= 2
        if m <= half:
            before, after = subproof(m, half, whole)
            return before, sha256(b"\x01" + after + path.pop(0))
        before, after = subproof(m - half, n - half, False)
        left = path.pop(0)
        return sha256(b"\x01" + left + before), sha256(b"\x01" + left + after)

    try:
        before, after = subproof(old.size, new.size, True)
    except IndexError:
        return False
    return not path and before == old.root and after == new.root


def once(pairs):
    value = dict(pairs)
    need(len(value) == len(pairs), "a member stands twice")
    return value


def check(text, key):
    proof = json.loads(text, object_pairs_hook=once)
    kind, note, commits, events, hashes, earlier = members(
        proof, "format", "checkpoint", "commits", "events", "hashes", "earlier")
    need(kind == "spor/proof/1", "the format is unknown")
    note = Note(one(note, TEXT)).check(key)
    store = uuid.UUID(key.name.partition("/")[2]).bytes
    commits = [read(commit, COMMIT) for commit in listed(commits)]
    by_id = {commit["commit_id"]: commit for commit in commits}
    begins = [commit["first_position"] for commit in commits]
    need(len(by_id) == len(commits) and begins == sorted(set(begins)),
         "a commit stands twice or out of order")
    leaves, versions, used = [], {}, set()
    for event in listed(events):
        event = read(event, EVENT)
        parts = [read(part, PART) for part in listed(event["parts"])]
        names = [part["part"].encode("utf-8") for part in parts]
        need(names == sorted(set(names)), "parts out of order")
        day = event["occurred_on"]
        need(datetime.date.fromisoformat(day).isoformat() == day, "a day is none")
        need(0 <= event["schema_version"] < 65536, "a schema version is none")
        commit = by_id.get(event["commit_id"])
        need(commit and commit["recorded_at"] == event["recorded_at"]
             and commit["first_position"] <= event["position"] <= commit["last_position"],
             "position %s: its commit is another one" % event["position"])
        used.add(event["commit_id"])
        stream = event["stream"]
        versions[stream] = versions.get(stream, 0) + 1
        need(event["version"] == versions[stream], "an event of %s was left out" % stream)
        commit_hash = sha256(commit_bytes(store, commit))
        leaves.append((event["position"] - 1, leaf_of(envelope(store, event, commit_hash, parts))))
    places = [place for place, _ in leaves]
    need(places == sorted(set(places)), "events out of order")
    need(not places or 0 <= places[0] and places[-1] < note.size, "an event outside of the tree")
    need(used == set(by_id), "a commit has no event here")
    hashes = [one(value, HASH) for value in listed(hashes)]
    need(note.size and root_of(note.size, 0, leaves, hashes) == note.root and not hashes,
         "the events do not lead to the root of the checkpoint")
    if earlier is not None:
        old, path = members(earlier, "checkpoint", "consistency")
        old = Note(one(old, TEXT)).check(key)
        path = [one(value, HASH) for value in listed(path)]
        need(is_consistent(old, note, path),
             "the log of the earlier checkpoint is no beginning of this one")
    return "proven: %d events of %d" % (len(leaves), note.size)


def main(arguments):
    if len(arguments) < 2:
        print(__doc__, file=sys.stderr)
        return 2
    result = 0
    try:
        key = PublicKey(pathlib.Path(arguments[0]).read_text(encoding="utf-8"))
        for path in arguments[1:]:
            data = pathlib.Path(path).read_bytes()
            try:
                print(check(data.decode("utf-8"), key))
            except (Wrong, ValueError, RecursionError) as wrong:
                print("wrong: %s" % wrong)
                result = 7
    except (OSError, Wrong) as problem:
        print(problem, file=sys.stderr)
        return 2
    return result


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
