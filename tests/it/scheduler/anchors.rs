//! Signed checkpoints leave the building: as files, and as a letter each day.

use std::path::PathBuf;

use spor_mail::address::Address;
use spor_scheduler::anchor::Anchors;
use spor_scheduler::tick::{Scheduler, Ticked};
use spor_store::note::{Note, PublicKey};
use spor_store::{Evidence, KeyFiles, Position, Signer};

use super::house::{House, at, on_both};

on_both! {
    the_audit_mailbox_gets_one_letter_a_day_also_on_a_sunday_without_news,
    each_checkpoint_is_dropped_as_a_file_of_its_own,
    a_folder_that_cannot_be_written_to_stops_no_reminder,
}

const AUDIT: &str = "revision@kommune.example";
const NAME: &str = "Alder";

struct Anchored {
    house: House,
    keys: KeyFiles,
    folder: PathBuf,
}

impl Anchored {
    async fn new() -> Self {
        let house = House::usual().await;
        let keys = house.place.keys.clone();
        let folder = house.place.folder.path().join("dropped");
        Self { house, keys, folder }
    }

    fn scheduler(&self) -> Scheduler {
        let anchors = Anchors {
            signer: Signer::open(&self.keys, self.house.store.id()).expect("a signing key"),
            folder: Some(self.folder.clone()),
            mailbox: Some(Address::parse(AUDIT).expect("an address")),
        };
        let relay = self.house.relay(self.house.server.port());
        self.house.scheduler_of(Some(relay), Some(anchors))
    }

    async fn tick(&self, now: &str) -> Ticked {
        self.scheduler().tick(at(now)).await.expect("a round")
    }

    fn audit_letters(&self) -> Vec<String> {
        let letters = self.house.server.letters().into_iter();
        letters.filter(|letter| letter.to == [AUDIT]).map(|letter| decoded(&letter.bytes)).collect()
    }

    fn files(&self) -> Vec<PathBuf> {
        let mut files: Vec<PathBuf> =
            std::fs::read_dir(&self.folder).unwrap().map(|file| file.unwrap().path()).collect();
        files.sort();
        files
    }
}

/// A letter as its reader sees it.
fn decoded(bytes: &[u8]) -> String {
    let text = String::from_utf8_lossy(bytes).replace("=\r\n", "").replace("\r\n", "\n");
    let mut bytes = Vec::new();
    let mut rest = text.as_str();
    while let Some((before, after)) = rest.split_once('=') {
        bytes.extend_from_slice(before.as_bytes());
        match after.get(..2).and_then(|digits| u8::from_str_radix(digits, 16).ok()) {
            Some(byte) => bytes.push(byte),
            None => bytes.extend_from_slice(&[b"=", &after.as_bytes()[..2]].concat()),
        }
        rest = &after[2..];
    }
    bytes.extend_from_slice(rest.as_bytes());
    String::from_utf8(bytes).unwrap()
}

fn note_in(letter: &str) -> Note {
    let from = letter.find("\nspor/").expect("the note begins a line") + 1;
    let mark = letter[from..].find('—').expect("a signature") + from;
    let to = letter[mark..].find('\n').expect("its line ends") + mark + 1;
    letter[from..to].parse().unwrap()
}

async fn the_audit_mailbox_gets_one_letter_a_day_also_on_a_sunday_without_news() {
    let anchored = Anchored::new().await;
    let early = anchored.tick("2026-02-07T05:29").await;
    assert_eq!((early.composed, early.anchor_fault), (0, None));
    for (now, letters) in [
        ("2026-02-07T05:30", 1),
        ("2026-02-07T05:31", 1),
        ("2026-02-07T20:00", 1),
        ("2026-02-08T05:29", 1),
        ("2026-02-08T05:30", 2),
        ("2026-02-09T05:30", 3),
    ] {
        assert_eq!(anchored.tick(now).await.anchor_fault, None, "{now}");
        assert_eq!(anchored.audit_letters().len(), letters, "{now}");
    }
    let letters = anchored.audit_letters();
    assert!(letters.iter().all(|letter| !letter.contains(NAME)));
    let public_key = PublicKey::open(&anchored.keys.public()).unwrap();
    let notes: Vec<Note> = letters.iter().map(|letter| note_in(letter)).collect();
    assert_eq!(notes[0], notes[1], "nothing was new on Sunday");
    let evidence = Evidence { public_key: Some(public_key), notes };
    anchored.house.store.verify_against(&evidence, |_| {}).await.unwrap();
}

async fn each_checkpoint_is_dropped_as_a_file_of_its_own() {
    let anchored = Anchored::new().await;
    let first = anchored.tick("2026-02-06T10:00").await;
    let size = anchored.house.store.head().await.unwrap().position.get();
    assert_eq!(first.checkpoint, Some(size));
    assert_eq!(anchored.files().len(), 1);
    assert_eq!(anchored.tick("2026-02-06T18:00").await.checkpoint, None, "nothing is new");
    anchored
        .house
        .record(&["2026-02-06 SessionHeld by=M-01 minutes=60"], at("2026-02-06T18:10"))
        .await;
    assert_eq!(anchored.tick("2026-02-06T18:20").await.checkpoint, Some(size + 1));
    let dropped: Vec<String> =
        anchored.files().iter().map(|file| std::fs::read_to_string(file).unwrap()).collect();
    let saved = anchored.house.store.log_checkpoints(Position::ZERO).await.unwrap();
    assert_eq!(dropped, saved.into_iter().map(|saved| saved.note).collect::<Vec<_>>());
}

async fn a_folder_that_cannot_be_written_to_stops_no_reminder() {
    let anchored = Anchored::new().await;
    std::fs::write(&anchored.folder, "a file where the folder should be").unwrap();
    let ticked = anchored.tick(super::NOTICE).await;
    assert!(ticked.anchor_fault.is_some());
    assert_eq!(ticked.sent, 2, "both reminders went out");
    std::fs::remove_file(&anchored.folder).unwrap();
    let ticked = anchored.tick("2026-02-09T07:00").await;
    assert_eq!(ticked.anchor_fault, None);
    assert_eq!(anchored.audit_letters().len(), 1, "the next round makes up for it");
}
