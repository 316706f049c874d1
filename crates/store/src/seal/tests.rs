//! A seal opens at its own place, whole, or not at all.

use uuid::Uuid;

use super::{KeyPlace, PartPlace, Unsealed, WRAPPED_BYTES};
use super::{encrypt, open_part, part_data, seal_part, unwrap_key, wrap_key};

const KEY: [u8; 32] = [7; 32];
const NONCE: [u8; 24] = [9; 24];
const TEXT: &str = r#"{"note":"Øjvind vil gerne på ærø"}"#;

fn place() -> PartPlace<'static> {
    PartPlace {
        event_id: Uuid::from_u128(1),
        stream: "case-K-1001",
        part: "person",
        key_id: Uuid::from_u128(2),
    }
}

fn key_place() -> KeyPlace<'static> {
    KeyPlace { key_id: Uuid::from_u128(2), subject: "case-K-1001", compartment: "person", epoch: 1 }
}

#[test]
fn the_cipher_gives_the_answer_of_its_draft() {
    // draft-irtf-cfrg-xchacha-03, A.3.1: the first bytes and the tag.
    let key: [u8; 32] = std::array::from_fn(|at| 0x80 + u8::try_from(at).expect("less than 32"));
    let nonce: [u8; 24] = std::array::from_fn(|at| 0x40 + u8::try_from(at).expect("less than 32"));
    let data = b"\x50\x51\x52\x53\xc0\xc1\xc2\xc3\xc4\xc5\xc6\xc7";
    let mut buffer = b"Ladies and Gentlemen of the class of '99: If I could offer you only one \
        tip for the future, sunscreen would be it."
        .to_vec();
    encrypt(&key, &nonce, data, &mut buffer);
    assert_eq!(buffer[..8], *b"\xbd\x6d\x17\x9d\x3e\x83\xd4\x3b");
    assert_eq!(buffer[114..], *b"\xc0\x87\x59\x24\xc1\xc7\x98\x79\x47\xde\xaf\xd8\x78\x0a\xcf\x49");
}

#[test]
fn a_sealed_text_opens_at_its_own_place() {
    for length in [0, 1, 59, 60, 61, 124, 125, 5000] {
        let text = "x".repeat(length);
        let sealed = seal_part(&KEY, &NONCE, &place(), &text);
        assert_eq!(sealed.len() % 64, 16, "{length}");
        assert_eq!(open_part(&KEY, &NONCE, &place(), &sealed), Ok(text));
    }
    let sealed = seal_part(&KEY, &NONCE, &place(), TEXT);
    assert_eq!(sealed.len(), 64 + 16);
    assert_eq!(open_part(&KEY, &NONCE, &place(), &sealed).as_deref(), Ok(TEXT));
}

#[test]
fn a_sealed_text_opens_nowhere_else() {
    let sealed = seal_part(&KEY, &NONCE, &place(), TEXT);
    let elsewhere = [
        PartPlace { event_id: Uuid::from_u128(3), ..place() },
        PartPlace { stream: "case-K-1002", ..place() },
        PartPlace { part: "confidential", ..place() },
        PartPlace { key_id: Uuid::from_u128(3), ..place() },
    ];
    for other in elsewhere {
        assert_eq!(open_part(&KEY, &NONCE, &other, &sealed), Err(Unsealed::Refused), "{other:?}");
    }
    assert_eq!(open_part(&[8; 32], &NONCE, &place(), &sealed), Err(Unsealed::Refused));
    assert_eq!(open_part(&KEY, &[8; 24], &place(), &sealed), Err(Unsealed::Refused));
    for at in 0..sealed.len() {
        let mut changed = sealed.clone();
        changed[at] ^= 1;
        assert_eq!(open_part(&KEY, &NONCE, &place(), &changed), Err(Unsealed::Refused), "{at}");
    }
    assert_eq!(open_part(&KEY, &NONCE, &place(), b"short"), Err(Unsealed::Refused));
}

#[test]
fn a_seal_with_foreign_content_is_malformed() {
    let mut padded = [b"\x00\x00\x00\x02{}".as_slice(), &[0; 58]].concat();
    let mut wrong: Vec<Vec<u8>> = vec![vec![], vec![0; 3], padded[..63].to_vec()];
    wrong.push([padded.as_slice(), &[0; 64]].concat());
    wrong.push(padded.iter().copied().chain([1]).collect());
    padded[63] = 1;
    wrong.push(padded.clone());
    padded[..4].copy_from_slice(&[0xff; 4]);
    wrong.push(padded.clone());
    padded[..6].copy_from_slice(b"\x00\x00\x00\x3c\xff\xfe");
    wrong.push(padded);
    for mut content in wrong {
        encrypt(&KEY, &NONCE, &part_data(&place()), &mut content);
        assert_eq!(open_part(&KEY, &NONCE, &place(), &content), Err(Unsealed::Malformed));
    }
}

#[test]
fn a_wrapped_key_unwraps_for_its_own_person_only() {
    let data_key = [3; 32];
    let wrapped = wrap_key(&KEY, &NONCE, &key_place(), &data_key);
    assert_eq!(wrapped.len(), WRAPPED_BYTES);
    assert_eq!(unwrap_key(&KEY, &key_place(), &wrapped), Ok(data_key));
    let elsewhere = [
        KeyPlace { key_id: Uuid::from_u128(3), ..key_place() },
        KeyPlace { subject: "case-K-1002", ..key_place() },
        KeyPlace { compartment: "confidential", ..key_place() },
        KeyPlace { epoch: 2, ..key_place() },
    ];
    for other in elsewhere {
        assert_eq!(unwrap_key(&KEY, &other, &wrapped), Err(Unsealed::Refused), "{other:?}");
    }
    assert_eq!(unwrap_key(&[8; 32], &key_place(), &wrapped), Err(Unsealed::Refused));
    assert_eq!(unwrap_key(&KEY, &key_place(), b"short"), Err(Unsealed::Malformed));
}
