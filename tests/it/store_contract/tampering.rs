//! Two thousand changes past the triggers, of eight kinds, on copies of a store: all are found.
//!
//! Who changes the file knows everything but the signing key: leaves, tree and head are made anew
//! where that helps. What cannot be seen from inside is found by a checkpoint that was kept outside.

mod attacks;
mod rehash;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

use spor_store::note::PublicKey;
use spor_store::{Append, Evidence, Location, Log, Open, ReadSet, Version};
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection, SqliteJournalMode, SqliteSynchronous};
use sqlx::{AssertSqlSafe, ConnectOptions, Connection, Executor};

use super::proving::sign;
use super::sealing::record_note;
use super::support::*;
use attacks::Attack;

/// Changes of each of the eight kinds.
const EACH: u64 = 250;
/// Of each kind, so many are shown to the independent verifier too.
const SHOWN: u64 = 4;

/// The store that is changed again and again, and what was kept outside of it.
pub struct Scene {
    place: Place,
    triggers: String,
    evidence: Evidence,
    notes: Vec<String>,
    /// Signed notes that a forger has: of another log, and under another key.
    foreign: Vec<String>,
    size: i64,
}

/// Dice that fall the same in every run.
pub struct Dice(pub u64);

impl Dice {
    pub fn roll(&mut self, sides: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695);
        usize::try_from(self.0 >> 33).unwrap() % sides
    }
}

/// About forty events in five cases: commits of one and of several events, sealed notes,
/// corrections, three checkpoints saved, the newest of them also kept outside.
async fn scene() -> Scene {
    let (place, store) = sandbox(On::Sqlite).await;
    let mut notes = Vec::new();
    for round in 0..3 {
        for number in 0..5 {
            let name = format!("case-C-{number:03}");
            let mut request = append_any(&name);
            request.events[0].1.body = format!(r#"{{"round":{round},"of":{number}}}"#);
            request.events[0].1.corrects =
                (number == 2).then(|| spor_store::EventId::new(fresh_id()));
            request.commit.idempotency_key = Some(format!("key-{round}-{number}"));
            store.append(request).await.unwrap();
            if number < 3 {
                record_note(&store, &name, &format!("note {round} {number}")).await;
            }
        }
        let mut read = ReadSet::new();
        let several = stream(&format!("case-D-{round}0"));
        read.note(several.clone(), Version::ZERO);
        let events = (0..3).map(|_| (several.clone(), fact("GoalSet"))).collect();
        let at = instant(&format!("2026-03-1{round}T11:00:00Z"));
        store.append(Append { at, ..append(read, events) }).await.unwrap();
        notes.push(sign(&place, &store).await.note);
    }
    let size = store.head().await.unwrap().position.get();
    let (elsewhere, other) = sandbox(On::Sqlite).await;
    let foreign = vec![sign(&elsewhere, &other).await.note, forged(&notes[1])];
    store.close().await.unwrap();
    let mut raw = connect(&place.path()).await;
    let triggers: Vec<String> =
        sqlx::query_scalar("SELECT sql FROM sqlite_schema WHERE type = 'trigger'")
            .fetch_all(&mut raw)
            .await
            .unwrap();
    raw.close().await.unwrap();
    // From here on the file has no triggers; each copy gets them back after its change.
    place.tamper("PRAGMA journal_mode = DELETE").await;
    let public_key = PublicKey::open(&place.keys.public()).unwrap();
    let kept = vec![notes[2].parse().unwrap()];
    let evidence = Evidence { public_key: Some(public_key), notes: kept };
    Scene { place, triggers: triggers.join(";"), evidence, notes, foreign, size }
}

/// A note of the right log and size under a key of the forger's own.
fn forged(note: &str) -> String {
    let note: spor_store::note::Note = note.parse().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let location = Location::Sqlite(folder.path().join("forger.db"));
    let keys = spor_store::KeyFiles::beside(&location);
    let log = note.checkpoint.origin.strip_prefix("spor/").unwrap().parse().unwrap();
    let forger = spor_store::Signer::create(&keys, spor_store::StoreId::new(log)).unwrap();
    forger.sign(&note.checkpoint)
}

pub async fn connect(path: &Path) -> SqliteConnection {
    let options = SqliteConnectOptions::new()
        .filename(path)
        .journal_mode(SqliteJournalMode::Off)
        .synchronous(SqliteSynchronous::Off)
        .foreign_keys(false)
        .pragma("ignore_check_constraints", "ON");
    options.connect().await.unwrap()
}

/// A copy of the store with one change in it; none when this roll changes nothing.
async fn changed(scene: &Scene, attack: Attack, dice: &mut Dice) -> Option<(PathBuf, String)> {
    let path = scene.place.folder.path().join(format!("{attack:?}-{}.db", dice.0));
    fs::copy(scene.place.path(), &path).unwrap();
    let mut raw = connect(&path).await;
    let told = attack.carry_out(scene, &mut raw, dice).await;
    if told.is_some() {
        raw.execute(AssertSqlSafe(scene.triggers.clone())).await.unwrap();
    }
    raw.close().await.unwrap();
    match told {
        Some(told) => Some((path, told)),
        None => {
            fs::remove_file(&path).unwrap();
            None
        }
    }
}

async fn found(scene: &Scene, path: &Path) -> spor_store::Result<()> {
    let log = Log::open_without_keys(&Location::Sqlite(path.to_owned()), Open::ReadOnly).await?;
    let verified = log.verify_against(&scene.evidence, |_| {}).await;
    log.close().await?;
    verified.map(|_| ())
}

fn python_says(scene: &Scene, path: &Path) -> Option<i32> {
    let kept = scene.place.folder.path().join("kept.note");
    fs::write(&kept, &scene.notes[2]).unwrap();
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/python/verify_store.py");
    let mut command = Command::new("python3");
    command.arg(script).arg(path).arg(scene.place.keys.public()).arg(kept);
    command.output().expect("Python 3 is here").status.code()
}

async fn all_are_found(scene: Arc<Scene>, attack: Attack) {
    let mut dice = Dice(attack as u64 + 1);
    let mut done = 0;
    while done < EACH {
        let Some((path, told)) = changed(&scene, attack, &mut dice).await else {
            continue;
        };
        let verdict = found(&scene, &path).await;
        let code = verdict.expect_err(&format!("{attack:?} was not found: {told}")).code();
        assert!(code == "integrity_broken" || code == "other_log", "{attack:?}: {code}: {told}");
        if done < SHOWN {
            assert_eq!(python_says(&scene, &path), Some(7), "{attack:?}: {told}");
        }
        fs::remove_file(&path).unwrap();
        done += 1;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn every_change_of_every_kind_is_found() {
    let scene = Arc::new(scene().await);
    let path = scene.place.path();
    found(&scene, &path).await.expect("the store itself is in order");
    assert_eq!(python_says(&scene, &path), Some(0));
    let attacks = Attack::ALL.map(|attack| tokio::spawn(all_are_found(Arc::clone(&scene), attack)));
    for attack in attacks {
        attack.await.unwrap();
    }
}
