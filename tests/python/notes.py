"""Signed notes (C2SP) and Ed25519 (RFC 8032), with Python's standard library only."""
import base64
import hashlib


class Wrong(Exception):
    """The first thing found that does not hold."""


# Ed25519, as in RFC 8032: points in extended coordinates (X, Y, Z, T), checked without a cofactor.
P = 2**255 - 19
Q = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P
ROOT = pow(2, (P - 1) // 4, P)


def add(a, b):
    """The sum of two points."""
    e = (a[1] - a[0]) * (b[1] - b[0]) % P
    f = (a[1] + a[0]) * (b[1] + b[0]) % P
    g, h = 2 * a[3] * b[3] * D % P, 2 * a[2] * b[2] % P
    x, z, t, y = f - e, h - g, h + g, f + e
    return x * z % P, t * y % P, z * t % P, x * y % P


def times(scalar, point):
    result = (0, 1, 1, 0)
    while scalar:
        if scalar & 1:
            result = add(result, point)
        point, scalar = add(point, point), scalar >> 1
    return result


def same(a, b):
    return (a[0] * b[2] - b[0] * a[2]) % P == 0 and (a[1] * b[2] - b[1] * a[2]) % P == 0


def decode(data):
    """The point that 32 bytes stand for."""
    y = int.from_bytes(data, "little")
    sign, y = y >> 255, y & (2**255 - 1)
    square = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    x = pow(square, (P + 3) // 8, P)
    if (x * x - square) % P:
        x = x * ROOT % P
    if y >= P or (x * x - square) % P or (x == 0 and sign):
        raise Wrong("32 bytes are no point of the curve")
    x = P - x if x & 1 != sign else x
    return x, y, 1, x * y % P


BASE = decode((4 * pow(5, P - 2, P) % P).to_bytes(32, "little"))


def is_signed(public, message, signature):
    """Whether an Ed25519 signature holds."""
    if len(public) != 32 or len(signature) != 64:
        return False
    try:
        key, r = decode(public), decode(signature[:32])
    except Wrong:
        return False
    s = int.from_bytes(signature[32:], "little")
    small = any(same(times(8, point), (0, 1, 1, 0)) for point in (key, r))
    if s >= Q or small:
        return False
    h = hashlib.sha512(signature[:32] + public + message).digest()
    h = int.from_bytes(h, "little") % Q
    return same(times(s, BASE), add(r, times(h, key)))


def unbase64(text):
    data = base64.b64decode(text, validate=True)
    if base64.b64encode(data).decode("ascii") != text:
        raise ValueError("base64 that can be written in another way")
    return data


class PublicKey:
    """The line of a file `spor.pub`: name+id+key."""

    def __init__(self, text):
        try:
            self.name, key_id, key = text.strip().split("+", 2)
            key = unbase64(key)
        except ValueError as problem:
            raise Wrong("this is no public key") from problem
        self.key = key[1:]
        self.id = hashlib.sha256(self.name.encode("utf-8") + b"\n" + key).digest()[:4]
        if key[:1] != b"\x01" or len(key) != 33 or self.id.hex() != key_id:
            raise Wrong("this is no public key")


class Note:
    """A checkpoint: origin, size and root, with its signatures."""

    def __init__(self, text):
        body, separator, signatures = text.rpartition("\n\n")
        lines = body.split("\n")
        try:
            if any(c < " " and c != "\n" for c in text) or not separator or not all(lines):
                raise ValueError("lines that are no note's")
            self.origin, size, root = lines[:3]
            if not (size.isascii() and size.isdigit() and str(int(size)) == size):
                raise ValueError("a size that is none")
            self.size, self.root, self.body = int(size), unbase64(root), body + "\n"
            if len(self.root) != 32 or self.size >= 2**63 or not signatures.endswith("\n"):
                raise ValueError("a root or an end that is none")
            self.signatures = [self.signature(line) for line in signatures[:-1].split("\n")]
        except ValueError as problem:
            raise Wrong("this is no signed checkpoint: %s" % problem) from problem

    @staticmethod
    def signature(line):
        mark, name, data = line.split(" ")
        data = unbase64(data)
        if mark != "\u2014" or not name or "+" in name or len(data) < 5:
            raise ValueError("a line is no signature")
        return name, data[:4], data[4:]

    def check(self, key):
        if self.origin != key.name:
            raise Wrong("it is of another log: %s, not %s" % (self.origin, key.name))
        ours = [data for name, key_id, data in self.signatures
                if (name, key_id) == (key.name, key.id)]
        if not ours or not all(is_signed(key.key, self.body.encode(), data) for data in ours):
            raise Wrong("the checkpoint is not signed by this key")
        return self
