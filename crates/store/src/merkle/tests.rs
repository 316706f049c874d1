//! The known answers of RFC 6962's reference implementation.

use sha2::{Digest, Sha256};

use super::{BadFrontier, Frontier, root_of};
use crate::envelope::Hash;

const INPUTS: [&[u8]; 8] = [
    b"",
    b"\x00",
    b"\x10",
    b"\x20\x21",
    b"\x30\x31",
    b"\x40\x41\x42\x43",
    b"\x50\x51\x52\x53\x54\x55\x56\x57",
    b"\x60\x61\x62\x63\x64\x65\x66\x67\x68\x69\x6a\x6b\x6c\x6d\x6e\x6f",
];

const ROOTS: [&str; 9] = [
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
];

fn leaf(input: &[u8]) -> Hash {
    Sha256::digest([b"\x00", input].concat()).into()
}

fn hex(hash: Hash) -> String {
    use std::fmt::Write;
    hash.iter().fold(String::new(), |mut text, byte| {
        write!(text, "{byte:02x}").expect("writing to memory does not fail");
        text
    })
}

#[test]
fn roots_are_those_of_the_standard() {
    let mut frontier = Frontier::new();
    assert_eq!(hex(frontier.root()), ROOTS[0]);
    for (input, root) in INPUTS.iter().zip(&ROOTS[1..]) {
        frontier.append(leaf(input));
        assert_eq!(&hex(frontier.root()), root);
    }
    assert_eq!(frontier.size(), 8);
    assert_eq!(root_of(INPUTS.iter().map(|input| leaf(input))), frontier.root());
}

/// RFC 6962, section 2.1, word for word: split at the largest power of two below the size.
fn root_by_definition(leaves: &[Hash]) -> Hash {
    match leaves {
        [] => Sha256::digest([]).into(),
        [only] => *only,
        _ => {
            let (left, right) = leaves.split_at(leaves.len().next_power_of_two() / 2);
            let (left, right) = (root_by_definition(left), root_by_definition(right));
            Sha256::digest([b"\x01".as_slice(), &left, &right].concat()).into()
        }
    }
}

#[test]
fn the_frontier_agrees_with_the_definition_at_every_size() {
    let leaves: Vec<Hash> = (0..200_u32).map(|n| leaf(&n.to_be_bytes())).collect();
    let mut frontier = Frontier::new();
    for (index, hash) in leaves.iter().enumerate() {
        frontier.append(*hash);
        assert_eq!(frontier.root(), root_by_definition(&leaves[..=index]), "size {}", index + 1);
    }
}

#[test]
fn a_stored_frontier_goes_on_where_it_stopped() {
    let mut frontier = Frontier::new();
    for input in INPUTS {
        let mut stored = Frontier::from_bytes(&frontier.to_bytes()).expect("it was just written");
        assert_eq!(stored, frontier);
        frontier.append(leaf(input));
        stored.append(leaf(input));
        assert_eq!(stored.root(), frontier.root());
    }
    assert_eq!(frontier.to_bytes().len(), 8 + 32);
}

#[test]
fn bytes_of_another_length_are_no_frontier() {
    let mut frontier = Frontier::new();
    INPUTS[..7].iter().for_each(|input| frontier.append(leaf(input)));
    let bytes = frontier.to_bytes();
    assert_eq!(bytes.len(), 8 + 3 * 32);
    for wrong in
        [&bytes[..bytes.len() - 1], &bytes[..8 + 2 * 32], &[bytes.as_slice(), b"x"].concat()]
    {
        let error = BadFrontier { found: wrong.len(), expected: bytes.len() };
        assert_eq!(Frontier::from_bytes(wrong), Err(error));
    }
    let error = BadFrontier { found: 3, expected: 8 };
    assert_eq!(Frontier::from_bytes(b"abc"), Err(error));
}
