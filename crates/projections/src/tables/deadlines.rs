//! What is due when, and for whom? Every deadline of every rule, the settled ones too.
//!
//! A row holds the first days of its levels and what settled it; how it stands is computed. It also
//! holds the instant that wakes the scheduler, through an index that knows only waiting rows.

use chrono::{DateTime, NaiveDate, Utc};
use spor_domain::assigning::AssignedRole;
use spor_domain::calendar;
use spor_domain::ids::PersonRef;
use spor_domain::policy::Policy;
use spor_domain::rules::{Deadline, How, Level};
use spor_domain::staff::Role;
use spor_domain::support::Basis;
use spor_domain::view::View;
use spor_store::{Cell, ColumnKind, Filter, Op};

use super::{Folded, Index, Made, Table, Unknown, responsible_cell, track_cell};
use crate::column::{Asking, Column, Narrow, Row, date, optional, text, words};

/// The rule of the row that stands for a case that cannot be folded.
pub const UNKNOWN_RULE: &str = "unknown";
/// The column with the instant that wakes the scheduler; the scheduler moves it, no fold does.
pub const WAKES_AT: &str = "wakes_at";

/// One row per (case, rule, cycle).
pub static TABLE: Table = Table {
    name: "deadlines",
    version: 2,
    da: "Hvad skal ske hvornår, og hvem gør det?",
    en: "What is due when, for whom?",
    columns: &[
        Column::stored("case", ColumnKind::Text, "forløb", "case"),
        responsible_cell::ADMINISTRATION,
        Column::stored("rule", ColumnKind::Text, "regel", "the rule's number"),
        Column::stored("name", ColumnKind::Text, "navn", "the rule's name"),
        Column::stored("due", ColumnKind::Date, "senest", "the last day in time"),
        Column::stored("status", ColumnKind::Text, "status", "how it stands")
            .of_words(&["ok", "due_soon", "overdue", "met", "ended"])
            .narrowed(status, Narrow::Word(with_status)),
        Column::stored("level", ColumnKind::Text, "trin", "how urgent it has become")
            .of_words(&["notice", "overdue", "escalated", "critical"])
            .narrowed(level, Narrow::Word(with_level)),
        Column::stored("days", ColumnKind::Integer, "dage over fristen", "days past due")
            .in_unit("days")
            .narrowed(days, Narrow::Number(with_days)),
        Column::stored("roles", ColumnKind::Text, "roller", "the roles told").computed(roles_told),
        Column::stored("people", ColumnKind::Text, "personer", "who they are").computed(people),
        Column::stored("notice_from", ColumnKind::Date, "varsles fra", "announced from"),
        Column::stored("overdue_from", ColumnKind::Date, "overskredet fra", "too late from"),
        Column::stored("escalated_from", ColumnKind::Date, "løftet fra", "escalated from"),
        Column::stored("critical_from", ColumnKind::Date, "kritisk fra", "critical from"),
        Column::stored("satisfied_on", ColumnKind::Date, "opfyldt", "the day it was met"),
        Column::stored("met_by", ColumnKind::Text, "opfyldt af", "the event that met or ended it"),
        Column::stored("ended_on", ColumnKind::Date, "bortfaldet", "the day it ceased"),
        Column::stored("cycle", ColumnKind::Text, "anker", "the event it is reckoned from"),
        Column::stored("policy_version", ColumnKind::Integer, "regelsæt", "the policy used"),
        Column::stored(WAKES_AT, ColumnKind::Instant, "næste brev", "the next letter"),
        Column::hidden("level_roles", ColumnKind::Text),
        responsible_cell::NOW,
        responsible_cell::NEXT,
        responsible_cell::CELL,
        Column::hidden("mentor", ColumnKind::Text),
        Column::hidden("volunteers", ColumnKind::Text),
        Column::hidden("voluntary", ColumnKind::Text),
    ],
    key: &["case", "rule", "cycle"],
    indexes: &[
        Index { columns: &[WAKES_AT], only_set: Some(WAKES_AT) },
        Index { columns: &["due"], only_set: None },
        Index { columns: &["policy_version"], only_set: None },
    ],
    made: Made::OfCase { rows, unknown },
};

fn rows(folded: &Folded<'_>) -> Vec<Vec<Cell>> {
    folded.deadlines().map(|deadline| row(folded, &deadline)).collect()
}

fn row(folded: &Folded<'_>, deadline: &Deadline) -> Vec<Cell> {
    let view = &folded.view;
    let settled = |how| deadline.settled.filter(|settled| settled.how == how);
    let person = |person: &PersonRef| text(person.as_str());
    let level_roles: Vec<String> =
        deadline.roles.iter().map(|(level, role)| format!("{level}:{}", role.as_str())).collect();
    let (mut volunteers, mut voluntary) = (Cell::Null, Cell::Null);
    if !deadline.volunteer_during.is_empty() {
        let tracks = view.tracks.iter().filter(|track| track.basis == Basis::Voluntary);
        voluntary = track_cell::write(tracks, track_cell::no_minutes);
        let assigned = view.assigned_as(AssignedRole::Volunteer);
        let assigned: Vec<&str> = assigned.iter().map(PersonRef::as_str).collect();
        volunteers = words(&assigned);
    }
    let told = [
        ("case", text(folded.case.as_str())),
        ("rule", text(deadline.rule.id)),
        ("name", text(deadline.rule.name)),
        ("due", date(deadline.dated())),
        ("notice_from", Cell::Date(deadline.notice_from)),
        ("overdue_from", date(deadline.overdue_from)),
        ("escalated_from", date(deadline.escalated_from)),
        ("critical_from", date(deadline.critical_from)),
        ("satisfied_on", date(settled(How::Met).map(|settled| settled.on))),
        ("met_by", optional(deadline.settled, |settled| text(settled.by.to_string()))),
        ("ended_on", date(settled(How::Ended).map(|settled| settled.on))),
        ("cycle", text(deadline.cycle.to_string())),
        ("policy_version", Cell::Integer(folded.policy_version)),
        (WAKES_AT, optional(first_letter(folded, deadline), Cell::Instant)),
        ("level_roles", words(&level_roles)),
        ("mentor", optional(view.mentor.as_ref(), person)),
        ("volunteers", volunteers),
        ("voluntary", voluntary),
    ];
    TABLE.row_with(&[&told[..], &responsible_cell::cells(view)].concat())
}

/// A case that cannot be folded counts as overdue, and the scheduler is woken at once.
fn unknown(unknown: &Unknown<'_>) -> Vec<Vec<Cell>> {
    vec![TABLE.row_with(&[
        ("case", text(unknown.case.as_str())),
        ("rule", text(UNKNOWN_RULE)),
        ("name", text(UNKNOWN_RULE)),
        ("cycle", text(uuid::Uuid::nil().to_string())),
        ("policy_version", Cell::Integer(unknown.policy_version)),
        (WAKES_AT, Cell::Instant(unknown.at)),
        ("level_roles", text(format!("overdue:{}", Role::ProfessionalLead.as_str()))),
    ])]
}

/// The working day on which the letters of a level may go out: a notice on the one before its day,
/// later levels on the next one. The level itself never moves.
pub fn letter_day(level: Level, since: NaiveDate, policy: &Policy) -> NaiveDate {
    match level {
        Level::Notice => calendar::working_day_on_or_before(since, policy.offices),
        Level::Overdue | Level::Escalated | Level::Critical => {
            calendar::working_day_on_or_after(since, policy.offices)
        }
    }
}

/// The instant of that day.
pub fn letter_at(level: Level, since: NaiveDate, policy: &Policy) -> DateTime<Utc> {
    let day = letter_day(level, since, policy);
    calendar::instant_at(day, policy.letter_time, policy.zone)
}

/// The next instant after this one at which a level of a deadline may bring a letter.
pub fn next_letter(
    deadline: &Deadline,
    policy: &Policy,
    after: DateTime<Utc>,
) -> Option<DateTime<Utc>> {
    letters(deadline, policy).filter(|at| *at > after).min()
}

/// The levels that come before the deadline is settled, as instants.
fn letters(deadline: &Deadline, policy: &Policy) -> impl Iterator<Item = DateTime<Utc>> {
    let settled_on = deadline.settled.map(|settled| settled.on);
    let levels = deadline.level_days().into_iter();
    let levels = levels.filter(move |(_, since)| settled_on.is_none_or(|on| *since < on));
    levels.map(move |(level, since)| letter_at(level, since, policy))
}

/// Rows that a round may have been woken for by a day and that are open on an earlier one.
pub(crate) fn woken_before(upto: NaiveDate, open_on: NaiveDate) -> Filter {
    let levels = [Level::Notice, Level::Overdue, Level::Escalated, Level::Critical];
    let come = levels.map(|level| is(since_column(level), Op::LessOrEqual, upto));
    Filter::And(vec![unsettled(open_on), Filter::Or(come.into())])
}

/// Nothing wakes for what is settled, unless the settling fact itself lies ahead: a later track
/// that was granted today and begins next month, a consent that runs out.
fn first_letter(folded: &Folded<'_>, deadline: &Deadline) -> Option<DateTime<Utc>> {
    folded.awaits(deadline).then(|| letters(deadline, folded.policy).min()).flatten()
}

/// What the rows of a deadline say on the day asked for.
struct Standing {
    settled_on: Option<NaiveDate>,
    is_met: bool,
    due: Option<NaiveDate>,
    /// A case that cannot be folded counts as late.
    is_unknown: bool,
}

impl Standing {
    fn of(row: &Row<'_>, day: NaiveDate) -> Self {
        let met = row.date("satisfied_on").filter(|on| *on <= day);
        let ended = row.date("ended_on").filter(|on| *on <= day);
        let is_unknown = row.text("rule") == Some(UNKNOWN_RULE);
        Self { settled_on: met.or(ended), is_met: met.is_some(), due: row.date("due"), is_unknown }
    }
}

fn has_come(row: &Row<'_>, column: &str, day: NaiveDate) -> bool {
    row.date(column).is_some_and(|since| since <= day)
}

fn status(row: &Row<'_>, asking: &Asking<'_>) -> Cell {
    let standing = Standing::of(row, asking.day);
    text(match standing.settled_on {
        Some(_) if standing.is_met => "met",
        Some(_) => "ended",
        None if standing.is_unknown => "overdue",
        None if has_come(row, "overdue_from", asking.day) => "overdue",
        None if has_come(row, "notice_from", asking.day) => "due_soon",
        None => "ok",
    })
}

fn level_on(row: &Row<'_>, day: NaiveDate) -> Option<Level> {
    let standing = Standing::of(row, day);
    if standing.settled_on.is_some() {
        return None;
    }
    if standing.is_unknown {
        return Some(Level::Overdue);
    }
    Level::ALL.into_iter().rfind(|level| has_come(row, since_column(*level), day))
}

fn since_column(level: Level) -> &'static str {
    match level {
        Level::Notice => "notice_from",
        Level::Overdue => "overdue_from",
        Level::Escalated => "escalated_from",
        Level::Critical => "critical_from",
    }
}

fn level(row: &Row<'_>, asking: &Asking<'_>) -> Cell {
    optional(level_on(row, asking.day), |level| text(level.as_str()))
}

/// Days past due; less than none while it lies ahead. Once settled: when it was settled.
fn days(row: &Row<'_>, asking: &Asking<'_>) -> Cell {
    let standing = Standing::of(row, asking.day);
    let until = standing.settled_on.unwrap_or(asking.day);
    optional(standing.due, |due| Cell::Integer(until.signed_duration_since(due).num_days()))
}

/// The view of the day, as far as a row needs it to find people.
fn people_view(row: &Row<'_>, day: NaiveDate) -> View {
    let person = |text: &str| PersonRef::parse(text).ok();
    let mut view = responsible_cell::view_on(day, row);
    view.tracks = track_cell::view_on(day, row.text("voluntary")).tracks;
    view.mentor = row.text("mentor").and_then(person);
    let assigned = row.text("volunteers").unwrap_or_default().split(", ");
    view.assigned =
        assigned.filter_map(person).map(|person| (person, AssignedRole::Volunteer)).collect();
    view
}

fn roles_on(row: &Row<'_>, view: &View) -> Vec<Role> {
    let day = view.day;
    if level_on(row, day).is_none() {
        return Vec::new();
    }
    let is_unknown = row.text("rule") == Some(UNKNOWN_RULE);
    let pairs = row.text("level_roles").unwrap_or_default().split(", ");
    let joined = pairs.filter_map(|pair| {
        let (level, role) = pair.split_once(':')?;
        let level = Level::ALL.into_iter().find(|known| known.as_str() == level)?;
        let has_come = is_unknown || has_come(row, since_column(level), day);
        has_come.then(|| serde_json::from_value(role.into()).ok())?
    });
    let mut roles: Vec<Role> = joined.collect();
    if view.active_tracks_on(day).any(|track| track.basis == Basis::Voluntary) {
        roles.push(Role::Volunteer);
    }
    roles.sort_unstable();
    roles
}

fn roles_told(row: &Row<'_>, asking: &Asking<'_>) -> Cell {
    let roles = roles_on(row, &people_view(row, asking.day));
    words(&roles.into_iter().map(Role::as_str).collect::<Vec<&str>>())
}

/// Every role with its people; a role with nobody in it is said, never passed over.
fn people(row: &Row<'_>, asking: &Asking<'_>) -> Cell {
    let Some(directory) = asking.directory else {
        return Cell::Null;
    };
    let view = people_view(row, asking.day);
    let mut told = Vec::new();
    for role in roles_on(row, &view) {
        let people = directory.resolve(role, &view);
        if people.is_empty() {
            told.push(format!("{}=nobody", role.as_str()));
        }
        told.extend(people.iter().map(|person| format!("{}={person}", role.as_str())));
    }
    words(&told)
}

fn is(column: &str, op: Op, day: NaiveDate) -> Filter {
    Filter::Is(column.to_owned(), op, Cell::Date(day))
}

fn is_unknown() -> Filter {
    Filter::Is("rule".to_owned(), Op::Equal, text(UNKNOWN_RULE))
}

fn unsettled(day: NaiveDate) -> Filter {
    let open = |column: &str| {
        let ahead = is(column, Op::Greater, day);
        Filter::Or(vec![Filter::IsNull(column.to_owned(), true), ahead])
    };
    Filter::And(vec![open("satisfied_on"), open("ended_on")])
}

#[expect(clippy::unnecessary_wraps, reason = "every narrowing may have no answer")]
fn with_status(word: Option<&str>, asking: &Asking<'_>) -> Option<Filter> {
    let day = asking.day;
    let opened = |filter| Filter::And(vec![filter, unsettled(day)]);
    Some(match word {
        Some("met") => is("satisfied_on", Op::LessOrEqual, day),
        Some("ended") => is("ended_on", Op::LessOrEqual, day),
        Some("overdue") => {
            Filter::Or(vec![opened(is("overdue_from", Op::LessOrEqual, day)), is_unknown()])
        }
        Some("due_soon") => opened(is("notice_from", Op::LessOrEqual, day)),
        Some("ok") => opened(is("notice_from", Op::Greater, day)),
        Some(_) | None => Filter::Or(Vec::new()),
    })
}

fn with_level(word: Option<&str>, asking: &Asking<'_>) -> Option<Filter> {
    let word = word?;
    let level = Level::ALL.into_iter().find(|level| level.as_str() == word);
    let Some(level) = level else {
        return Some(Filter::Or(Vec::new()));
    };
    let come = is(since_column(level), Op::LessOrEqual, asking.day);
    let mut rows = vec![Filter::And(vec![come, unsettled(asking.day)])];
    if level == Level::Overdue {
        rows.push(is_unknown());
    }
    Some(Filter::Or(rows))
}

/// Days past due compare the other way round than the due date does. What is settled is let in:
/// its days were counted on another day.
fn with_days(op: Op, days: i64, asking: &Asking<'_>) -> Option<Filter> {
    let due = asking.day.checked_sub_signed(chrono::TimeDelta::try_days(days)?)?;
    let turned = match op {
        Op::Equal => Op::Equal,
        Op::NotEqual => return None,
        Op::Less => Op::Greater,
        Op::LessOrEqual => Op::GreaterOrEqual,
        Op::Greater => Op::Less,
        Op::GreaterOrEqual => Op::LessOrEqual,
    };
    let set = |column: &str| Filter::IsNull(column.to_owned(), false);
    Some(Filter::Or(vec![is("due", turned, due), set("satisfied_on"), set("ended_on")]))
}
