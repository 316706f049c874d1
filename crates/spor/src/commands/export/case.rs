//! `spor export case`: one case for its reader, as JSON and as text.

use std::collections::BTreeSet;
use std::fmt::Write;
use std::fs;
use std::path::Path;

use chrono::NaiveDate;
use serde_json::{Map, Value, json};
use spor_domain::ids::{CaseRef, EventId};
use spor_domain::rejection::Language;
use spor_domain::sealed::Compartment;
use spor_domain::view::View;
use spor_history::load::KnownAt;
use spor_history::timeline::TimelineEntry;
use spor_store::Open;

use super::super::case::reference;
use crate::args::Audience;
use crate::context::{Context, Session};
use crate::output;
use crate::report::{Exit, Report};
use crate::telling;

/// What a handover file says it is.
pub(in crate::commands) const HANDOVER: &str = "spor-handover-1";
/// What any other file of one case says it is.
const CASE: &str = "spor-case-1";

/// Writes one case.
pub(super) async fn run(
    context: &Context,
    case: &str,
    audience: Audience,
    file: Option<&Path>,
) -> Result<Exit, Report> {
    let case = reference(case)?;
    let session = context.open_as(Open::ReadOnly).await?;
    let mut entries = session.memory.timeline(&case, KnownAt::Everything).await?;
    if entries.is_empty() {
        return Err(Report::case_not_found(case.as_str(), false));
    }
    telling::check_keys(&entries)?;
    if audience == Audience::Parents {
        check_involved(&session, &case).await?;
        leave_out_confidences(&mut entries);
    }
    entries.sort_by_key(|entry| (entry.recorded.occurred_on, entry.recorded.position));
    let document = match audience {
        Audience::Municipality => handover(&session, &case, &entries).await?,
        Audience::Case | Audience::Parents | Audience::Archive => {
            let told: Vec<Value> = entries.iter().map(|entry| told(entry, audience)).collect();
            let exported_on = session.today();
            json!({"format": CASE, "case": case, "exported_on": exported_on, "entries": told})
        }
    };
    let text = readable(context.language, &case, &document, &entries);
    let written = serde_json::to_string_pretty(&document).map_err(anyhow::Error::from)?;
    match file {
        Some(path) => {
            fs::write(path, written + "\n")?;
            fs::write(path.with_extension("txt"), text)?;
        }
        None if output::is_for_programs(&context.global) => output::text(&written)?,
        None => output::text(&text)?,
    }
    Ok(Exit::Done)
}

/// Where the family is part of the difficulty, nothing is written for parents (F4.5-12).
async fn check_involved(session: &Session, case: &CaseRef) -> Result<(), Report> {
    let view = session.memory.case(case, KnownAt::Everything).await?.case.as_of(session.today());
    let agreed = view.family.agreements.last().and_then(|agreement| agreement.extent.as_deref());
    let Some(extent @ ("none" | "limited")) = agreed else {
        return Ok(());
    };
    let mut report = Report::new(
        Exit::Refused,
        "parents_not_involved",
        format!("nothing of {case} is written for parents"),
        format!("the agreed part of the family is: {extent}"),
        "record what is agreed now with `spor record family-involvement-agreed`; an authority or \
         a lawyer gets `--audience archive`",
    );
    report.recommendation = Some("F4.5-12".to_owned());
    Err(report)
}

/// Parents see nothing of the confidential room, nor that there is anything in it.
fn leave_out_confidences(entries: &mut Vec<TimelineEntry>) {
    let mut hidden: BTreeSet<EventId> = BTreeSet::new();
    for entry in entries.iter() {
        let confidential = entry.sealed.contains_key(&Compartment::Confidential)
            || entry.kind.name == "ConfidentialNoteAdded"
            || entry.corrects.is_some_and(|target| hidden.contains(&target));
        if confidential {
            hidden.insert(entry.recorded.event_id);
        }
    }
    entries.retain(|entry| !hidden.contains(&entry.recorded.event_id));
}

fn told(entry: &TimelineEntry, audience: Audience) -> Value {
    let mut told = json!({
        "on": entry.recorded.occurred_on, "type": entry.kind.name,
        "da": entry.kind.da, "en": entry.kind.en,
        "entry": telling::address(entry), "fields": telling::fields(entry),
        "retracted": entry.is_retracted, "versions": entry.versions,
    });
    if audience == Audience::Archive {
        told["position"] = json!(entry.recorded.position.0);
        told["event"] = json!(entry.recorded.event_id.0.to_string());
        told["recorded_at"] = json!(entry.recorded.recorded_at);
        told["actor"] = json!(telling::actor(entry));
        told["reason"] = json!(telling::reason(entry));
    }
    told
}

/// What the new municipality needs to go on: the clocks, and the lines that begin the case there.
async fn handover(
    session: &Session,
    case: &CaseRef,
    entries: &[TimelineEntry],
) -> Result<Value, Report> {
    let (policies, _) = session.memory.policies(KnownAt::Everything).await?;
    let today = session.today();
    let view = session.memory.case(case, KnownAt::Everything).await?.case.as_of(today);
    let standing = |name: &str| {
        entries.iter().rev().find(|entry| !entry.is_retracted && entry.kind.name == name)
    };
    let clocks = view.handover_file(policies.on(today));
    let (Some(clocks), Some(moved)) = (clocks, standing("CaseTransferredToMunicipality")) else {
        return Err(not_transferred(case));
    };
    let opening = standing("CaseOpened").or_else(|| standing("CaseImported"));
    let opened = opening.map(telling::fields).unwrap_or_default();
    let mut moved = telling::fields(moved);
    let to = moved.remove("to_municipality").unwrap_or_default();
    let from = opened.get("municipality").cloned().unwrap_or_default();
    let mut begin = beginning(case, &view, &opened)?;
    begin.insert("municipality".to_owned(), to.clone());
    begin.insert("last_follow_up".to_owned(), json!(clocks.follow_up_from));
    begin.insert("last_method_review".to_owned(), json!(clocks.method_review_from));
    let held: Option<NaiveDate> = view.transition_held().map(|meeting| meeting.on);
    begin.extend(held.map(|on| ("transition_meeting".to_owned(), json!(on))));
    let mut lines = vec![Value::Object(begin)];
    lines.extend(open_goals(case, &view, entries));
    Ok(json!({
        "format": HANDOVER, "case": case, "from_municipality": from, "to_municipality": to,
        "moved": moved,
        "clocks": {
            "follow_up_due": clocks.follow_up_due,
            "transition_meeting_due": clocks.transition_meeting_due,
            "method_review_due": clocks.method_review_due,
        },
        "entries": lines,
    }))
}

/// The line that begins the case there; its people and its reference are theirs to change.
fn beginning(
    case: &CaseRef,
    view: &View,
    opened: &Map<String, Value>,
) -> Result<Map<String, Value>, Report> {
    let Some(birth_date) = view.known_birth_date() else {
        return Err(Report::key_missing(case.as_str()));
    };
    let start = view.episodes.first().map(|episode| episode.start);
    let said = |name: &str| opened.get(name).cloned();
    let from = said("municipality").unwrap_or_default();
    let source = format!("spor-{}", from.as_str().unwrap_or_default());
    let mentor = view.mentor.as_ref().or(view.caseworker.as_ref());
    let mut line = json!({
        "type": "CaseImported", "case": case, "birth_date": birth_date,
        "administration": view.administration, "caseworker": view.caseworker, "mentor": mentor,
        "source": source, "source_id": case,
        "original_start": said("original_start").unwrap_or_else(|| json!(start)),
    });
    for field in ["name", "need", "target_group"] {
        if let Some(value) = said(field) {
            line[field] = value;
        }
    }
    match line {
        Value::Object(fields) => Ok(fields),
        _ => Ok(Map::new()),
    }
}

fn open_goals(case: &CaseRef, view: &View, entries: &[TimelineEntry]) -> Vec<Value> {
    let open = |goal: &str| {
        view.goals.iter().any(|known| known.closed.is_none() && known.id.as_str() == goal)
    };
    let set = entries.iter().filter(|entry| !entry.is_retracted && entry.kind.name == "GoalSet");
    let lines = set.filter_map(|entry| {
        let mut fields = telling::fields(entry);
        let goal = fields.get("goal")?.as_str().filter(|goal| open(goal))?.to_owned();
        fields.insert("type".to_owned(), json!("GoalSet"));
        fields.insert("case".to_owned(), json!(case));
        fields.insert("id".to_owned(), json!(format!("import-goal-{goal}")));
        Some(Value::Object(fields))
    });
    lines.collect()
}

/// The same for a person: the clocks first, then what happened, day by day.
fn readable(
    language: Language,
    case: &CaseRef,
    document: &Value,
    entries: &[TimelineEntry],
) -> String {
    let is_danish = language == Language::Da;
    let pick = |da: &'static str, en: &'static str| if is_danish { da } else { en };
    let mut text = format!("{} {case}\n\n", pick("Sag", "Case"));
    if let Some(clocks) = document.get("clocks") {
        let told = [
            (pick("Næste opfølgning", "Next follow-up"), "follow_up_due"),
            (pick("17½-års møde", "17½-year meeting"), "transition_meeting_due"),
            (pick("Næste sagsgennemgang", "Next method review"), "method_review_due"),
        ];
        for (name, key) in told {
            let day = clocks[key].as_str().and_then(spor_domain::door::read_date);
            let none = pick("ingen", "none").to_owned();
            let day = day.map_or(none, |day| written(day, is_danish));
            let _ = writeln!(text, "{name}: {day}");
        }
        text.push('\n');
    }
    for entry in entries {
        let day = written(entry.recorded.occurred_on, is_danish);
        let title = if is_danish { entry.kind.da } else { entry.kind.en };
        let _ = writeln!(text, "{day}  {title}: {}", telling::in_words(entry));
    }
    text
}

fn written(day: NaiveDate, is_danish: bool) -> String {
    if is_danish { day.format("%d.%m.%Y").to_string() } else { day.to_string() }
}

fn not_transferred(case: &CaseRef) -> Report {
    Report::new(
        Exit::Refused,
        "not_transferred",
        format!("{case} has not been handed to another municipality"),
        "the file says how the clocks stood on the last day here",
        format!("record it first: spor record case-transferred-to-municipality --case {case}"),
    )
}
