//! Making and opening a store; whose file it is.

use spor_store::{Kind, Location, Open, OpenOptions, Store};
use sqlx::{Connection, Executor};

use super::support::*;

const WRITE: OpenOptions = OpenOptions::new(Open::ReadWrite);
const READ: OpenOptions = OpenOptions::new(Open::ReadOnly);

async fn code(place: &Place) -> &'static str {
    place.open(WRITE).await.map_or_else(|error| error.code(), |_| "opened")
}

#[tokio::test]
async fn a_store_is_made_once_and_opened_again() {
    let (place, store) = sandbox(On::Sqlite).await;
    let head = store.head().await.unwrap();
    assert_eq!((head.position.get(), head.kind), (1, Kind::Sandbox));
    assert_eq!(head.recorded_at, instant("1900-01-01T00:00:00Z"));
    store.append(append_at("case-A-1", 0)).await.unwrap();
    let id = store.id();
    store.close().await.unwrap();
    let mut left: Vec<_> = std::fs::read_dir(place.folder.path())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    left.sort();
    assert_eq!(left, ["spor.db", "spor.kek", "spor.keys", "spor.pub", "spor.sign"]);
    let store = place.reopen().await;
    assert_eq!((store.id(), store.kind()), (id, Kind::Sandbox));
    assert_eq!(positions(&store).await, [1, 2]);
}

#[tokio::test]
async fn a_store_is_never_overwritten() {
    let (place, store) = sandbox(On::Sqlite).await;
    store.close().await.unwrap();
    let before = std::fs::read(place.path()).unwrap();
    let again = Store::create(&place.location, &place.keys, genesis()).await;
    assert_eq!(again.unwrap_err().code(), "store_exists");
    assert_eq!(std::fs::read(place.path()).unwrap(), before);
    assert_eq!(code(&place).await, "opened");
}

#[tokio::test]
async fn a_genesis_that_cannot_be_stored_leaves_nothing_behind() {
    let place = Place::empty(On::Sqlite);
    let mut genesis = genesis();
    genesis.events.clear();
    assert!(Store::create(&place.location, &place.keys, genesis).await.is_err());
    assert_eq!(std::fs::read_dir(place.folder.path()).unwrap().count(), 0);
}

#[tokio::test]
async fn a_store_that_is_not_there_is_not_made_by_opening() {
    let place = Place::empty(On::Sqlite);
    assert_eq!(code(&place).await, "store_not_found");
    assert!(!place.path().exists());
}

#[tokio::test]
async fn another_programs_file_is_refused_and_not_touched() {
    let place = Place::empty(On::Sqlite);
    let options =
        sqlx::sqlite::SqliteConnectOptions::new().filename(place.path()).create_if_missing(true);
    let mut foreign = sqlx::ConnectOptions::connect(&options).await.unwrap();
    foreign.execute("CREATE TABLE notes (note TEXT)").await.unwrap();
    foreign.close().await.unwrap();
    let before = std::fs::read(place.path()).unwrap();
    assert_eq!(code(&place).await, "not_a_store");
    assert_eq!(std::fs::read(place.path()).unwrap(), before);
    for bytes in [&b""[..], b"a letter", &[0x42; 4096]] {
        std::fs::write(place.path(), bytes).unwrap();
        assert_eq!(code(&place).await, "not_a_store");
    }
    std::fs::remove_file(place.path()).unwrap();
    std::fs::create_dir(place.path()).unwrap();
    assert_eq!(code(&place).await, "not_a_store");
}

#[tokio::test]
async fn a_keyring_is_not_a_store() {
    let (place, store) = sandbox(On::Sqlite).await;
    store.close().await.unwrap();
    let keyring = Location::Sqlite(place.keys.keyring.clone());
    let error = Store::open(&keyring, &place.keys, Open::ReadWrite).await.unwrap_err();
    assert_eq!(error.code(), "not_a_store");
}

#[tokio::test]
async fn a_newer_format_is_refused() {
    let (place, store) = sandbox(On::Sqlite).await;
    store.close().await.unwrap();
    let mut raw = place.raw().await;
    raw.run("PRAGMA user_version = 9999").await.unwrap();
    raw.close().await;
    let error = place.open(WRITE).await.unwrap_err();
    assert_eq!(error.code(), "newer_format");
    assert!(error.to_string().contains("9999"), "{error}");
}

#[tokio::test]
async fn a_reader_does_not_write() {
    let (place, store) = sandbox(On::Sqlite).await;
    let reader = place.open(READ).await.unwrap();
    assert_eq!(positions(&reader).await, [1]);
    assert!(reader.append(append_at("case-A-1", 0)).await.is_err());
    store.append(append_at("case-A-1", 0)).await.unwrap();
    assert_eq!(positions(&reader).await, [1, 2]);
    reader.close().await.unwrap();
    store.close().await.unwrap();
    let before = std::fs::read(place.path()).unwrap();
    let reader = place.open(READ).await.unwrap();
    assert_eq!(positions(&reader).await, [1, 2]);
    reader.close().await.unwrap();
    assert_eq!(std::fs::read(place.path()).unwrap(), before);
}

#[tokio::test]
async fn a_closed_store_says_so() {
    let (_place, store) = sandbox(On::Sqlite).await;
    let copy = store.clone();
    store.close().await.unwrap();
    assert_eq!(copy.append(append_at("case-A-1", 0)).await.unwrap_err().code(), "store_closed");
    assert_eq!(copy.head().await.unwrap_err().code(), "store_closed");
}

#[tokio::test]
async fn the_database_library_is_new_enough() {
    let (place, _store) = sandbox(On::Sqlite).await;
    let mut raw = place.raw().await;
    let found = raw.texts("SELECT sqlite_version()").await.remove(0);
    let numbers: Vec<u32> = found.split('.').map(|n| n.parse().unwrap()).collect();
    assert!(numbers >= vec![3, 51, 3], "{found}");
}

#[test]
fn a_location_is_a_path_with_or_without_its_scheme() {
    for text in ["spor.db", "sqlite:spor.db", "sqlite://spor.db"] {
        assert_eq!(
            Location::parse(text).unwrap().path().and_then(|path| path.to_str()),
            Some("spor.db")
        );
    }
    for text in ["", "sqlite:", "postgres:localhost", "mysql://localhost/spor"] {
        assert_eq!(Location::parse(text).unwrap_err().code(), "bad_location");
    }
}
