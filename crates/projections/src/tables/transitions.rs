//! Who turns 17½ and 18?

use spor_domain::calendar;
use spor_domain::support::Basis;
use spor_domain::transition::Party;
use spor_store::{Cell, ColumnKind};

use super::{Folded, Index, Made, Table, no_rows};
use crate::column::{Asking, Column, Row, date, optional, text, words};

/// One row per case whose birth date can be read.
pub static TABLE: Table = Table {
    name: "transitions",
    version: 1,
    da: "Hvem fylder 17½ og 18?",
    en: "Who turns 17½ and 18?",
    columns: &[
        Column::stored("case", ColumnKind::Text, "forløb", "case"),
        Column::stored(
            "turns_17_half",
            ColumnKind::Date,
            "fylder 17½",
            "when the meeting is due by age",
        ),
        Column::stored(
            "due",
            ColumnKind::Date,
            "møde senest",
            "the last day in time; none when opened at 18",
        ),
        Column::stored("held_on", ColumnKind::Date, "afholdt", "the meeting that counts"),
        Column::stored("status", ColumnKind::Text, "status", "how the meeting stands")
            .of_words(&["not_yet", "due_soon", "overdue", "held", "n/a"])
            .computed(status),
        Column::stored(
            "missing",
            ColumnKind::Text,
            "manglende parter",
            "who was missing at the last one",
        ),
        Column::stored("handover", ColumnKind::Text, "overlevering", "the newest handover")
            .of_words(&["awaiting", "accepted", "rejected"]),
        Column::stored("turns_18", ColumnKind::Date, "fylder 18", "the 18th birthday"),
        Column::stored(
            "adult_grant",
            ColumnKind::Text,
            "voksenbevilling",
            "a track of another law than BL-32, active at 18 or begun later",
        ),
        Column::stored(
            "gap_days",
            ColumnKind::Integer,
            "dage uden støtte",
            "from 18 to that track",
        )
        .in_unit("days"),
        Column::stored("policy_version", ColumnKind::Integer, "regelsæt", "the policy used"),
    ],
    key: &["case"],
    indexes: &[Index { columns: &["policy_version"], only_set: None }],
    made: Made::OfCase { rows, unknown: no_rows },
};

fn rows(folded: &Folded<'_>) -> Vec<Vec<Cell>> {
    let (view, policy) = (&folded.view, folded.policy);
    let (Some(birth), Some(adult_on), Some(episode)) =
        (view.known_birth_date(), view.adult_on(policy), view.episode())
    else {
        return Vec::new();
    };
    let missing: Vec<&str> = match (view.transition_held(), view.transition_meetings.last()) {
        (None, Some(last)) => last.missing().into_iter().map(Party::as_str).collect(),
        (Some(_), _) | (None, None) => Vec::new(),
    };
    let of_adults = view.tracks.iter().filter(|track| track.basis != Basis::Bl32);
    let lasting = of_adults.filter(|track| track.is_active_on(track.from.max(adult_on)));
    let grant = lasting.min_by_key(|track| track.from.max(adult_on));
    let gap = grant.map(|track| track.from.signed_duration_since(adult_on).num_days().max(0));
    vec![TABLE.row_with(&[
        ("case", text(folded.case.as_str())),
        ("turns_17_half", Cell::Date(calendar::months_after(birth, policy.transition_age_months))),
        ("due", date(view.transition_due(episode, policy))),
        ("held_on", date(view.transition_held().map(|meeting| meeting.on))),
        ("missing", words(&missing)),
        ("handover", optional(view.handover(), |newest| text(newest.status().as_str()))),
        ("turns_18", Cell::Date(adult_on)),
        ("adult_grant", optional(grant, |track| text(track.basis.as_str()))),
        ("gap_days", optional(gap, Cell::Integer)),
        ("policy_version", Cell::Integer(folded.policy_version)),
    ])]
}

fn status(row: &Row<'_>, asking: &Asking<'_>) -> Cell {
    let notice = asking.policy.transition_notice_days;
    text(match (row.date("due"), row.date("held_on")) {
        (None, _) => "n/a",
        (Some(_), Some(held)) if held <= asking.day => "held",
        (Some(due), _) if asking.day > due => "overdue",
        (Some(due), _) if asking.day >= calendar::days_before(due, notice) => "due_soon",
        (Some(_), _) => "not_yet",
    })
}
