//! The volume of the next months over all cases, folded and reckoned side by side.

use std::panic::resume_unwind;
use std::sync::Arc;

use spor_domain::case::Case;
use spor_domain::ids::CaseRef;
use spor_history::load::{Folded, KnownAt, Memory};
use tokio::runtime::Handle;
use tokio::task::JoinSet;

use super::Outlook;
use super::tally::Tally;
use crate::error::Result;

/// Reckons the volume of every case that is known.
pub async fn forecast(
    memory: &Memory,
    known_at: KnownAt,
    outlook: &Arc<Outlook>,
    mut on_cases: impl FnMut(u64),
) -> Result<Tally> {
    let mut tally = Tally::new(outlook.span());
    let asked = Arc::clone(outlook);
    let of_batch = move |batch: Vec<Folded>| {
        let mut tally = Tally::new(asked.span());
        for (case, folded) in batch {
            match folded {
                Ok(folded) => tally.add(&asked.of(&case, &folded)),
                Err(_) => tally.unreadable += 1,
            }
        }
        tally
    };
    each_batch(memory, known_at, of_batch, |counted: Tally| {
        tally.merge(counted);
        on_cases(tally.cases);
    })
    .await?;
    Ok(tally)
}

/// Lets as many threads as there are cores fold cases and look at them while the next ones are read.
pub(crate) async fn each_batch<T: Send + 'static>(
    memory: &Memory,
    known_at: KnownAt,
    work: impl Fn(Vec<Folded>) -> T + Clone + Send + 'static,
    mut done: impl FnMut(T),
) -> Result<()> {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let mut at_work: JoinSet<Result<T>> = JoinSet::new();
    let mut scan = memory.scan_cases(None, known_at)?;
    loop {
        let batch = scan.read_next().await?;
        let is_last = batch.is_none();
        while at_work.len() >= cores || (is_last && !at_work.is_empty()) {
            if let Some(counted) = at_work.join_next().await {
                let counted = counted.unwrap_or_else(|error| resume_unwind(error.into_panic()));
                done(counted?);
            }
        }
        let Some(batch) = batch else {
            return Ok(());
        };
        let (work, runtime) = (work.clone(), Handle::current());
        at_work.spawn_blocking(move || Ok(work(runtime.block_on(batch.fold())?)));
    }
}

/// The cases of a batch that can be read.
pub(crate) fn readable(batch: Vec<Folded>) -> impl Iterator<Item = (CaseRef, Arc<Case>)> {
    batch.into_iter().filter_map(|(case, folded)| Some((case, folded.ok()?)))
}
