//! What holds for every case, not only for those somebody thought of.

mod door_lines;
mod lines_decided;

use chrono::{Days, NaiveDate};
use proptest::prelude::*;
use proptest::sample::{select, subsequence};
use serde_json::{Map, Value, json};
use spor_domain::calendar;
use spor_domain::case::{Case, Recorded};
use spor_domain::door;
use spor_domain::event::Event;
use spor_domain::ids::{EntryId, Position};
use spor_domain::policy::{Policies, Policy};
use spor_domain::rules;
use spor_domain::sealed::Sealed;
use spor_domain::view::{HoursStatus, View};
use spor_tests::book::{self, Answer, Book};
use spor_tests::entry;

/// How far from the first day anything happens or is asked, in days.
const SPAN_DAYS: u64 = 800;
/// The most entries in one random case.
const LONGEST: usize = 40;

fn config(cases: u32) -> ProptestConfig {
    ProptestConfig { cases, failure_persistence: None, ..ProptestConfig::default() }
}

fn day(offset: u64) -> NaiveDate {
    let first = NaiveDate::from_ymd_opt(2024, 1, 1).expect("a day");
    first.checked_add_days(Days::new(offset)).expect("a day")
}

/// An entry in short form, its day as an offset, with small numbers of tracks, goals and ids so
/// that entries meet each other.
fn an_entry() -> impl Strategy<Value = (u64, String)> {
    let offset = 0..SPAN_DAYS;
    let until = 0..SPAN_DAYS + 200;
    let words =
        (0..4_u8, 0..4_u8, 0..6_u8, select(&["LAB-167", "SEL-85", "BL-32", "voluntary"][..]));
    let with =
        subsequence(vec!["caseworker", "mentor", "youth", "volunteer", "professional_lead"], 1..=5);
    (0..18_u8, offset, until, words, with).prop_map(|(kind, offset, until, words, with)| {
        let (track, other, target, basis) = words;
        let (until, with) = (day(until), with.join(","));
        let entry = match kind {
            0 => {
                format!("SupportGranted track=T{track} basis={basis} weekly_hours=3 until={until}")
            }
            1 => format!("SupportGranted track=T{track} basis={basis} weekly_hours=3 from={until}"),
            2 => format!("SupportExtended track=T{track} until={until}"),
            3 => format!(
                "SupportSwitched from_track=T{track} track=T{other} basis={basis} until={until}"
            ),
            4 => format!("SupportEnded track=T{track}"),
            5 => format!("SupportHoursChanged track=T{track} weekly_hours=2.5 from={until}"),
            6 => format!("LimitedSupportPeriodStarted track=T{track} until={until}"),
            7 => format!("LimitedSupportPeriodEnded track=T{track}"),
            8 => format!("SessionHeld minutes={}0 track=T{track}", u32::from(target) + 1),
            9 => "SessionHeld minutes=45".to_owned(),
            10 | 11 => format!("FollowUpHeld participants={with}"),
            12 => format!("MethodReviewHeld participants={with}"),
            13 => "TransitionMeetingHeld \
                   parties=children_family,employment,adult_disability,mentor"
                .to_owned(),
            14 => format!("MentorAssigned person=M-{track}0 role=mentor"),
            15 => "CaseClosed reason=youth_wish".to_owned(),
            16 => "CaseReopened".to_owned(),
            _ => "FollowUpDelayExplained".to_owned(),
        };
        (offset, format!("{} {entry}", day(offset)))
    })
}

/// A correction or retraction of one of the first entries, by id.
fn an_act() -> impl Strategy<Value = (u64, String)> {
    let changes = prop_oneof![
        (0..SPAN_DAYS).prop_map(|offset| json!({"date": day(offset)})),
        (1..600_i64).prop_map(|minutes| json!({"minutes": minutes})),
        (0..SPAN_DAYS).prop_map(|offset| json!({"until": day(offset)})),
        Just(json!({"participants": ["caseworker", "mentor", "youth"]})),
        Just(json!({"birth_date": "2007-05-06"})),
        Just(json!({"track": null, "until": null})),
    ];
    (0..SPAN_DAYS, 0..LONGEST, changes, any::<bool>()).prop_map(
        |(offset, target, changes, take)| {
            let act = match take {
                true => format!("EntryRetracted target=e{target}"),
                false => format!("EntryCorrected target=e{target} changes={changes}"),
            };
            (offset, format!("{} {act}", day(offset)))
        },
    )
}

fn a_history() -> impl Strategy<Value = Vec<String>> {
    let entries =
        proptest::collection::vec(prop_oneof![5 => an_entry(), 1 => an_act()], 0..LONGEST);
    entries.prop_map(|entries| {
        let opened = format!("{} CaseOpened birth_date=2006-07-02", day(0));
        let texts = entries.into_iter().map(|(_, text)| text);
        std::iter::once(opened).chain(texts).enumerate().map(with_id).collect()
    })
}

fn with_id((at, text): (usize, String)) -> String {
    format!("{text} id=e{at}")
}

/// The events as the log would hold them if nothing were ever refused.
fn unrefused(history: &[String]) -> Vec<Recorded> {
    let mut events = Vec::new();
    for (at, short) in history.iter().enumerate() {
        let mut fields = entry::fields(short);
        let split = fields.get("changes").and_then(Value::as_object).cloned();
        let command = door::parse_fields(std::mem::take(&mut fields)).expect("well-formed").command;
        let mut event = command.event;
        if let (Event::Correction(_), Some(changes)) = (&event, split) {
            event = correction(&event, changes);
        }
        let position = i64::try_from(at).expect("short") + 1;
        events.push(Recorded {
            position: Position(position),
            event_id: book::event_id(position),
            recorded_at: day(0).and_hms_opt(12, 0, 0).expect("noon").and_utc(),
            occurred_on: command.on,
            id: command.id,
            event,
        });
    }
    events
}

/// A correction whose changes all stand in clear and in the sealed part alike, fitting or not.
fn correction(event: &Event, changes: Map<String, Value>) -> Event {
    let mut body = event.clear_fields();
    body.insert("changes".to_owned(), Value::Object(changes.clone()));
    let mut event = Event::decode("EntryCorrected", &Value::Object(body).to_string())
        .expect("a correction takes any object");
    event.open(&Sealed::Known(Map::from_iter([("changes".to_owned(), Value::Object(changes))])));
    event
}

fn folded<'a>(events: impl IntoIterator<Item = &'a Recorded>) -> Case {
    let mut case = Case::default();
    for event in events {
        case.evolve(event.clone());
    }
    case
}

/// Everything that can be asked of a view, so that nothing can panic unseen.
fn everything(view: &View, policy: &Policy) -> String {
    let deadlines = rules::ALL.iter().flat_map(|rule| (rule.deadlines)(view, policy));
    let levels: Vec<_> = deadlines
        .map(|deadline| (deadline.level_on(view.day), deadline.roles_on(view.day), deadline))
        .collect();
    format!(
        "{:?} {:?} {:?} {:?} {:?} {:?} {:?} {:?} {:?} {:?} {:?} {levels:?}",
        view.follow_up(policy),
        view.method_review(policy),
        view.transition(policy),
        view.phase(policy),
        view.flags(policy),
        view.track_hours(policy),
        view.hours_by_budget(policy),
        view.week_hours(),
        view.lab_period(),
        view.limited_support(),
        view.coverage_gap_days(),
    )
}

/// The deadlines without the identities of events: what people see of them.
fn seen_deadlines(view: &View, policy: &Policy) -> Vec<String> {
    let deadlines = rules::ALL.iter().flat_map(|rule| (rule.deadlines)(view, policy));
    let mut seen: Vec<String> = deadlines
        .map(|d| {
            let settled = d.settled.map(|settled| (settled.on, settled.how));
            let roles = d.roles_on(view.day);
            format!("{} {} {:?} {settled:?} {roles:?}", d.rule.id, d.due, d.level_days())
        })
        .collect();
    seen.sort();
    seen
}

/// The view without the counts of versions, which are history.
fn without_history(mut view: View) -> View {
    for session in &mut view.sessions {
        session.versions = 0;
    }
    view
}

proptest! {
    #![proptest_config(config(2_000))]

    #[test]
    fn a_fold_never_fails_whatever_was_recorded(history in a_history(), asked in 0..SPAN_DAYS + 400) {
        let case = folded(&unrefused(&history));
        everything(&case.as_of(day(asked)), &Policy::default());
        everything(&case.as_of(calendar::FIRST_DAY), &Policy::default());
        everything(&case.as_of(calendar::LAST_DAY), &Policy::default());
    }

    #[test]
    fn hours_are_told_on_the_days_on_which_the_window_shows_them_off(
        history in a_history(), asked in 0..SPAN_DAYS,
    ) {
        let (policy, asked) = (Policy::default(), day(asked));
        let view = folded(&unrefused(&history)).as_of(asked);
        let told = (rules::hours::RULE.deadlines)(&view, &policy);
        let is_told = told.iter().any(|deadline| deadline.level_on(asked).is_some());
        let is_off = view.track_hours(&policy).iter().any(|hours| {
            hours.status != HoursStatus::Ok && !view.is_paused_on(&hours.track, asked)
        });
        let is_running = view.episodes.iter().any(|episode| {
            episode.start <= asked && episode.closed.as_ref().is_none_or(|c| asked < c.on)
        });
        prop_assert_eq!(is_told, is_off && is_running);
    }

    #[test]
    fn a_day_never_sees_what_happened_after_it(history in a_history(), asked in 0..SPAN_DAYS) {
        let mut events = unrefused(&history);
        events.retain(|recorded| !matches!(recorded.event, Event::Correction(_)));
        let asked = day(asked);
        let whole = folded(&events).as_of(asked);
        let prefix = folded(events.iter().filter(|recorded| recorded.occurred_on <= asked));
        prop_assert_eq!(whole, prefix.as_of(asked));
    }

    #[test]
    fn what_is_recorded_later_about_later_days_changes_no_earlier_answer(
        history in a_history(), asked in 0..SPAN_DAYS
    ) {
        let events = unrefused(&history);
        let asked = day(asked);
        let is_later = |r: &&Recorded| {
            r.occurred_on > asked && !matches!(r.event, Event::Correction(_))
        };
        let targeted: Vec<EntryId> = events.iter().filter_map(target).collect();
        let kept = events.iter().filter(|recorded| {
            !is_later(recorded) || recorded.id.as_ref().is_some_and(|id| targeted.contains(id))
        });
        prop_assert_eq!(folded(&events).as_of(asked), folded(kept).as_of(asked));
    }
}

fn target(recorded: &Recorded) -> Option<EntryId> {
    match &recorded.event {
        Event::Correction(correction) => Some(correction.target().clone()),
        _ => None,
    }
}

proptest! {
    #![proptest_config(config(500))]

    #[test]
    fn a_decision_never_fails_and_what_it_accepts_can_be_folded(history in a_history()) {
        let mut book = Book::default();
        for short in &history {
            book.take(&entry::journal_line(short));
        }
        for offset in (0..SPAN_DAYS).step_by(97) {
            let view = book.view(day(offset));
            everything(&view, book.policies(None).on(day(offset)));
        }
    }

    #[test]
    fn a_correction_taken_back_leaves_nothing_but_history(
        history in a_history(), target in 0..LONGEST, asked in 0..SPAN_DAYS
    ) {
        let mut book = Book::default();
        for short in &history {
            book.take(&entry::journal_line(short));
        }
        let before = without_history(book.view(day(asked)));
        let last = day(SPAN_DAYS);
        let date = format!("{last} EntryCorrected id=k target=e{target} changes={{\"date\":\"{last}\"}}");
        if let Answer::Accepted(_) = book.take(&entry::journal_line(&date)) {
            let back = book.take(&entry::journal_line(&format!("{last} EntryRetracted target=k")));
            prop_assert_eq!(back.code(), "accepted");
        }
        prop_assert_eq!(before, without_history(book.view(day(asked))));
    }

    #[test]
    fn an_entry_taken_back_leaves_nothing_but_history(
        history in a_history(), extra in an_entry(), asked in 0..SPAN_DAYS
    ) {
        let mut book = Book::default();
        for short in &history {
            book.take(&entry::journal_line(short));
        }
        let before = without_history(book.view(day(asked)));
        if let Answer::Accepted(_) = book.take(&entry::journal_line(&format!("{} id=x", extra.1))) {
            let back = format!("{} EntryRetracted target=x", day(SPAN_DAYS));
            prop_assert_eq!(book.take(&entry::journal_line(&back)).code(), "accepted");
        }
        prop_assert_eq!(before, without_history(book.view(day(asked))));
    }

    #[test]
    fn the_order_of_one_days_independent_facts_moves_no_deadline(
        order in Just(independent_facts()).prop_shuffle(), asked in 40..SPAN_DAYS
    ) {
        let begun = [
            format!("{} CaseOpened birth_date=2006-07-02", day(0)),
            format!("{} SupportGranted track=T1 basis=LAB-167 until={}", day(0), day(150)),
        ];
        let deadlines = |facts: &[&str]| {
            let mut book = Book::default();
            let facts = facts.iter().map(|fact| format!("{} {fact}", day(30)));
            for short in begun.iter().cloned().chain(facts) {
                let answer = book.take(&entry::journal_line(&short));
                assert_eq!(answer.code(), "accepted", "{short}");
            }
            seen_deadlines(&book.view(day(asked)), Policies::default().on(day(asked)))
        };
        prop_assert_eq!(deadlines(&order), deadlines(&independent_facts()));
    }
}

fn independent_facts() -> Vec<&'static str> {
    vec![
        "FollowUpHeld",
        "FollowUpHeld participants=mentor,youth",
        "FollowUpDelayExplained",
        "MethodReviewHeld",
        "MethodChosen",
        "SessionHeld track=T1",
        "GoalSet goal=G1",
        "MentorAssigned person=M-05",
        "TransitionMeetingHeld parties=children_family,employment,adult_disability,mentor",
        "LimitedSupportPeriodStarted track=T1 until=2024-02-20",
        "SupportGranted track=T2 basis=SEL-85",
        "SupportExtended track=T1 until=2024-08-30",
    ]
}
