"""Writes tests/golden/format/vectors.json to standard output; the file is never edited by hand.

The events are for their encodings' sake: between them they use every kind of value, present and
absent. They are no sensible case. People, places and keys are invented.
"""
import json
import sys
import uuid

import xchacha
from verify_store import Tree, binary, commit_bytes, envelope, field, fields, leaf_of, sha256

STORE = "019b8dc0-0000-7000-8000-5f0f0c0ffee1"
GENESIS = -2208949200000000   # 1900-01-01 12:00 in Copenhagen, in microseconds
MORNING = 1767600000123456    # 2026-01-05 08:00:00.123456 UTC
KEY = bytes(range(32))
OTHER_KEY = bytes(range(255, 223, -1))
KEK = sha256(b"an example of a key-encryption key")


def id7(number):
    """A UUID of version 7 with a time and a tail that are easy to recognise."""
    return str(uuid.UUID("019b8dc1-%04x-7000-8000-%012x" % (number, number)))


def commit(name, number, positions, recorded_at, **given):
    values = {
        "name": name, "commit_id": id7(number), "actor": "demo", "actor_kind": "person",
        "on_behalf_of": None, "auth": "sandbox", "idempotency_key": None,
        "request_hash": sha256(name.encode()).hex(), "command": "record", "correlation_id": None,
        "causation_id": None, "first_position": positions[0], "last_position": positions[1],
        "recorded_at": recorded_at}
    values.update(given)
    return values


def event(name, place, stream, version, event_type, body, **given):
    commit_number, position, occurred_on = place
    values = {
        "name": name, "position": position, "event_id": id7(0x1000 + position),
        "commit_id": id7(commit_number), "stream": stream, "version": version,
        "event_type": event_type, "schema_version": 1, "occurred_on": occurred_on,
        "recorded_at": None, "corrects": None, "body": body, "parts": []}
    values.update(given)
    return values


def part(name, number, key, plaintext):
    return {"part": name, "key_id": id7(0x2000 + number), "key": key.hex(),
            "nonce": sha256(b"nonce %d" % number)[:24].hex(), "plaintext": plaintext}


COMMITS = [
    commit("the genesis, far back, nothing optional", 1, (1, 2), GENESIS, actor="spor",
           actor_kind="system", command="init"),
    commit("a person with a key for repeats", 2, (3, 5), MORNING, auth="os", actor="bodil",
           idempotency_key="9f1c-1", command="record"),
    commit("everything optional, Danish letters", 3, (6, 6), MORNING + 1, actor="søren.å",
           on_behalf_of="Ærø Øens Ledelse", auth="oidc", idempotency_key="nøgle ✓",
           correlation_id=id7(0x3001), causation_id=id7(0x1003)),
    commit("an import with empty texts, same instant", 4, (7, 8), MORNING + 1, actor="",
           actor_kind="import", on_behalf_of="", auth="socket", idempotency_key="", command=""),
]

EVENTS = [
    event("the genesis event", (1, 1, "1900-01-01"), "programme", 1, "StoreCreated",
          '{"store":"%s","kind":"sandbox","municipality":"Hvidå"}' % STORE),
    event("no parts", (1, 2, "1900-01-01"), "programme", 2, "PolicySet",
          '{"key":"follow_up_days","value":42}'),
    event("two parts", (2, 3, "2026-01-05"), "case-K-1001", 1, "CaseOpened",
          '{"administration":"children_family","mentor":"M-07"}', parts=[
              part("confidential", 1, OTHER_KEY, '{"text":"vil helst tale om det på gåtur"}'),
              part("person", 2, KEY, '{"birth_date":"2009-02-30","name":"Åse Øgård Æbelø"}')]),
    event("one part of exactly one step", (2, 4, "2025-12-31"), "case-K-1001", 2, "GoalSet",
          '{"goal":"G1","domain":"network"}', parts=[
              part("person", 3, KEY, json.dumps({"text": "x" * 48}))]),
    event("a claim, with an empty body", (2, 5, "2026-01-05"),
          "claim-source-9f86d081884c7d659a2feaa0c55ad015a3bf4f1b", 1, "Claimed", "{}"),
    event("Danish letters and beyond in clear", (3, 6, "2026-01-05"), "staff-M-07", 1,
          "NoteOfCode", '{"code":"blåbærgrød 🫐","minutes":-90}', schema_version=2),
    event("a correction", (4, 7, "2199-12-31"), "case-K-1001", 3, "EntryCorrected",
          '{"entry":"E1"}', corrects=id7(0x1003), schema_version=65535, parts=[
              part("reason", 4, KEY, '""')]),
    event("an empty text as body", (4, 8, "2000-02-29"), "group-G-1", 1, "GroupFormed", ""),
]

KEYS = [
    {"key_id": id7(0x2002), "subject": "case-K-1001", "compartment": "person", "epoch": 1,
     "data_key": KEY.hex(), "kek": KEK.hex(), "nonce": sha256(b"wrap 1")[:24].hex()},
    {"key_id": id7(0x2001), "subject": "staff-M-07", "compartment": "confidential",
     "epoch": 258, "data_key": OTHER_KEY.hex(), "kek": KEK.hex(),
     "nonce": sha256(b"wrap 2")[:24].hex()},
]


def raw(value):
    return uuid.UUID(value).bytes


def seal(event_values, values):
    """Adds the associated data, the ciphertext and its hash to a part."""
    data = fields("spor/sealed/1", raw(event_values["event_id"]), event_values["stream"],
                  values["part"], raw(values["key_id"]))
    padded = field(values["plaintext"])
    padded += bytes(-len(padded) % 64)
    ciphertext = xchacha.encrypt(
        bytes.fromhex(values["key"]), bytes.fromhex(values["nonce"]), data, padded)
    values.update(associated_data=data.hex(), ciphertext=ciphertext.hex(),
                  ciphertext_hash=sha256(ciphertext).hex())


def wrap(values):
    data = fields("spor/key/1", raw(values["key_id"]), values["subject"], values["compartment"],
                  values["epoch"])
    nonce = bytes.fromhex(values["nonce"])
    sealed = xchacha.encrypt(
        bytes.fromhex(values["kek"]), nonce, data, bytes.fromhex(values["data_key"]))
    return dict(values, associated_data=data.hex(), wrapped=(nonce + sealed).hex())


def main():
    xchacha.check()
    store, tree, commits = raw(STORE), Tree(), {}
    for values in COMMITS:
        encoded = commit_bytes(store, binary(values))
        values.update(bytes=encoded.hex(), hash=sha256(encoded).hex())
        commits[values["commit_id"]] = values
    roots = [tree.root().hex()]
    for values in EVENTS:
        values["recorded_at"] = commits[values["commit_id"]]["recorded_at"]
        for sealed in values["parts"]:
            seal(values, sealed)
        encoded = envelope(store, binary(values),
                           bytes.fromhex(commits[values["commit_id"]]["hash"]),
                           [binary(sealed) for sealed in values["parts"]])
        values.update(envelope=encoded.hex(), leaf=leaf_of(encoded).hex())
        tree.append(leaf_of(encoded))
        roots.append(tree.root().hex())
    vectors = {"about": "Test vectors of docs/format.md, written by tests/python/make_vectors.py",
               "store": STORE, "commits": COMMITS, "events": EVENTS, "roots": roots,
               "wrapped_keys": [wrap(values) for values in KEYS]}
    json.dump(vectors, sys.stdout, ensure_ascii=False, indent=1)
    print()


if __name__ == "__main__":
    main()
