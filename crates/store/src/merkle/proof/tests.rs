//! Proofs against a tree that is built from the definition, at every size and place.

use sha2::{Digest, Sha256};

use super::{consistency, cover, is_consistent, root_from_cover};
use crate::envelope::Hash;

const SIZES: usize = 34;

fn leaves(count: usize) -> Vec<Hash> {
    (0..count).map(|n| Sha256::digest(n.to_be_bytes()).into()).collect()
}

/// RFC 6962, section 2.1, word for word.
fn naive_root(leaves: &[Hash]) -> Hash {
    match leaves {
        [] => Sha256::digest([]).into(),
        [only] => *only,
        _ => {
            let (left, right) = leaves.split_at(leaves.len().next_power_of_two() / 2);
            let (left, right) = (naive_root(left), naive_root(right));
            Sha256::digest([b"\x01".as_slice(), &left, &right].concat()).into()
        }
    }
}

/// RFC 6962, section 2.1.2, word for word.
fn naive_consistency(m: usize, leaves: &[Hash], whole: bool) -> Vec<Hash> {
    if m == leaves.len() {
        return if whole { vec![] } else { vec![naive_root(leaves)] };
    }
    let k = leaves.len().next_power_of_two() / 2;
    let (left, right) = leaves.split_at(k);
    if m <= k {
        [naive_consistency(m, left, whole), vec![naive_root(right)]].concat()
    } else {
        [naive_consistency(m - k, right, false), vec![naive_root(left)]].concat()
    }
}

/// Another hash in one place, one too many, one too few.
fn spoiled(path: &[Hash]) -> Vec<Vec<Hash>> {
    let mut all = vec![[path, &[[5; 32]]].concat()];
    for at in 0..path.len() {
        let mut other = path.to_vec();
        other[at][at % 32] ^= 1;
        all.push(other);
        all.push([&path[..at], &path[at + 1..]].concat());
    }
    all
}

#[test]
fn consistency_is_that_of_the_standard_and_nothing_else_is_taken_for_it() {
    let all = leaves(SIZES);
    for new in 1..=SIZES {
        let (tree, root) = (&all[..new], naive_root(&all[..new]));
        for old in 1..=new {
            let old_root = naive_root(&all[..old]);
            let path = consistency(tree, old);
            assert_eq!(path, naive_consistency(old, tree, true), "{old} of {new}");
            let (from, to) = ((old as u64, &old_root), (new as u64, &root));
            assert!(is_consistent(from, to, &path), "{old} of {new}");
            for wrong in spoiled(&path) {
                assert!(!is_consistent(from, to, &wrong), "{old} of {new}");
            }
            for wrong in (0..=new + 2).filter(|wrong| *wrong != old) {
                let wrong = (wrong as u64, &old_root);
                assert!(!is_consistent(wrong, to, &path), "{old} of {new}: {wrong:?}");
            }
            let other = [9; 32];
            assert!(!is_consistent((old as u64, &other), to, &path));
            assert!(!is_consistent(from, (new as u64, &other), &path));
        }
    }
}

#[test]
fn any_leaves_with_the_hashes_beside_them_make_the_root_and_no_others_do() {
    let mut dice = 1_u64;
    let mut roll = || {
        dice = dice.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        dice >> 33
    };
    for size in 1..=SIZES {
        let all = leaves(size);
        let root = naive_root(&all);
        for _ in 0..40 {
            let mask = roll() << 31 | roll();
            let chosen: Vec<u64> = (0..size as u64).filter(|n| mask >> n & 1 == 1).collect();
            let hashes = cover(&all, &chosen);
            let told: Vec<_> =
                chosen.iter().map(|n| (*n, all[usize::try_from(*n).expect("small")])).collect();
            assert_eq!(root_from_cover(size as u64, &told, &hashes), Some(root));
            for wrong in spoiled(&hashes) {
                assert_ne!(root_from_cover(size as u64, &told, &wrong), Some(root));
            }
            for at in 0..told.len() {
                let mut wrong = told.clone();
                wrong[at].1[0] ^= 1;
                assert_ne!(root_from_cover(size as u64, &wrong, &hashes), Some(root));
                let mut wrong = told.clone();
                wrong[at].0 = (wrong[at].0 + 1 + roll() % 40) % 64;
                assert_ne!(root_from_cover(size as u64, &wrong, &hashes), Some(root));
            }
        }
    }
}

#[test]
fn sizes_beyond_all_reason_are_answered_at_once() {
    let far = [(1 << 62, [1; 32])];
    assert_eq!(root_from_cover(u64::MAX, &far, &[[2; 32]; 3]), None);
    assert_eq!(root_from_cover(u64::MAX, &[], &[[2; 32]]), Some([2; 32]));
    assert_eq!(root_from_cover(0, &[], &[[2; 32]]), None);
    assert!(!is_consistent((3, &[1; 32]), (u64::MAX, &[1; 32]), &[[2; 32]; 70]));
}
