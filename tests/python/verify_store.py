#!/usr/bin/env python3
"""Checks the history in a store file from docs/format.md alone.

    verify_store.py STORE.db [PUBLIC_KEY [NOTE...]]   every event, commit, sealed part, the tree's
                                         root, the checkpoints saved and those given as files
    verify_store.py --vectors FILE.json  the test vectors of the format

Written apart from the program, with Python's standard library only, so that one mistake cannot
hide in both. Prints "ok: N events, root HEX" and ends with 0; names the first position that is
wrong and ends with 7; ends with 2 when there is nothing to check.
"""
import hashlib
import json
import pathlib
import sqlite3
import sys
import uuid

from notes import Note, PublicKey, Wrong


def sha256(data):
    return hashlib.sha256(data).digest()


def field(value):
    """One value with its length in front, by its Python type: None, text, int or bytes."""
    if value is None:
        return b"\xff\xff\xff\xff"
    if isinstance(value, str):
        value = value.encode("utf-8")
    elif isinstance(value, int):
        value = value.to_bytes(8, "big", signed=True)
    return len(value).to_bytes(4, "big") + value


def fields(*values):
    return b"".join(map(field, values))


def commit_bytes(store, c):
    return fields(
        "spor/commit/1", store, c["commit_id"], c["actor"], c["actor_kind"], c["on_behalf_of"],
        c["auth"], c["idempotency_key"], c["request_hash"], c["command"], c["correlation_id"],
        c["causation_id"], c["first_position"], c["last_position"], c["recorded_at"])


def envelope(store, e, commit_hash, parts):
    parts = sorted(parts, key=lambda part: part["part"].encode("utf-8"))
    return fields(
        "spor/event/1", store, e["position"], e["event_id"], e["commit_id"], e["stream"],
        e["version"], e["event_type"], e["schema_version"], e["occurred_on"], e["recorded_at"],
        e["corrects"], commit_hash, sha256(e["body"].encode("utf-8")), len(parts),
        *(value for part in parts
          for value in (part["part"], part["key_id"], part["nonce"], part["ciphertext_hash"])))


def leaf_of(envelope_bytes):
    return sha256(b"\x00" + envelope_bytes)


class Tree:
    """RFC 6962 as a list of (size, root) of full subtrees, largest first."""

    def __init__(self):
        self.full = []

    def append(self, leaf):
        size = 1
        while self.full and self.full[-1][0] == size:
            leaf = sha256(b"\x01" + self.full.pop()[1] + leaf)
            size *= 2
        self.full.append((size, leaf))

    def root(self):
        if not self.full:
            return sha256(b"")
        root = self.full[-1][1]
        for _, left in reversed(self.full[:-1]):
            root = sha256(b"\x01" + left + root)
        return root

    def frontier(self):
        """The bytes that a store may keep as a cache of the tree's right edge."""
        size = sum(size for size, _ in self.full)
        return size.to_bytes(8, "big") + b"".join(root for _, root in self.full)


def expect(what, found, wanted):
    if found != wanted:
        raise Wrong("%s is %s, expected %s" % (what, shown(found), shown(wanted)))


def shown(value):
    return value.hex() if isinstance(value, bytes) else repr(value)


def check_vectors(path):
    vectors = json.loads(pathlib.Path(path).read_text(encoding="utf-8"))
    store, commits, tree = uuid.UUID(vectors["store"]).bytes, {}, Tree()
    for commit in map(binary, vectors["commits"]):
        encoded = commit_bytes(store, commit)
        expect("commit " + commit["name"], encoded, commit["bytes"])
        expect("commit hash of " + commit["name"], sha256(encoded), commit["hash"])
        commits[commit["commit_id"]] = commit["hash"]
    expect("root of size 0", tree.root().hex(), vectors["roots"][0])
    for event in map(binary, vectors["events"]):
        parts = [binary(part) for part in event["parts"]]
        for part in parts:
            expect("ciphertext hash", sha256(part["ciphertext"]), part["ciphertext_hash"])
        encoded = envelope(store, event, commits[event["commit_id"]], parts)
        expect("envelope of " + event["name"], encoded, event["envelope"])
        expect("leaf of " + event["name"], leaf_of(encoded), event["leaf"])
        tree.append(event["leaf"])
        size = event["position"]
        expect("root of size %d" % size, tree.root().hex(), vectors["roots"][size])
    return "ok: %d events, root %s" % (len(vectors["events"]), tree.root().hex())


def binary(vector):
    """A vector with its ids and hexadecimal values as bytes."""
    ids = ("commit_id", "event_id", "key_id", "corrects", "correlation_id", "causation_id")
    hexes = ("request_hash", "bytes", "hash", "nonce", "ciphertext", "ciphertext_hash",
             "envelope", "leaf")
    value = dict(vector)
    value.update({key: uuid.UUID(value[key]).bytes for key in ids if value.get(key)})
    value.update({key: bytes.fromhex(value[key]) for key in hexes if key in value})
    return value


def rows(db, statement):
    """Rows as dictionaries, one at a time."""
    cursor = db.execute(statement)
    names = [column[0] for column in cursor.description]
    for row in cursor:
        yield dict(zip(names, row))


def table(db, statement):
    return dict(db.execute(statement).fetchall())


def erased_parts(db):
    """The parts that an event of the log erased by name; a store of an older format has none."""
    if not table(db, "SELECT name, 1 FROM sqlite_schema WHERE name = 'erased_parts'"):
        return set()
    return set(db.execute(
        "SELECT p.position, p.part FROM erased_parts AS p"
        " JOIN events AS target ON target.position = p.position"
        " JOIN events AS erasing ON erasing.event_id = p.erased_by"
        " WHERE erasing.corrects = target.event_id").fetchall())


class Log:
    """What has been read so far, and what must still come."""

    def __init__(self, db, key, notes):
        self.db = db
        self.head = next(rows(db, "SELECT * FROM log_head"))
        self.store = self.head["store_id"]
        self.commits = rows(db, "SELECT * FROM commits ORDER BY first_position")
        self.parts = rows(db, "SELECT * FROM sealed_parts ORDER BY position, part")
        self.destroyed = table(db, "SELECT key_id, destroyed_at FROM destroyed_keys")
        self.erased = erased_parts(db)
        self.roots = {}
        self.claim(db, key, notes)
        self.commit, self.commit_hash, self.part = None, None, next(self.parts, None)
        self.versions, self.position, self.recorded_at, self.tree = {}, 0, None, Tree()

    def claim(self, db, key, notes):
        """What checkpoints say, the saved ones and those that were kept elsewhere."""
        origin = "spor/%s" % uuid.UUID(bytes=self.store)
        for saved in rows(db, "SELECT * FROM log_checkpoints"):
            note = Note(saved["note"])
            expect("a checkpoint's row", (saved["position"], saved["root"]), (note.size, note.root))
            notes = notes + [note]
        for note in notes:
            expect("a checkpoint's log", note.origin, origin)
            if key:
                note.check(key)
            expect("two checkpoints of one size", self.roots.setdefault(note.size, note.root),
                   note.root)

    def check(self):
        try:
            for event in rows(self.db, "SELECT * FROM events ORDER BY position"):
                self.position += 1
                self.check_event(event)
            self.position += 1  # what is left over is wrong where the next event would stand
            self.check_end()
        except (Wrong, AttributeError, KeyError, TypeError, ValueError,
                sqlite3.DatabaseError) as wrong:
            raise Wrong("position %d: %s" % (self.position, wrong)) from wrong
        return "ok: %d events, root %s" % (self.position - 1, self.tree.root().hex())

    def check_event(self, event):
        expect("position", event["position"], self.position)
        if self.commit is None or self.position > self.commit["last_position"]:
            self.next_commit()
        expect("commit id", event["commit_id"], self.commit["commit_id"])
        expect("recorded_at", event["recorded_at"], self.commit["recorded_at"])
        if self.recorded_at is not None and event["recorded_at"] < self.recorded_at:
            raise Wrong("recorded_at goes back")
        self.recorded_at = event["recorded_at"]
        stream = event["stream"]
        self.versions[stream] = self.versions.get(stream, 0) + 1
        expect("version in " + stream, event["version"], self.versions[stream])
        leaf = leaf_of(envelope(self.store, event, self.commit_hash, self.take_parts()))
        expect("leaf", event["leaf_hash"], leaf)
        if self.position == 1:
            self.check_genesis(event)
        self.tree.append(leaf)
        if self.position in self.roots:
            expect("checkpoint", self.roots.pop(self.position), self.tree.root())

    def next_commit(self):
        self.commit = next(self.commits, {"first_position": None})
        expect("first position of the commit", self.commit["first_position"], self.position)
        if self.commit["last_position"] < self.position:
            raise Wrong("the commit ends before it begins")
        self.commit_hash = sha256(commit_bytes(self.store, self.commit))

    def take_parts(self):
        taken = []
        while self.part and self.part["position"] <= self.position:
            part, self.part = self.part, next(self.parts, None)
            expect("position of part " + part["part"], part["position"], self.position)
            if part["ciphertext"] is not None:
                expect("ciphertext hash of part " + part["part"],
                       part["ciphertext_hash"], sha256(part["ciphertext"]))
            elif (part["key_id"] not in self.destroyed
                  and (part["position"], part["part"]) not in self.erased):
                raise Wrong("part %s is gone, but its key was not destroyed" % part["part"])
            taken.append(part)
        return taken

    def check_genesis(self, event):
        expect("the genesis event", [event["event_type"], event["stream"],
               event["schema_version"], event["corrects"]], ["StoreCreated", "programme", 1, None])
        body = json.loads(event["body"])
        expect("members of the genesis", sorted(body), ["kind", "municipality", "store"])
        expect("store", body["store"], str(uuid.UUID(bytes=self.store)))
        expect("kind", body["kind"], self.head["kind"])

    def check_end(self):
        if self.position == 1:
            raise Wrong("the genesis event is missing")
        expect("the head's position", self.head["position"], self.position - 1)
        expect("the head's recorded_at", self.head["recorded_at"], self.recorded_at)
        expect("the head's frontier", self.head["frontier"], self.tree.frontier())
        expect("sealed part without an event", self.part and self.part["position"], None)
        expect("commit without an event", next(self.commits, {}).get("first_position"), None)
        expect("checkpoints beyond the head", sorted(self.roots), [])
        streams = rows(self.db, "SELECT stream, category, version FROM streams")
        streams = {s["stream"]: (s["category"], s["version"]) for s in streams}
        if streams != {s: (s.partition("-")[0], v) for s, v in self.versions.items()}:
            raise Wrong("the table of streams does not agree with the events")


def check_store(path, key, notes):
    db = sqlite3.connect(pathlib.Path(path).resolve().as_uri() + "?mode=ro", uri=True)
    db.isolation_level = None
    try:
        db.execute("BEGIN")  # one snapshot, also while the program is writing
        log = Log(db, key, notes)
    except (sqlite3.Error, StopIteration) as problem:
        raise OSError("%s is no store that can be read: %s" % (path, problem)) from problem
    return log.check()


def main(arguments):
    try:
        if len(arguments) == 2 and arguments[0] == "--vectors":
            print(check_vectors(arguments[1]))
        elif arguments and not arguments[0].startswith("-"):
            texts = [pathlib.Path(path).read_text(encoding="utf-8") for path in arguments[1:]]
            key = PublicKey(texts[0]) if texts else None
            print(check_store(arguments[0], key, [Note(text) for text in texts[1:]]))
        else:
            print(__doc__, file=sys.stderr)
            return 2
    except Wrong as wrong:
        print("wrong: %s" % wrong, file=sys.stderr)
        return 7
    except (OSError, sqlite3.Error) as problem:
        print(problem, file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
