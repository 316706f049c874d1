//! What proves that leaves are in a tree, and that one tree is the beginning of another.

use super::{Frontier, node, root_of};
use crate::envelope::Hash;

#[cfg(test)]
mod tests;

/// The fewest hashes that, with some leaves, make the root: those of the subtrees beside them.
///
/// They stand from left to right. `chosen` are leaf numbers from 0, ascending, each once.
pub fn cover(leaves: &[Hash], chosen: &[u64]) -> Vec<Hash> {
    let mut hashes = Vec::new();
    collect(leaves, 0, chosen, &mut hashes);
    hashes
}

fn collect(leaves: &[Hash], from: u64, chosen: &[u64], hashes: &mut Vec<Hash>) {
    if chosen.is_empty() {
        hashes.push(root_of(leaves.iter().copied()));
    } else if leaves.len() > 1 {
        let half = leaves.len().next_power_of_two() / 2;
        let middle = from + half as u64;
        let (left, right) = leaves.split_at(half);
        let (before, after) = chosen.split_at(chosen.partition_point(|leaf| *leaf < middle));
        collect(left, from, before, hashes);
        collect(right, middle, after, hashes);
    }
}

/// The root that leaves and the hashes beside them make; none when they do not fit together.
///
/// `chosen` are leaf numbers from 0 with their hashes, ascending, each once.
pub fn root_from_cover(size: u64, chosen: &[(u64, Hash)], hashes: &[Hash]) -> Option<Hash> {
    let in_order = chosen.is_sorted_by(|(left, _), (right, _)| left < right);
    let fits = chosen.last().is_none_or(|(last, _)| *last < size);
    let mut hashes = hashes.iter();
    let root = rebuild(size, 0, chosen, &mut hashes).filter(|_| size > 0 && in_order && fits)?;
    hashes.next().is_none().then_some(root)
}

fn rebuild(
    size: u64,
    from: u64,
    chosen: &[(u64, Hash)],
    hashes: &mut std::slice::Iter<'_, Hash>,
) -> Option<Hash> {
    match chosen {
        [] => hashes.next().copied(),
        [(_, only)] if size == 1 => Some(*only),
        _ if size <= 1 => None,
        _ => {
            let half = size.checked_next_power_of_two()? / 2;
            let middle = from + half;
            let (before, after) = chosen.split_at(chosen.partition_point(|(n, _)| *n < middle));
            let left = rebuild(half, from, before, hashes)?;
            let right = rebuild(size - half, middle, after, hashes)?;
            Some(node(&left, &right))
        }
    }
}

/// RFC 6962, 2.1.2: what proves that the tree of the first `old` leaves is a beginning of this one.
pub fn consistency(leaves: &[Hash], old: usize) -> Vec<Hash> {
    let mut path = Vec::new();
    let (mut leaves, mut old, mut is_whole) = (leaves, old, true);
    if old == 0 || old >= leaves.len() {
        return path;
    }
    while old < leaves.len() {
        let half = leaves.len().next_power_of_two() / 2;
        let (left, right) = leaves.split_at(half);
        let (aside, rest) = if old <= half { (right, left) } else { (left, right) };
        path.push(root_of(aside.iter().copied()));
        is_whole &= old <= half;
        old = if old <= half { old } else { old - half };
        leaves = rest;
    }
    // The old tree itself is known to whoever checks; a part of it is not.
    if !is_whole {
        path.push(root_of(leaves.iter().copied()));
    }
    path.reverse();
    path
}

/// Whether a path proves that one tree is a beginning of another.
pub fn is_consistent(old: (u64, &Hash), new: (u64, &Hash), path: &[Hash]) -> bool {
    let ((old_size, old_root), (new_size, new_root)) = (old, new);
    if old_size == 0 || old_size >= new_size {
        let same = old_size == new_size && old_root == new_root;
        let empty = old_size == 0 && *old_root == Frontier::new().root();
        return path.is_empty() && (same || (empty && old_size < new_size));
    }
    // RFC 9162, 2.1.4.2, which walks from the last leaf of the old tree upwards.
    let whole = old_size.is_power_of_two().then_some(*old_root);
    let mut path = whole.into_iter().chain(path.iter().copied());
    let (mut place, mut last) = (old_size - 1, new_size - 1);
    let shared = place.trailing_ones();
    (place, last) = (place >> shared, last >> shared);
    let Some(first) = path.next() else { return false };
    let (mut old_made, mut new_made) = (first, first);
    for hash in path {
        if last == 0 {
            return false;
        }
        if place & 1 == 1 || place == last {
            (old_made, new_made) = (node(&hash, &old_made), node(&hash, &new_made));
            let up = if place & 1 == 1 { 0 } else { place.trailing_zeros().min(63) };
            (place, last) = (place >> up, last >> up);
        } else {
            new_made = node(&new_made, &hash);
        }
        (place, last) = (place >> 1, last >> 1);
    }
    last == 0 && old_made == *old_root && new_made == *new_root
}
