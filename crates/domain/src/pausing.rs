//! Support rests for a while: no weekly dialogue is asked for and no hours are compared, but the
//! follow-up and the transition go on (F4.1-2).

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use crate::event::{Decoded, read};
use crate::ids::TrackId;
use crate::schema::{Category, EventType, Field, Kind};
use crate::view::{Entry, Pause, Settled, View};

const TRACK: Field = Field::optional("track", Kind::Name, "which track; all of them when absent");

/// The types of this family.
pub const TYPES: &[EventType] = &[
    EventType {
        name: "SupportPaused",
        version: 1,
        category: Category::Case,
        fields: &[
            TRACK,
            Field::optional("until", Kind::Date, "last day of the pause, inclusive"),
            Field::required("reason", Kind::Text(&[]), "why"),
        ],
        da: "Støtte sat på pause",
        en: "Support paused",
        sample: r#"{"date":"2025-07-01","type":"SupportPaused","case":"SPOR-2025-0202","until":"2025-07-27","reason":"summer with the family"}"#,
    },
    EventType {
        name: "SupportResumed",
        version: 1,
        category: Category::Case,
        fields: &[TRACK, Field::optional("reason", Kind::Text(&[]), "why")],
        da: "Støtte genoptaget",
        en: "Support resumed",
        sample: r#"{"date":"2025-07-21","type":"SupportResumed","case":"SPOR-2025-0202","reason":"home early"}"#,
    },
];

/// An event of this family.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(untagged)]
pub enum Event {
    /// Support rests.
    Paused(SupportPaused),
    /// Support goes on.
    Resumed(SupportResumed),
}

/// Support rests.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SupportPaused {
    /// Which track; all of them when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub track: Option<TrackId>,
    /// The last day of the pause.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<NaiveDate>,
}

/// Support goes on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SupportResumed {
    /// Which track; all of them when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub track: Option<TrackId>,
}

impl Event {
    pub(crate) fn decode(name: &str, body: &str) -> Decoded<Self> {
        Some(match name {
            "SupportPaused" => read(name, body).map(Self::Paused),
            "SupportResumed" => read(name, body).map(Self::Resumed),
            _ => return None,
        })
    }

    pub(crate) fn type_name(&self) -> &'static str {
        match self {
            Self::Paused(_) => "SupportPaused",
            Self::Resumed(_) => "SupportResumed",
        }
    }

    /// The track it is about.
    pub fn track(&self) -> Option<&TrackId> {
        match self {
            Self::Paused(paused) => paused.track.as_ref(),
            Self::Resumed(resumed) => resumed.track.as_ref(),
        }
    }

    /// A new pause, like a resumption, ends the one that ran for the same support. Resuming
    /// everything ends the pause of each track too.
    pub(crate) fn apply(&self, view: &mut View, entry: &Entry) {
        let track = self.track().cloned();
        let is_resumed = matches!(self, Self::Resumed(_));
        for pause in view.pauses.iter_mut().filter(|pause| pause.ended.is_none()) {
            let is_over = pause.until.is_some_and(|until| until < entry.on);
            let is_it = pause.track == track || (is_resumed && track.is_none());
            if is_it && !is_over {
                pause.ended = Some(Settled::from(entry));
            }
        }
        if let Self::Paused(paused) = self {
            let (from, by) = (entry.on, entry.event_id);
            view.pauses.push(Pause { track, from, until: paused.until, by, ended: None });
        }
    }
}
