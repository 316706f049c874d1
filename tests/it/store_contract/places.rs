//! Full disks, read-only folders, locks: said by name, within a second or the wait for the lock.

use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;
use std::time::{Duration, Instant};

use spor_store::{Open, OpenOptions, StoreError};

use super::support::*;

const A_SECOND: Duration = Duration::from_secs(1);

#[tokio::test]
async fn a_lock_of_another_process_is_named_after_the_wait() {
    let (place, store) = sandbox(On::Sqlite).await;
    store.close().await.unwrap();
    let options = OpenOptions { lock_wait_ms: 300, ..OpenOptions::new(Open::ReadWrite) };
    let store = place.open(options).await.unwrap();
    let mut other = place.raw().await;
    other.run("BEGIN IMMEDIATE").await.unwrap();
    let begun = Instant::now();
    let error = store.append(append_at("case-A-1", 0)).await.unwrap_err();
    assert_eq!(error.code(), "store_locked");
    assert!(begun.elapsed() >= Duration::from_millis(250) && begun.elapsed() < 2 * A_SECOND);
    // Reading goes on, and so does writing once the lock is gone.
    assert_eq!(positions(&store).await, [1]);
    other.run("ROLLBACK").await.unwrap();
    store.append(append_at("case-A-1", 0)).await.unwrap();
    assert_eq!(positions(&store).await, [1, 2]);
}

#[tokio::test]
async fn a_full_disk_is_named_and_nothing_is_half_written() {
    let (place, store) = sandbox(On::Sqlite).await;
    store.close().await.unwrap();
    let pages = std::fs::metadata(place.path()).unwrap().len() / 4096;
    let options = OpenOptions {
        max_pages: Some(u32::try_from(pages).unwrap() + 8),
        ..OpenOptions::new(Open::ReadWrite)
    };
    let store = place.open(options).await.unwrap();
    let mut stored = 1;
    let error = loop {
        let mut request = append_any("case-A-1");
        request.events[0].1.body = format!("\"{}\"", "x".repeat(3_000));
        let begun = Instant::now();
        match store.append(request).await {
            Ok(_) => stored += 1,
            Err(error) => {
                assert!(begun.elapsed() < A_SECOND, "{:?}", begun.elapsed());
                break error;
            }
        }
        assert!(stored < 100, "the disk never gets full");
    };
    let StoreError::Full { path, free_mib } = &error else {
        panic!("{error}");
    };
    assert_eq!(*path, place.path());
    assert!(free_mib.is_some() && error.to_string().contains("nothing was saved"), "{error}");
    let head = store.head().await.unwrap();
    assert_eq!(head.position.get(), stored);
    store.close().await.unwrap();
    // With room again it goes on where it was.
    let store = place.reopen().await;
    store.append(append_any("case-A-1")).await.unwrap();
    assert_eq!(store.verify(|_| {}).await.unwrap().head.get(), stored + 1);
}

#[tokio::test]
async fn a_folder_that_cannot_be_written_to_is_named() {
    let place = super::support::Place::empty(On::Sqlite);
    let location = spor_store::Location::Sqlite("/proc/spor.db".into());
    let created = spor_store::Store::create(&location, &place.keys, genesis()).await;
    let code = created.unwrap_err().code();
    assert!(["store_read_only", "store_not_found"].contains(&code), "{code}");
    assert!(!place.keys.kek.exists() && !place.keys.keyring.exists());
}

/// The administrator may write everywhere, so this test runs once more as somebody who may not.
#[tokio::test]
async fn a_read_only_store_is_named_and_can_still_be_read() {
    const FOLDER: &str = "SPOR_TEST_READ_ONLY_STORE";
    const NAME: &str = "a_read_only_store_is_named_and_can_still_be_read";
    const NOBODY: u32 = 65_534;
    if let Some(folder) = std::env::var_os(FOLDER) {
        let location = spor_store::Location::Sqlite(std::path::Path::new(&folder).join("spor.db"));
        let keys = spor_store::KeyFiles::beside(&location);
        let begun = Instant::now();
        let refused = spor_store::Store::open(&location, &keys, Open::ReadWrite).await;
        assert_eq!(refused.unwrap_err().code(), "store_read_only");
        assert!(begun.elapsed() < A_SECOND);
        let reader = spor_store::Store::open(&location, &keys, Open::ReadOnly).await.unwrap();
        assert_eq!(positions(&reader).await, [1]);
        return;
    }
    let (place, store) = sandbox(On::Sqlite).await;
    store.close().await.unwrap();
    let allow = |path: &std::path::Path, mode| {
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
    };
    let mut run = std::process::Command::new(std::env::current_exe().unwrap());
    run.args([NAME, "--nocapture"]).env(FOLDER, place.folder.path());
    allow(&place.path(), 0o444);
    allow(&place.keys.keyring, 0o400);
    if std::fs::OpenOptions::new().write(true).open(place.path()).is_ok() {
        for file in [&place.keys.kek, &place.keys.keyring] {
            std::os::unix::fs::chown(file, Some(NOBODY), Some(NOBODY)).unwrap();
        }
        // The program itself may lie where only the administrator may look.
        let program = place.folder.path().join("program");
        std::fs::copy(std::env::current_exe().unwrap(), &program).unwrap();
        allow(&program, 0o755);
        run = std::process::Command::new(program);
        run.args([NAME, "--nocapture"]).env(FOLDER, place.folder.path());
        run.current_dir("/").uid(NOBODY).gid(NOBODY);
    }
    allow(place.folder.path(), 0o555);
    let ran = run.output().unwrap();
    allow(place.folder.path(), 0o755);
    let said = String::from_utf8_lossy(&ran.stdout);
    assert!(ran.status.success() && said.contains("1 passed"), "{said}");
}
