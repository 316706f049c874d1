//! Notes are those of the C2SP specification; a note that is not, or not signed, is refused.

use super::{Checkpoint, Note, PublicKey, Signer};

/// The example of the Go checksum database, whose keys have the same form.
const GO_KEY: &str = "sum.golang.org+033de0ae+Ac4zctda0e5eza+HJyk9SxEdh+s3Ux18htTTAD8OuAn8";

fn signer() -> Signer {
    Signer::new("spor/trial".to_owned(), [7; 32])
}

fn note() -> String {
    let origin = "spor/trial".to_owned();
    signer().sign(&Checkpoint { origin, size: 20_852_163, root: [9; 32] })
}

#[test]
fn a_public_key_of_another_program_is_read_as_that_program_wrote_it() {
    let key = PublicKey::parse(GO_KEY).expect("a key of the same form");
    assert_eq!((key.origin(), key.to_string().as_str()), ("sum.golang.org", GO_KEY));
    assert!(PublicKey::parse(&GO_KEY.replace("033d", "033e")).is_none());
}

#[test]
fn a_signed_note_holds_for_its_key_alone() {
    let read: Note = note().parse().unwrap();
    assert_eq!((read.checkpoint.size, read.checkpoint.root), (20_852_163, [9; 32]));
    read.check(signer().public()).unwrap();
    let other = Signer::new("spor/trial".to_owned(), [8; 32]);
    assert_eq!(read.check(other.public()).unwrap_err().code(), "not_proven");
    let elsewhere = Signer::new("spor/other".to_owned(), [7; 32]);
    assert_eq!(read.check(elsewhere.public()).unwrap_err().code(), "other_log");
}

#[test]
fn signatures_of_others_are_passed_over_and_a_broken_one_of_ours_is_not() {
    let key = signer();
    let witness = Signer::new("witness.example".to_owned(), [3; 32]);
    let read: Note = note().parse().unwrap();
    let (_, line) = witness.sign(&read.checkpoint).rsplit_once("\n\n").map(own).unwrap();
    let both: Note = format!("{}{line}", note()).parse().unwrap();
    both.check(key.public()).unwrap();
    let forged = Checkpoint { size: 7, ..read.checkpoint };
    let (_, line) = key.sign(&forged).rsplit_once("\n\n").map(own).unwrap();
    let mixed: Note = format!("{}{line}", note()).parse().unwrap();
    assert_eq!(mixed.check(key.public()).unwrap_err().code(), "not_proven");
}

fn own((a, b): (&str, &str)) -> (String, String) {
    (a.to_owned(), b.to_owned())
}

#[test]
fn what_is_no_note_is_refused() {
    let good = note();
    for bad in [
        String::new(),
        good.replace("\n\n", "\n"),
        good.replace("20852163", "020852163"),
        good.replace("20852163", "-5"),
        good.replace("20852163", "99999999999999999999"),
        good.replace("CQkJ", "CQk"),
        good.replace('—', "-"),
        good.replace("spor/trial", ""),
        good.trim_end().to_owned(),
        good.replace('\n', "\r\n"),
    ] {
        let error = bad.parse::<Note>().unwrap_err();
        assert_eq!(error.code(), "bad_checkpoint", "{bad:?}");
    }
}
