//! The fold of people's acts, act by act and for histories nobody thought of.

use super::*;

fn day(text: &str) -> NaiveDate {
    text.parse().expect("a day")
}

fn about(level: &str, person: &str) -> About {
    let (rule, cycle) = ("R01".to_owned(), Uuid::from_u128(7));
    About { rule, cycle, level: level.to_owned(), person: person.to_owned() }
}

fn on(day_text: &str, what: What) -> Deed {
    let at = format!("{day_text}T09:00:00Z").parse().expect("an instant");
    Deed { what, on: day(day_text), at, by: "L-01".to_owned(), reason: None }
}

fn standing(deeds: impl IntoIterator<Item = Deed>) -> Standing {
    let mut standing = Standing::default();
    deeds.into_iter().for_each(|deed| standing.evolve(deed));
    standing
}

fn seen(on_day: &str) -> Deed {
    on(on_day, What::Acknowledged(about("notice", "M-01")))
}

fn snoozed(on_day: &str, until: &str) -> Deed {
    on(on_day, What::Snoozed { about: about("notice", "M-01"), until: day(until) })
}

fn paused(on_day: &str, scope: &str, until: &str) -> Deed {
    on(on_day, What::Paused { scope: scope.to_owned(), until: Some(day(until)) })
}

fn resumed(on_day: &str, scope: &str) -> Deed {
    on(on_day, What::Resumed { scope: scope.to_owned() })
}

fn row(level: &str, person: &str, reason: Option<&str>) -> ReminderRow {
    ReminderRow {
        id: spor_store::ReminderId::new(Uuid::from_u128(1)),
        rule: "R01".to_owned(),
        case_ref: "SPOR-2025-0001".to_owned(),
        cycle: Uuid::from_u128(7),
        level: level.to_owned(),
        recipient_role: "mentor".to_owned(),
        recipient: Some(person.to_owned()),
        state: spor_store::ReminderState::Planned,
        reason: reason.map(str::to_owned),
        letter: None,
        due: None,
        planned_at: DateTime::UNIX_EPOCH,
    }
}

fn word(standing: &Standing, row: &ReminderRow, on_day: &str) -> Option<&'static str> {
    standing.rest(row, day(on_day)).map(Rest::word)
}

#[test]
fn what_was_seen_is_about_one_level_and_one_person() {
    let known = standing([seen("2026-02-09")]);
    assert_eq!(word(&known, &row("notice", "M-01", None), "2026-02-09"), Some(ACKNOWLEDGED));
    assert_eq!(word(&known, &row("notice", "M-01", None), "2027-02-09"), Some(ACKNOWLEDGED));
    assert_eq!(word(&known, &row("overdue", "M-01", None), "2026-02-09"), None);
    assert_eq!(word(&known, &row("notice", "M-02", None), "2026-02-09"), None);
    let other = ReminderRow { cycle: Uuid::from_u128(8), ..row("notice", "M-01", None) };
    assert_eq!(word(&known, &other, "2026-02-09"), None);
    assert_eq!(word(&known, &row("notice", "M-01", None), "2026-02-08"), None, "not yet");
}

#[test]
fn what_is_put_off_rests_to_the_end_of_its_last_day() {
    let known = standing([snoozed("2026-02-09", "2026-02-11")]);
    let mine = row("notice", "M-01", None);
    let words = ["2026-02-09", "2026-02-11", "2026-02-12"].map(|on| word(&known, &mine, on));
    assert_eq!(words, [Some(SNOOZED), Some(SNOOZED), None]);
    assert!(known.was_snoozed(&about("notice", "M-01")));
    assert!(!known.was_snoozed(&about("overdue", "M-01")));
}

#[test]
fn a_persons_newest_act_is_the_one_that_counts() {
    let mine = row("notice", "M-01", None);
    let again = standing([seen("2026-02-09"), snoozed("2026-02-09", "2026-02-10")]);
    assert_eq!(word(&again, &mine, "2026-02-10"), Some(SNOOZED));
    assert_eq!(word(&again, &mine, "2026-02-11"), None);
    let earlier =
        standing([snoozed("2026-02-09", "2026-02-20"), snoozed("2026-02-10", "2026-02-11")]);
    assert_eq!(word(&earlier, &mine, "2026-02-12"), None);
}

#[test]
fn a_pause_holds_for_its_scope_until_its_end_or_until_it_is_lifted() {
    let mine = row("notice", "M-01", None);
    let case = standing([paused("2026-02-09", "case", "2026-02-20")]);
    assert_eq!(word(&case, &mine, "2026-02-20"), Some(PAUSED));
    assert_eq!(word(&case, &mine, "2026-02-21"), None);
    let other = standing([paused("2026-02-09", "R05", "2026-02-20")]);
    assert_eq!(word(&other, &mine, "2026-02-10"), None);
    assert!(other.pause("R05", day("2026-02-10")).is_some());
    let lifted = standing([
        paused("2026-02-09", "case", "2026-02-20"),
        paused("2026-02-09", "R01", "2026-02-20"),
        resumed("2026-02-12", "case"),
    ]);
    assert_eq!(word(&lifted, &mine, "2026-02-12"), Some(PAUSED), "its own pause goes on");
    assert!(lifted.pause("R02", day("2026-02-12")).is_none());
}

#[test]
fn an_alarm_is_not_silenced_by_a_person_and_a_lost_case_by_nobody() {
    let known = standing([seen("2026-02-09"), snoozed("2026-02-09", "2026-02-20")]);
    let alarm = row("notice", "M-01", Some("alarm:role_vacant:mentor"));
    assert_eq!(word(&known, &alarm, "2026-02-10"), None);
    let resting = standing([paused("2026-02-09", "case", "2026-02-20")]);
    assert_eq!(word(&resting, &alarm, "2026-02-10"), Some(PAUSED));
    assert_eq!(word(&resting, &row("overdue", "L-01", Some(CASE_UNREADABLE)), "2026-02-10"), None);
}

#[test]
fn what_was_seen_says_so_also_while_its_case_rests() {
    let known = standing([paused("2026-02-09", "case", "2026-02-20"), seen("2026-02-10")]);
    assert_eq!(word(&known, &row("notice", "M-01", None), "2026-02-11"), Some(ACKNOWLEDGED));
    assert_eq!(word(&known, &row("overdue", "M-01", None), "2026-02-11"), Some(PAUSED));
}
