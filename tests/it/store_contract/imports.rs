//! What became of imported lines is kept outside the log.

use super::support::*;

on_both! {
    the_first_outcome_of_a_line_stands_until_it_is_decided_again,
}

async fn the_first_outcome_of_a_line_stands_until_it_is_decided_again(on: On) {
    let (place, store) = sandbox(on).await;
    let line = |outcome: &str| vec![("hash-1".to_owned(), outcome.to_owned())];
    store.keep_import_outcomes(&line("refused"), false).await.unwrap();
    store.keep_import_outcomes(&line("accepted"), false).await.unwrap();
    store.close().await.unwrap();
    let store = place.reopen().await;
    let keys = ["hash-1".to_owned(), "hash-2".to_owned()];
    let found = store.import_outcomes(&keys).await.unwrap();
    assert_eq!((found.len(), found["hash-1"].as_str()), (1, "refused"));
    store.keep_import_outcomes(&line("accepted"), true).await.unwrap();
    assert_eq!(store.import_outcomes(&keys).await.unwrap()["hash-1"], "accepted");
    assert_eq!(store.head().await.unwrap().position.get(), 1);
}
