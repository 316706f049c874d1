//! The tree over all events: RFC 6962, kept as its frontier.
//!
//! The frontier holds the roots of the full subtrees that make up the log, largest first: never
//! more than 64 hashes. It is a cache; the leaves are the truth.

use sha2::{Digest, Sha256};

use crate::envelope::Hash;

pub mod proof;
#[cfg(test)]
mod tests;

const NODE_PREFIX: u8 = 0x01;
const SIZE_BYTES: usize = 8;
const HASH_BYTES: usize = 32;

/// The right edge of a tree, enough to add leaves and to know the root.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Frontier {
    size: u64,
    peaks: Vec<Hash>,
}

/// Stored bytes that are no frontier; rebuild it from the leaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the stored frontier of the tree has {found} bytes where {expected} belong")]
pub struct BadFrontier {
    /// How many bytes were found.
    pub found: usize,
    /// How many bytes a frontier of this size has.
    pub expected: usize,
}

impl Frontier {
    /// The frontier of the empty tree.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds the hash of the next leaf.
    pub fn append(&mut self, leaf: Hash) {
        // Each set bit at the low end is a full subtree that the new one completes.
        let kept = self.peaks.len() - self.size.trailing_ones() as usize;
        let completed = self.peaks.drain(kept..).rev();
        let subtree = completed.fold(leaf, |right, left| node(&left, &right));
        self.peaks.push(subtree);
        self.size += 1;
    }

    /// The root of the tree so far; of the empty tree, the hash of nothing.
    pub fn root(&self) -> Hash {
        let mut peaks = self.peaks.iter().rev();
        let Some(smallest) = peaks.next() else {
            return Sha256::digest([]).into();
        };
        peaks.fold(*smallest, |right, left| node(left, &right))
    }

    /// How many leaves the tree has: the position of the last one.
    pub fn size(&self) -> u64 {
        self.size
    }

    /// The frontier as bytes: the size, then the subtree roots, largest first.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(SIZE_BYTES + self.peaks.len() * HASH_BYTES);
        bytes.extend_from_slice(&self.size.to_be_bytes());
        self.peaks.iter().for_each(|peak| bytes.extend_from_slice(peak));
        bytes
    }

    /// Reads what [`Frontier::to_bytes`] wrote.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, BadFrontier> {
        let Some((size, peaks)) = bytes.split_first_chunk::<SIZE_BYTES>() else {
            return Err(BadFrontier { found: bytes.len(), expected: SIZE_BYTES });
        };
        let size = u64::from_be_bytes(*size);
        let (peaks, rest) = peaks.as_chunks::<HASH_BYTES>();
        let expected = size.count_ones() as usize;
        if peaks.len() != expected || !rest.is_empty() {
            let expected = SIZE_BYTES + expected * HASH_BYTES;
            return Err(BadFrontier { found: bytes.len(), expected });
        }
        Ok(Self { size, peaks: peaks.to_vec() })
    }
}

/// The root of the tree over these leaf hashes, in order.
pub fn root_of(leaves: impl IntoIterator<Item = Hash>) -> Hash {
    let mut frontier = Frontier::new();
    leaves.into_iter().for_each(|leaf| frontier.append(leaf));
    frontier.root()
}

fn node(left: &Hash, right: &Hash) -> Hash {
    let mut bytes = [NODE_PREFIX; 1 + 2 * HASH_BYTES];
    bytes[1..=HASH_BYTES].copy_from_slice(left);
    bytes[1 + HASH_BYTES..].copy_from_slice(right);
    Sha256::digest(bytes).into()
}
