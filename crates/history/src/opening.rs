//! Sealed parts, opened in batches: many texts for one question to the keyring.

use serde_json::{Map, Value};
use spor_domain::sealed::{Compartment, Sealed};
use spor_store::{Opened, Store, StoredEvent};

use crate::error::{Result, Unfoldable};

/// The opened parts of one event, by name.
#[derive(Debug, Clone, Default)]
pub struct Parts(Vec<(String, Opened)>);

impl Parts {
    /// Opens every sealed part of these events; one answer an event, in their order.
    pub async fn of(store: &Store, events: &[StoredEvent]) -> Result<Vec<Self>> {
        if events.iter().all(|event| event.parts.is_empty()) {
            return Ok(events.iter().map(|_| Self::default()).collect());
        }
        Ok(store.open_parts(events).await?.into_iter().map(Self).collect())
    }

    /// The fields of a compartment; `None` where the event has none sealed there.
    pub fn fields(
        &self,
        event: &StoredEvent,
        compartment: Compartment,
    ) -> Result<Option<Sealed<Map<String, Value>>>> {
        let Some(opened) = self.part(compartment.as_str()) else {
            return Ok(None);
        };
        Ok(Some(match opened {
            Opened::Text(text) => Sealed::Known(read(event, text)?),
            Opened::Erased => Sealed::Erased,
            Opened::KeyMissing => Sealed::KeyMissing,
        }))
    }

    /// Why the commit was made, where somebody said so.
    pub fn reason(&self, event: &StoredEvent) -> Result<Option<Sealed<String>>> {
        let Some(opened) = self.part(crate::codec::REASON) else {
            return Ok(None);
        };
        Ok(Some(match opened {
            Opened::Text(text) => Sealed::Known(read(event, text)?),
            Opened::Erased => Sealed::Erased,
            Opened::KeyMissing => Sealed::KeyMissing,
        }))
    }

    fn part(&self, name: &str) -> Option<&Opened> {
        self.0.iter().find(|(part, _)| part == name).map(|(_, opened)| opened)
    }
}

fn read<T: serde::de::DeserializeOwned>(event: &StoredEvent, text: &str) -> Result<T, Unfoldable> {
    serde_json::from_str(text).map_err(|_| Unfoldable {
        stream: event.stream.clone(),
        position: event.position,
        why: "a sealed part does not hold what it should".to_owned(),
    })
}
