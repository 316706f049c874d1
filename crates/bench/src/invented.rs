//! Invented cases as requests to store their events, one event each.

use std::collections::HashMap;

use anyhow::{Context, Result, anyhow};
use chrono::NaiveDate;
use spor_casework::invented::{Plan, journal};
use spor_domain::door::{Line, SaidRecorded, parse_line};
use spor_domain::ids;
use spor_history::codec::{Draft, Keys};
use spor_history::stream;
use spor_store::{Append, EventId, Expected, Priority, ReadSet, Store, StreamName, Version};

use crate::EVENTS_PER_CASE;
use crate::scratch::{commit, next_id, noon};

/// Every measurement is about the same cases.
const SEED: u64 = 42;

/// The events of a journal, in order.
pub(crate) struct Facts {
    lines: Box<dyn Iterator<Item = String>>,
    keys: Keys,
    versions: HashMap<StreamName, Version>,
    entries: HashMap<(StreamName, String), ids::EventId>,
}

impl Facts {
    /// The journal of eighteen months with so many cases.
    pub(crate) fn of(cases: u32) -> Result<Self> {
        let day = |year, month, day| {
            NaiveDate::from_ymd_opt(year, month, day).context("a day of the plan")
        };
        let events = u64::from(cases) * EVENTS_PER_CASE;
        let (from, to) = (day(2024, 7, 1)?, day(2025, 12, 31)?);
        let plan = Plan { seed: SEED, cases, events, from, to };
        Ok(Self::told(Box::new(journal(&plan))))
    }

    /// The journal that these lines are.
    pub(crate) fn told(lines: Box<dyn Iterator<Item = String>>) -> Self {
        Self { lines, keys: Keys::default(), versions: HashMap::new(), entries: HashMap::new() }
    }

    /// The next requests, their personal parts sealed with the keys of a store; none at the end.
    pub(crate) async fn next(&mut self, store: &Store, count: usize) -> Result<Vec<Append>> {
        let lines: Vec<String> = self.lines.by_ref().take(count).collect();
        let mut read = Vec::with_capacity(lines.len());
        let mut wanted = Vec::new();
        for text in lines {
            let line = parse_line(&text).map_err(|bad| anyhow!("{}: {text}", bad.message))?;
            let stream = stream::of_command(&line.command.stream);
            let compartments = line.command.sealed.keys();
            wanted.extend(compartments.map(|compartment| (stream.clone(), *compartment)));
            read.push((stream, line, text));
        }
        self.keys.fetch(store, wanted).await?;
        Ok(read
            .into_iter()
            .map(|(stream, line, text)| self.append(store, stream, line, &text))
            .collect())
    }

    fn append(&mut self, store: &Store, stream: StreamName, line: Line, text: &str) -> Append {
        let Line { command, recorded } = line;
        let id = next_id();
        if let Some(entry) = &command.id {
            let entry = (stream.clone(), entry.to_string());
            self.entries.insert(entry, ids::EventId(id));
        }
        let target = command.clear.get("target").and_then(serde_json::Value::as_str);
        let target = target.map(|entry| (stream.clone(), entry.to_owned()));
        let draft = Draft {
            kind: command.kind,
            on: command.on,
            id: command.id.as_ref(),
            corrects: target.and_then(|entry| self.entries.get(&entry).copied()),
            clear: &command.clear,
            sealed: &command.sealed,
            reason: None,
        };
        let event = draft.seal(store, &self.keys, &stream, EventId::new(id));
        let day = match recorded {
            Some(SaidRecorded::Day(day)) => day,
            Some(SaidRecorded::At(_)) | None => command.on,
        };
        let version = self.versions.entry(stream.clone()).or_default();
        let mut read = ReadSet::new();
        read.note(stream.clone(), *version);
        *version = version.next();
        Append {
            commit: commit(command.kind.name, text),
            expected: Expected::Read(read),
            events: vec![(stream, event)],
            at: noon(day),
            ledger: Vec::new(),
            priority: Priority::People,
        }
    }
}
