//! Folding: packed streams become cases, with what is sealed in them and their folds need opened in
//! one batch; and the folds that need not be made anew.

use std::collections::HashMap;
use std::sync::{Arc, MutexGuard, PoisonError};

use spor_domain::case::{Case, Recorded};
use spor_domain::schema::Category;
use spor_domain::sealed::Compartment;
use spor_store::{KeysSeen, PackedStream, Position, StreamName, Upto};

use crate::codec::decode_row;
use crate::error::{HistoryError, Result, Unfoldable};
use crate::kept::Kept;
use crate::load::{Folded, KnownAt, Memory};
use crate::opening::Parts;
use crate::stream;

/// A stream and its fold.
type OfStream<Fold> = (StreamName, Result<Fold, Unfoldable>);

/// A stream on its way to a fold: its events, and the first that cannot be read.
type Decoded = (StreamName, Vec<Recorded>, Option<Unfoldable>);

impl Memory {
    /// Folds many case streams at once; their sealed birth dates are opened together.
    pub async fn fold(&self, streams: &[StreamName], known_at: KnownAt) -> Result<Vec<Folded>> {
        let folded = self.fold_streams(streams, known_at).await?.into_iter();
        Ok(folded.filter_map(|(name, folded)| of_case(&name, folded)).collect())
    }

    /// The same with everything that is known, read from the log whatever is kept: for those who hold
    /// something against it.
    pub async fn fold_anew(&self, streams: &[StreamName]) -> Result<Vec<Folded>> {
        self.fold_cases(self.store.read_packed(streams, Upto::Everything).await?).await
    }

    /// Every stream of a category, folded; one that did not exist in that view is empty.
    pub(crate) async fn fold_all(
        &self,
        category: Category,
        known_at: KnownAt,
    ) -> Result<Vec<OfStream<Arc<Case>>>> {
        let (mut all, mut after) = (Vec::new(), None);
        loop {
            let names = self.store.streams_after(category.as_str(), after.as_ref()).await?;
            let Some(last) = names.last() else {
                return Ok(all);
            };
            all.extend(self.fold_streams(&names, known_at).await?);
            after = Some(last.clone());
        }
    }

    /// Folds streams in the order asked for.
    async fn fold_streams(
        &self,
        streams: &[StreamName],
        known_at: KnownAt,
    ) -> Result<Vec<OfStream<Arc<Case>>>> {
        if known_at == KnownAt::Everything {
            return self.fold_moved(streams).await;
        }
        let slices = self.store.read_packed(streams, known_at.into()).await?;
        let folded = self.fold_slices(slices).await?.into_iter();
        Ok(folded.map(|(name, folded)| (name, folded.map(Arc::new))).collect())
    }

    /// Folds streams that have moved since their fold was kept; the others are as they were.
    async fn fold_moved(&self, streams: &[StreamName]) -> Result<Vec<OfStream<Arc<Case>>>> {
        let keys = self.store.keys_seen().await?;
        let kept: Vec<_> = {
            let mut folds = self.kept(keys);
            streams.iter().map(|stream| folds.get(stream)).collect()
        };
        let known = kept.iter().map(|kept| kept.as_ref().map(|(version, _)| *version));
        let moved = self.store.read_moved(streams.iter().zip(known)).await?;
        let versions: Vec<_> = moved.iter().map(|slice| slice.version).collect();
        let mut anew = HashMap::with_capacity(moved.len());
        for ((name, folded), version) in self.fold_slices(moved).await?.into_iter().zip(versions) {
            let folded = folded.map(Arc::new);
            if let Ok(folded) = &folded {
                self.kept(keys).keep(&name, version, folded);
            }
            anew.insert(name, folded);
        }
        let folded = streams.iter().zip(kept).filter_map(|(stream, kept)| {
            let folded = anew.get(stream).cloned();
            let folded = folded.or_else(|| kept.map(|(_, folded)| Ok(folded)))?;
            Some((stream.clone(), folded))
        });
        Ok(folded.collect())
    }

    /// The folds that are kept, all of them made with these keys.
    fn kept(&self, keys: KeysSeen) -> MutexGuard<'_, Kept> {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.heed(keys);
        kept
    }

    /// Folds one stream, whatever its category, so that its entries can be addressed and their
    /// corrections are in force.
    pub async fn fold_slice(&self, slice: PackedStream) -> Result<Case> {
        let stream = slice.stream.clone();
        let mut folded = self.fold_slices(vec![slice]).await?;
        let (_, case) = folded.pop().unwrap_or_else(|| (stream, Ok(Case::default())));
        Ok(case?)
    }

    /// Folds streams of any category, opening in one batch what their folds need.
    pub async fn fold_slices(&self, slices: Vec<PackedStream>) -> Result<Vec<OfStream<Case>>> {
        let mut folds = Vec::with_capacity(slices.len());
        let mut sealed = HashMap::new();
        for slice in slices {
            let mut recorded =
                Vec::with_capacity(usize::try_from(slice.version.get()).unwrap_or(0));
            let mut broken = None;
            for row in slice.events() {
                let row = row?;
                match decode_row(&row) {
                    Ok(event) => {
                        if event.event.wants_opening() {
                            sealed.insert(row.position, (folds.len(), recorded.len()));
                        }
                        recorded.push(event);
                    }
                    Err(HistoryError::Unfoldable(unfoldable)) => {
                        broken = Some(unfoldable);
                        break;
                    }
                    Err(error) => return Err(error),
                }
            }
            folds.push((slice.stream, recorded, broken));
        }
        self.open(&mut folds, sealed).await?;
        Ok(folds.into_iter().map(evolved).collect())
    }

    /// Opens the sealed parts that folds wait for: few events have one.
    async fn open(
        &self,
        folds: &mut [Decoded],
        sealed: HashMap<Position, (usize, usize)>,
    ) -> Result<()> {
        let positions: Vec<Position> = sealed.keys().copied().collect();
        let events = self.store.read_events(&positions, Compartment::Person.as_str()).await?;
        let opened = Parts::of(&self.store, &events).await?;
        for (event, parts) in events.iter().zip(opened) {
            let (fold, at) = sealed[&event.position];
            let (_, recorded, broken) = &mut folds[fold];
            match parts.fields(event, Compartment::Person) {
                Ok(Some(fields)) => recorded[at].event.open(&fields),
                Ok(None) => {}
                Err(HistoryError::Unfoldable(unfoldable)) => *broken = Some(unfoldable),
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    /// Folds cases that were read.
    pub(crate) async fn fold_cases(&self, slices: Vec<PackedStream>) -> Result<Vec<Folded>> {
        let folded = self.fold_slices(slices).await?.into_iter();
        Ok(folded.filter_map(|(name, folded)| of_case(&name, folded.map(Arc::new))).collect())
    }
}

/// The fold of a case's stream; none of another one.
fn of_case(name: &StreamName, folded: Result<Arc<Case>, Unfoldable>) -> Option<Folded> {
    stream::case_of(name).map(|case| (case, folded))
}

fn evolved((name, recorded, broken): Decoded) -> OfStream<Case> {
    if let Some(unfoldable) = broken {
        return (name, Err(unfoldable));
    }
    let mut case = Case::default();
    for event in recorded {
        case.evolve(event);
    }
    (name, Ok(case))
}
