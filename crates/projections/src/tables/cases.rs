//! What is the state of this case?

use std::collections::BTreeSet;

use chrono::NaiveDate;
use spor_domain::calendar;
use spor_domain::support::Basis;
use spor_domain::view::Flag;
use spor_store::{Cell, ColumnKind};

use super::{Folded, Index, Made, Table, Unknown, responsible_cell, track_cell};
use crate::column::{Asking, Column, Row, count, date, optional, text, words};

const ADULT_YEARS: u32 = 18;

/// One row per case.
pub static TABLE: Table = Table {
    name: "cases",
    version: 3,
    da: "Hvordan står forløbet?",
    en: "What is the state of this case?",
    columns: &[
        Column::stored("case", ColumnKind::Text, "forløb", "case"),
        Column::stored("state", ColumnKind::Text, "åbent eller lukket", "open or closed")
            .of_words(&["referred", "waiting", "open", "closed", "transferred", "unknown"]),
        Column::stored("episode", ColumnKind::Integer, "1 for det første", "1 for the first"),
        Column::stored("phase", ColumnKind::Text, "fase", "what the course is about")
            .of_words(&["relation", "working", "closing"])
            .computed(phase),
        Column::stored("age", ColumnKind::Integer, "alder", "completed years")
            .in_unit("years")
            .computed(age),
        Column::stored("adult", ColumnKind::Flag, "fyldt 18", "18 or older").computed(adult),
        responsible_cell::ADMINISTRATION,
        Column::stored("caseworker", ColumnKind::Text, "sagsbehandler", "caseworker")
            .computed(caseworker),
        Column::stored("mentor", ColumnKind::Text, "mentor", "mentor"),
        Column::stored("active_bases", ColumnKind::Text, "gældende grundlag", "legal bases")
            .computed(active_bases),
        Column::stored("weekly_hours", ColumnKind::Real, "bevilgede timer", "hours granted")
            .in_unit("hours a week")
            .computed(weekly_hours),
        Column::stored("next_due", ColumnKind::Date, "næste frist", "the next deadline"),
        Column::stored("next_rule", ColumnKind::Text, "dens regel", "its rule"),
        Column::stored("days", ColumnKind::Integer, "dage over fristen", "days past next_due")
            .in_unit("days")
            .computed(days),
        Column::stored("flags", ColumnKind::Text, "mærker", "what stands out").computed(flags),
        Column::stored(
            "overridden",
            ColumnKind::Text,
            "fraveget",
            "recommendations that were overridden for a reason",
        ),
        Column::stored("started_on", ColumnKind::Date, "begyndt", "first day of the episode"),
        Column::stored("closed_on", ColumnKind::Date, "afsluttet", "last day"),
        Column::stored("follow_up_due", ColumnKind::Date, "opfølgning senest", "follow-up due"),
        Column::stored("persons_met", ColumnKind::Integer, "personer mødt", "persons met"),
        Column::stored("switches", ColumnKind::Integer, "skift af støtte", "switches of support"),
        Column::stored("policy_version", ColumnKind::Integer, "regelsæt", "the policy used"),
        responsible_cell::NOW,
        responsible_cell::NEXT,
        responsible_cell::CELL,
        Column::hidden("born_on", ColumnKind::Date),
        Column::hidden("track_spans", ColumnKind::Text),
        Column::hidden("raised", ColumnKind::Text),
    ],
    key: &["case"],
    indexes: &[Index { columns: &["policy_version"], only_set: None }],
    made: Made::OfCase { rows, unknown },
};

fn rows(folded: &Folded<'_>) -> Vec<Vec<Cell>> {
    let Folded { view, policy, .. } = folded;
    let Some(state) = view.state() else {
        return Vec::new();
    };
    let episode = view.episode();
    let closing = episode.and_then(|episode| episode.closed.as_ref());
    let dated = folded.deadlines().filter(|deadline| deadline.dated().is_some());
    let open = dated.filter(|deadline| folded.awaits(deadline));
    let next = open.min_by_key(|deadline| (deadline.due, deadline.rule.id));
    let raised: Vec<&str> = view.flags(policy).into_iter().map(Flag::as_str).collect();
    let overridden: BTreeSet<&str> =
        view.deviations.iter().map(|(_, what)| what.as_str()).collect();
    let overridden: Vec<&str> = overridden.into_iter().collect();
    let told = [
        ("case", text(folded.case.as_str())),
        ("state", text(state.as_str())),
        ("episode", optional(episode, |episode| count(episode.number))),
        ("mentor", optional(view.mentor.as_ref(), |person| text(person.as_str()))),
        ("next_due", date(next.as_ref().map(|deadline| deadline.due))),
        ("next_rule", optional(next.as_ref(), |deadline| text(deadline.rule.id))),
        ("started_on", date(episode.map(|episode| episode.start))),
        ("closed_on", date(closing.map(|closing| closing.on))),
        ("follow_up_due", date(view.follow_up(policy).map(|clock| clock.due))),
        ("persons_met", count(view.persons_met.len())),
        ("switches", count(view.switches)),
        ("policy_version", Cell::Integer(folded.policy_version)),
        ("born_on", date(view.known_birth_date())),
        ("track_spans", track_cell::write(view.tracks.iter(), track_cell::no_minutes)),
        ("raised", words(&raised)),
        ("overridden", words(&overridden)),
    ];
    vec![TABLE.row_with(&[&told[..], &responsible_cell::cells(view)].concat())]
}

fn unknown(unknown: &Unknown<'_>) -> Vec<Vec<Cell>> {
    vec![TABLE.row_with(&[
        ("case", text(unknown.case.as_str())),
        ("state", text("unknown")),
        ("policy_version", Cell::Integer(unknown.policy_version)),
    ])]
}

fn caseworker(row: &Row<'_>, asking: &Asking<'_>) -> Cell {
    let view = responsible_cell::view_on(asking.day, row);
    optional(view.caseworker, |person| text(person.as_str()))
}

fn phase(row: &Row<'_>, asking: &Asking<'_>) -> Cell {
    let Some(start) = row.date("started_on") else {
        return Cell::Null;
    };
    let until = calendar::months_after(start, asking.policy.minimum_duration_months);
    text(match row.date("closed_on") {
        Some(_) => "closing",
        None if asking.day < until => "relation",
        None => "working",
    })
}

fn age_on(row: &Row<'_>, asking: &Asking<'_>) -> Option<u32> {
    let born: NaiveDate = row.date("born_on")?;
    Some(calendar::age_on(born, asking.day, asking.policy.leap_day))
}

fn age(row: &Row<'_>, asking: &Asking<'_>) -> Cell {
    optional(age_on(row, asking), count)
}

fn adult(row: &Row<'_>, asking: &Asking<'_>) -> Cell {
    optional(age_on(row, asking), |age| Cell::Flag(age >= ADULT_YEARS))
}

fn active_bases(row: &Row<'_>, asking: &Asking<'_>) -> Cell {
    let view = track_cell::view_on(asking.day, row.text("track_spans"));
    let bases: Vec<&str> = view.active_bases().into_iter().map(Basis::as_str).collect();
    words(&bases)
}

fn weekly_hours(row: &Row<'_>, asking: &Asking<'_>) -> Cell {
    let view = track_cell::view_on(asking.day, row.text("track_spans"));
    optional(row.date("started_on"), |_| Cell::Real(view.granted_weekly().as_decimal()))
}

fn days(row: &Row<'_>, asking: &Asking<'_>) -> Cell {
    let past = |due| Cell::Integer(asking.day.signed_duration_since(due).num_days());
    optional(row.date("next_due"), past)
}

/// Kept as if for ever overdue; an explained delay shows only once the day has come.
fn flags(row: &Row<'_>, asking: &Asking<'_>) -> Cell {
    let is_late = row.date("follow_up_due").is_some_and(|due| asking.day > due);
    let explained = Flag::FollowUpDelayExplained.as_str();
    let raised = row.text("raised").unwrap_or_default().split(", ");
    let up = raised.filter(|flag| !flag.is_empty() && (is_late || *flag != explained));
    words(&up.collect::<Vec<&str>>())
}
