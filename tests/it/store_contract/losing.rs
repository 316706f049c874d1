//! Connections that are lost in the middle: what was stored is stored once, and work goes on.

use spor_store::{Append, KeyFiles, LedgerChange, Location, Open, OpenOptions, Position, Store};
use spor_tests::postgres;
use spor_tests::severed::{Cut, End, Wire};
use sqlx::Executor;

use super::support::*;

/// A store at the end of a wire that can be cut.
async fn wired() -> (Place, Wire, Store) {
    let (place, store) = sandbox(On::Postgres).await;
    store.close().await.unwrap();
    let wire = Wire::lay(postgres::shared().folder(), End::Closed);
    let name = place.database.as_ref().unwrap().url.rsplit('/').next().unwrap().to_owned();
    let location = Location::parse(&wire.url("spor_program", &name)).unwrap();
    let options = OpenOptions::new(Open::ReadWrite);
    let store = Store::open_with(&location, &place.keys, options).await.unwrap();
    (place, wire, store)
}

fn with_key(mut append: Append, key: &str) -> Append {
    append.commit.idempotency_key = Some(key.to_owned());
    append
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_commit_cut_off_before_or_after_it_was_made_is_stored_once() {
    let (_place, wire, store) = wired().await;
    let mut expected = 0;
    for cut in [Cut::BeforeCommit, Cut::BeforeAnswer] {
        for key in [None, Some(format!("{cut:?}"))] {
            let alone = append_at("case-A-1", expected);
            let alone = key.map_or(alone.clone(), |key| with_key(alone, &key));
            wire.cut_next(cut);
            let stored = store.append(alone).await.unwrap();
            assert!(wire.was_cut() && !stored.replayed, "{cut:?}");
            expected += 1;
            assert_eq!(stored.first.get(), 1 + expected);
        }
    }
    assert_eq!(positions(&store).await, (1..=1 + expected).collect::<Vec<_>>());
    store.verify(|_| {}).await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_group_cut_off_at_its_commit_gets_the_answers_it_would_have_had() {
    let (_place, wire, store) = wired().await;
    for (round, cut) in [(0, Cut::BeforeAnswer), (1, Cut::BeforeCommit)] {
        let version = 2 * round;
        let mut changing = append_any("reminders-A-1");
        changing.ledger = vec![LedgerChange::AddressSuppressed {
            address: format!("k-{round}@kommune.example"),
            reason: "5.1.1".to_owned(),
        }];
        let group = vec![
            with_key(append_at("case-A-1", version), &format!("line-{round}")),
            append_at("case-A-1", version + 1),
            append_at("case-A-1", version + 1),
            changing,
        ];
        wire.cut_next(cut);
        let answers = store.append_all(group).await;
        assert!(wire.was_cut());
        let told: Vec<_> =
            answers.iter().map(|a| a.as_ref().map_or_else(|e| e.code(), |_| "stored")).collect();
        assert_eq!(told, ["stored", "stored", "conflict", "stored"], "{cut:?}");
        assert!(answers.iter().flatten().all(|appended| !appended.replayed));
    }
    assert_eq!(positions(&store).await, (1..=7).collect::<Vec<_>>());
    assert_eq!(store.suppressions().await.unwrap().len(), 2);
    store.verify(|_| {}).await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn writers_and_readers_live_through_sixteen_ends_of_all_connections() {
    let (place, store) = sandbox(On::Postgres).await;
    let writers: Vec<_> = (0..4)
        .map(|writer| {
            let store = store.clone();
            tokio::spawn(async move {
                let name = format!("case-L-{writer:02}");
                let mut stored = Vec::new();
                for version in 0..100 {
                    stored.push(store.append(append_at(&name, version)).await?.first.get());
                    store.head().await?;
                }
                spor_store::Result::<_>::Ok(stored)
            })
        })
        .collect();
    let mut admin = postgres::connect(&place.database.as_ref().unwrap().admin_url).await;
    let end = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity \
        WHERE datname = current_database() AND pid <> pg_backend_pid()";
    for round in 0..16 {
        // Each end comes after some work, so that none hits the same request again and again.
        let worked = format!("SELECT position >= {} FROM spor.log_head", 20 * round);
        let worked = || sqlx::query_scalar::<_, bool>(sqlx::AssertSqlSafe(worked.clone()));
        while !worked().fetch_one(&mut admin).await.unwrap() {
            tokio::time::sleep(std::time::Duration::from_millis(5)).await;
        }
        admin.execute(end).await.unwrap();
    }
    let mut stored = vec![1];
    for writer in writers {
        stored.extend(writer.await.unwrap().unwrap());
    }
    stored.sort_unstable();
    assert_eq!(stored, positions(&store).await);
    assert_eq!(stored, (1..=401).collect::<Vec<_>>());
    store.verify(|_| {}).await.unwrap();
    // The keyring comes back as well.
    super::sealing::record_note(&store, "case-L-99", "a note").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_two_servers_the_one_that_may_be_written_to_is_found_also_after_a_fail_over() {
    let mut primary = postgres::Cluster::new(
        "synchronous_standby_names = '*'\n\
        synchronous_commit = local",
    );
    primary.prepare();
    let standby = primary.replica("");
    let database = primary.database();
    let name = database.url.rsplit('/').next().unwrap();
    let hosts =
        format!("{},{}", primary.host("spor_program"), standby.host("").trim_start_matches('@'));
    let location = Location::parse(&format!("postgres://{hosts}/{name}")).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let keys = KeyFiles::beside(&Location::Sqlite(folder.path().join("spor.db")));
    let store = Store::create(&location, &keys, genesis()).await.unwrap();
    postgres::execute(
        &database.admin_url,
        &["ALTER SYSTEM SET synchronous_commit = 'on'", "SELECT pg_reload_conf()"],
    );

    let alone = Location::parse(&standby.url("spor_program", name)).unwrap();
    // What was written before the commits became synchronous may still be on its way.
    let refused = loop {
        let refused = Store::open(&alone, &keys, Open::ReadWrite).await.unwrap_err();
        if refused.code() != "store_not_found" {
            break refused;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    };
    assert_eq!(refused.code(), "read_only_replica");
    for version in 0..20 {
        store.append(append_at("case-A-1", version)).await.unwrap();
    }
    let reader = Store::open(&alone, &keys, Open::ReadOnly).await.unwrap();
    assert_eq!(reader.id(), store.id());
    reader.close().await.unwrap();

    primary.kill();
    let late = store.clone();
    let appending = tokio::spawn(async move { late.append(append_at("case-A-1", 20)).await });
    standby.promote();
    postgres::execute(
        &standby.url("postgres", name),
        &["ALTER SYSTEM SET synchronous_standby_names = ''", "SELECT pg_reload_conf()"],
    );
    appending.await.unwrap().unwrap();
    assert_eq!(positions(&store).await, (1..=22).collect::<Vec<_>>());
    assert_eq!(store.read_after(Position::ZERO, 100).await.unwrap().len(), 22);
    store.verify(|_| {}).await.unwrap();
    store.close().await.unwrap();
}
