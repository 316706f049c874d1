//! The independent verifier in Python says what we say: about random proofs, whole and changed.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use serde_json::Value;
use spor_store::note::PublicKey;
use spor_store::proof::Proof;
use spor_store::{Expected, SavedCheckpoint, Store, StreamName};

use super::proving::sign;
use super::sealing::record_note;
use super::support::*;
use super::tampering::Dice;

/// Logs of random growth, each with this many checkpoints and proofs at each.
const LOGS: u64 = 4;
const CHECKPOINTS: usize = 13;
const PROOFS: usize = 4;

/// Some commits of some events to some cases, now and then with a sealed note.
async fn grow(store: &Store, dice: &mut Dice) {
    for _ in 0..=dice.roll(9) {
        let name = format!("case-C-{:03}", dice.roll(6));
        if dice.roll(4) == 0 {
            record_note(store, &name, "æøå").await;
            continue;
        }
        let events = (0..=dice.roll(3))
            .map(|_| (stream(&format!("case-C-{:03}", dice.roll(6))), fact("GoalSet")));
        let mut request = append_any(&name);
        request.events.extend(events);
        request.expected = Expected::Any;
        request.commit.on_behalf_of = (dice.roll(2) == 0).then(|| "staff-K-07".to_owned());
        request.events[0].1.corrects =
            (dice.roll(3) == 0).then(|| spor_store::EventId::new(fresh_id()));
        store.append(request).await.unwrap();
    }
}

async fn random_proof(store: &Store, saved: &[SavedCheckpoint], dice: &mut Dice) -> Proof {
    let streams: Vec<StreamName> = (0..6)
        .filter(|_| dice.roll(3) == 0)
        .map(|number| stream(&format!("case-C-{number:03}")))
        .collect();
    let at = dice.roll(saved.len());
    let earlier = (dice.roll(2) == 0).then(|| saved[dice.roll(at + 1)].note.as_str());
    store.prove(&streams, &saved[at], earlier).await.unwrap()
}

/// One value somewhere inside is made another one.
fn change(value: &mut Value, dice: &mut Dice) {
    match value {
        Value::Array(items) if !items.is_empty() => {
            let (count, kind) = (items.len(), dice.roll(5));
            let at = dice.roll(count);
            match kind {
                0 => drop(items.remove(at)),
                1 => items.insert(at, items[at].clone()),
                2 if count > 1 => items.swap(at, (at + 1) % count),
                _ => change(&mut items[at], dice),
            }
        }
        Value::Array(items) => items.push(Value::Null),
        Value::Object(members) => {
            let at = dice.roll(members.len());
            let name = members.keys().nth(at).unwrap().clone();
            if dice.roll(9) == 0 {
                members.remove(&name);
            } else {
                change(members.get_mut(&name).unwrap(), dice);
            }
        }
        Value::String(text) => {
            let mut letters: Vec<char> = text.chars().collect();
            if letters.is_empty() {
                return text.push('0');
            }
            let at = dice.roll(letters.len());
            match dice.roll(4) {
                0 => letters.insert(at, '0'),
                1 => drop(letters.remove(at)),
                2 => letters[at] = letters[at].to_ascii_uppercase(),
                _ => {}
            }
            if letters.iter().collect::<String>() == *text {
                letters[at] = if letters[at] == 'b' { 'c' } else { 'b' };
            }
            *text = letters.into_iter().collect();
        }
        Value::Number(number) => *value = Value::from(number.as_i64().unwrap() + 1),
        Value::Null => *value = Value::from(""),
        Value::Bool(_) => unreachable!("a proof has no such value"),
    }
}

/// A whole proof, the same with one value changed, and the same with one byte changed.
fn variants(proof: &Proof, dice: &mut Dice) -> [(Vec<u8>, bool); 3] {
    let text = proof.to_json();
    let mut value: Value = serde_json::from_str(&text).unwrap();
    change(&mut value, dice);
    let mut bytes = text.clone().into_bytes();
    let at = loop {
        let at = dice.roll(bytes.len());
        if !bytes[at].is_ascii_whitespace() {
            break at;
        }
    };
    bytes[at] ^= 1 << dice.roll(7);
    [(text.into_bytes(), true), (value.to_string().into_bytes(), false), (bytes, false)]
}

fn we_say(bytes: &[u8], key: &PublicKey) -> bool {
    let text = str::from_utf8(bytes).ok();
    text.is_some_and(|text| Proof::parse(text).and_then(|proof| proof.check(key)).is_ok())
}

fn python_says(key: &PathBuf, files: &[PathBuf]) -> Vec<bool> {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/python/verify_proof.py");
    let output = Command::new("python3").arg(script).arg(key).args(files).output();
    let output = output.expect("Python 3 is here");
    let told = String::from_utf8(output.stdout).unwrap();
    assert!(
        matches!(output.status.code(), Some(0 | 7)),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    told.lines().map(|line| line.starts_with("proven: ")).collect()
}

#[tokio::test]
async fn python_and_we_agree_on_random_proofs_whole_and_changed() {
    let mut proven = 0;
    for seed in 0..LOGS {
        let mut dice = Dice(seed);
        let (place, store) = sandbox(On::Sqlite).await;
        let key = PublicKey::open(&place.keys.public()).unwrap();
        let (mut saved, mut files, mut expected) = (Vec::new(), Vec::new(), Vec::new());
        for _ in 0..CHECKPOINTS {
            grow(&store, &mut dice).await;
            saved.push(sign(&place, &store).await);
            for _ in 0..PROOFS {
                let proof = random_proof(&store, &saved, &mut dice).await;
                for (bytes, is_whole) in variants(&proof, &mut dice) {
                    let file = place.folder.path().join(format!("{}.json", files.len()));
                    fs::write(&file, &bytes).unwrap();
                    assert_eq!(we_say(&bytes, &key), is_whole, "{}", file.display());
                    files.push(file);
                    expected.push(is_whole);
                    proven += usize::from(is_whole);
                }
            }
        }
        let told = python_says(&place.keys.public(), &files);
        assert_eq!(told.len(), expected.len());
        for (told, (expected, file)) in told.into_iter().zip(expected.into_iter().zip(files)) {
            let text = || String::from_utf8_lossy(&fs::read(&file).unwrap()).into_owned();
            assert_eq!(told, expected, "{}", text());
        }
    }
    assert!(proven >= 200, "{proven}");
}
