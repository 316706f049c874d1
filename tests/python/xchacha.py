"""XChaCha20-Poly1305 by hand, with nothing but Python: for test vectors, never for secrets.

It is slow and does not run in constant time. Run as a program, it checks itself against the
known answer of draft-irtf-cfrg-xchacha-03, A.3.1.
"""
import struct


def _quarter(x, a, b, c, d):
    for first, second, third, turn in ((a, b, d, 16), (c, d, b, 12), (a, b, d, 8), (c, d, b, 7)):
        x[first] = (x[first] + x[second]) & 0xFFFFFFFF
        mixed = x[third] ^ x[first]
        x[third] = ((mixed << turn) | (mixed >> (32 - turn))) & 0xFFFFFFFF


def _rounds(state):
    x = list(state)
    for _ in range(10):
        for column in range(4):
            _quarter(x, column, 4 + column, 8 + column, 12 + column)
        for start in range(4):
            _quarter(x, start, 4 + (start + 1) % 4, 8 + (start + 2) % 4, 12 + (start + 3) % 4)
    return x


def _state(key, last_row):
    return struct.unpack("<16I", b"expand 32-byte k" + key + last_row)


def _hchacha20(key, nonce16):
    x = _rounds(_state(key, nonce16))
    return struct.pack("<8I", *(x[:4] + x[12:]))


def _block(key, counter, nonce12):
    state = _state(key, struct.pack("<I", counter) + nonce12)
    mixed = _rounds(state)
    return struct.pack("<16I", *((a + b) & 0xFFFFFFFF for a, b in zip(mixed, state)))


def _chacha20(key, nonce12, data):
    out = bytearray()
    for at in range(0, len(data), 64):
        stream = _block(key, 1 + at // 64, nonce12)
        out += bytes(a ^ b for a, b in zip(data[at:at + 64], stream))
    return bytes(out)


def _poly1305(key, message):
    r = int.from_bytes(key[:16], "little") & 0x0FFFFFFC0FFFFFFC0FFFFFFC0FFFFFFF
    total = 0
    for at in range(0, len(message), 16):
        block = message[at:at + 16] + b"\x01"
        total = (total + int.from_bytes(block, "little")) * r % ((1 << 130) - 5)
    total += int.from_bytes(key[16:], "little")
    return (total & ((1 << 128) - 1)).to_bytes(16, "little")


def _tag(key, nonce12, data, ciphertext):
    def padded(text):
        return text + bytes(-len(text) % 16)
    lengths = struct.pack("<QQ", len(data), len(ciphertext))
    return _poly1305(_block(key, 0, nonce12)[:32], padded(data) + padded(ciphertext) + lengths)


def encrypt(key, nonce, data, plaintext):
    """The ciphertext followed by its 16-byte tag."""
    subkey, nonce12 = _hchacha20(key, nonce[:16]), bytes(4) + nonce[16:]
    ciphertext = _chacha20(subkey, nonce12, plaintext)
    return ciphertext + _tag(subkey, nonce12, data, ciphertext)


def decrypt(key, nonce, data, sealed):
    """The plaintext, or ValueError when key, nonce, data or bytes are not the right ones."""
    subkey, nonce12 = _hchacha20(key, nonce[:16]), bytes(4) + nonce[16:]
    ciphertext, tag = sealed[:-16], sealed[-16:]
    if _tag(subkey, nonce12, data, ciphertext) != tag:
        raise ValueError("the seal does not open")
    return _chacha20(subkey, nonce12, ciphertext)


def check():
    """Raises AssertionError unless the published answer comes out."""
    key, nonce = bytes(range(0x80, 0xA0)), bytes(range(0x40, 0x58))
    data = bytes.fromhex("50515253c0c1c2c3c4c5c6c7")
    text = (b"Ladies and Gentlemen of the class of '99: If I could offer you only one tip for "
            b"the future, sunscreen would be it.")
    answer = bytes.fromhex(
        "bd6d179d3e83d43b9576579493c0e939572a1700252bfaccbed2902c21396cbb731c7f1b0b4aa6440bf3a82f"
        "4eda7e39ae64c6708c54c216cb96b72e1213b4522f8c9ba40db5d945b11b69b982c1bb9e3f3fac2bc369488f"
        "76b2383565d3fff921f9664c97637da9768812f615c68b13b52e"
        "c0875924c1c7987947deafd8780acf49")
    assert encrypt(key, nonce, data, text) == answer
    assert decrypt(key, nonce, data, answer) == text


if __name__ == "__main__":
    check()
    print("ok: the published answer comes out")
