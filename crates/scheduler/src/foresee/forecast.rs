//! The volume of the next months over all cases, reckoned side by side.

use std::sync::Arc;

use super::Outlook;
use super::cases::{Cases, SeenCase};
use super::tally::Tally;
use crate::error::Result;

/// Reckons the volume of every case that is known.
pub async fn forecast(
    cases: Cases,
    outlook: &Arc<Outlook>,
    mut on_cases: impl FnMut(u64),
) -> Result<Tally> {
    let mut tally = Tally::new(outlook.span());
    let asked = Arc::clone(outlook);
    let of_batch = move |batch: Vec<SeenCase>| {
        let mut tally = Tally::new(asked.span());
        for (case, seen) in batch {
            tally.add(seen.and_then(|seen| asked.of(&case, seen)).as_deref());
        }
        tally
    };
    let counted = |counted: Tally| {
        tally.merge(counted);
        on_cases(tally.cases);
    };
    cases.each_batch(outlook, of_batch, counted).await?;
    Ok(tally)
}
