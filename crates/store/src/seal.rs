//! Personal text under a person's key: destroying the key erases the text.
//!
//! What is sealed is bound to its place, so a ciphertext that is moved to another event, stream,
//! part or key does not open. `docs/format.md` is the authority.

use chacha20poly1305::{AeadInOut, KeyInit, XChaCha20Poly1305, XNonce};
use uuid::Uuid;

use crate::envelope::Fields;

#[cfg(test)]
mod tests;

/// The word that opens the associated data of a sealed part.
pub const SEALED_FORMAT: &str = "spor/sealed/1";
/// The word that opens the associated data of a wrapped key.
pub const KEY_FORMAT: &str = "spor/key/1";

/// Bytes: plaintexts are padded to whole steps, so that lengths tell little.
const STEP_BYTES: usize = 64;
const LENGTH_BYTES: usize = 4;
const NONCE_BYTES: usize = 24;
const KEY_BYTES: usize = 32;
const TAG_BYTES: usize = 16;

/// A wrapped key has this many bytes: the nonce, the key, the tag.
pub const WRAPPED_BYTES: usize = NONCE_BYTES + KEY_BYTES + TAG_BYTES;

/// Where a sealed part belongs; it opens nowhere else.
#[derive(Clone, Copy, Debug)]
pub struct PartPlace<'a> {
    /// The event that carries the part.
    pub event_id: Uuid,
    /// The stream of that event.
    pub stream: &'a str,
    /// The part's name within the event.
    pub part: &'a str,
    /// The data key that seals it.
    pub key_id: Uuid,
}

/// Whom a data key belongs to; it unwraps for nobody else.
#[derive(Clone, Copy, Debug)]
pub struct KeyPlace<'a> {
    /// The data key's own id.
    pub key_id: Uuid,
    /// The stream of the person whose key it is.
    pub subject: &'a str,
    /// `person`, `confidential` or `claims`.
    pub compartment: &'a str,
    /// Which key-encryption key wraps it, counted from 1.
    pub epoch: i64,
}

/// Why sealed bytes did not open.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unsealed {
    /// The key is another one, or the bytes or their place were changed.
    #[error("the seal does not open with this key at this place")]
    Refused,
    /// The seal opened, but what was inside does not follow the format.
    #[error("the seal opened, but its content does not follow the format")]
    Malformed,
}

/// Seals a text under a data key; the nonce must never have been used with that key before.
pub fn seal_part(
    key: &[u8; 32],
    nonce: &[u8; 24],
    place: &PartPlace<'_>,
    plaintext: &str,
) -> Vec<u8> {
    let padded = (LENGTH_BYTES + plaintext.len()).next_multiple_of(STEP_BYTES);
    let mut buffer = Vec::with_capacity(padded + TAG_BYTES);
    Fields(&mut buffer).text(plaintext);
    buffer.resize(padded, 0);
    encrypt(key, nonce, &part_data(place), &mut buffer);
    buffer
}

/// Opens what [`seal_part`] sealed for the same place.
pub fn open_part(
    key: &[u8; 32],
    nonce: &[u8; 24],
    place: &PartPlace<'_>,
    ciphertext: &[u8],
) -> Result<String, Unsealed> {
    let mut buffer = ciphertext.to_vec();
    decrypt(key, nonce, &part_data(place), &mut buffer)?;
    let (length, rest) = buffer.split_first_chunk::<LENGTH_BYTES>().ok_or(Unsealed::Malformed)?;
    let length = u32::from_be_bytes(*length) as usize;
    let (text, padding) = rest.split_at_checked(length).ok_or(Unsealed::Malformed)?;
    let whole = (LENGTH_BYTES + length).next_multiple_of(STEP_BYTES) == buffer.len();
    if !whole || padding.iter().any(|byte| *byte != 0) {
        return Err(Unsealed::Malformed);
    }
    str::from_utf8(text).map(str::to_owned).map_err(|_| Unsealed::Malformed)
}

/// Wraps a data key under the key-encryption key; the nonce leads the result.
pub fn wrap_key(
    kek: &[u8; 32],
    nonce: &[u8; 24],
    place: &KeyPlace<'_>,
    data_key: &[u8; 32],
) -> Vec<u8> {
    let mut sealed = Vec::with_capacity(KEY_BYTES + TAG_BYTES);
    sealed.extend_from_slice(data_key);
    encrypt(kek, nonce, &key_data(place), &mut sealed);
    [nonce.as_slice(), &sealed].concat()
}

/// Unwraps what [`wrap_key`] wrapped for the same place.
pub fn unwrap_key(
    kek: &[u8; 32],
    place: &KeyPlace<'_>,
    wrapped: &[u8],
) -> Result<[u8; 32], Unsealed> {
    let (nonce, sealed) = wrapped.split_first_chunk::<NONCE_BYTES>().ok_or(Unsealed::Malformed)?;
    let mut buffer = sealed.to_vec();
    decrypt(kek, nonce, &key_data(place), &mut buffer)?;
    buffer.try_into().map_err(|_| Unsealed::Malformed)
}

fn part_data(place: &PartPlace<'_>) -> Vec<u8> {
    let mut data = Vec::with_capacity(128);
    let mut fields = Fields(&mut data);
    fields.text(SEALED_FORMAT);
    fields.id(place.event_id);
    fields.text(place.stream);
    fields.text(place.part);
    fields.id(place.key_id);
    data
}

fn key_data(place: &KeyPlace<'_>) -> Vec<u8> {
    let mut data = Vec::with_capacity(128);
    let mut fields = Fields(&mut data);
    fields.text(KEY_FORMAT);
    fields.id(place.key_id);
    fields.text(place.subject);
    fields.text(place.compartment);
    fields.integer(place.epoch);
    data
}

fn encrypt(key: &[u8; 32], nonce: &[u8; 24], data: &[u8], buffer: &mut Vec<u8>) {
    XChaCha20Poly1305::new(key.into())
        .encrypt_in_place(&XNonce::from(*nonce), data, buffer)
        .expect("a text in memory is far below the cipher's limit of 256 GiB");
}

fn decrypt(
    key: &[u8; 32],
    nonce: &[u8; 24],
    data: &[u8],
    buffer: &mut Vec<u8>,
) -> Result<(), Unsealed> {
    XChaCha20Poly1305::new(key.into())
        .decrypt_in_place(&XNonce::from(*nonce), data, buffer)
        .map_err(|_| Unsealed::Refused)
}
