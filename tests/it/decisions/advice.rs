//! What is accepted with a word of advice, and what a statement asks to be able to note.

use spor_domain::event::Event;
use spor_domain::rejection::Language;
use spor_domain::schema;
use spor_tests::book::{Answer, Book};
use spor_tests::entry;
use spor_tests::given::given;

use super::{LAB, OPENED, SEL};

/// The codes of the advice on the last of these entries, without that on the directory.
fn advice(lines: &[&str]) -> Vec<&'static str> {
    let mut book = Book::default();
    let mut last = Vec::new();
    for line in lines {
        let Answer::Accepted(accepted) = book.take(&entry::journal_line(line)) else {
            panic!("{line}");
        };
        for warning in &accepted.warnings {
            let told = [Language::Da, Language::En].map(|language| warning.explain(language));
            assert!(told[0] != told[1] && told.iter().all(|text| text.len() > 20), "{told:?}");
        }
        last = accepted.warnings.iter().map(|warning| warning.code()).collect();
        last.retain(|code| *code != "staff_not_registered");
    }
    last
}

#[test]
fn support_and_goals_rest_on_a_need() {
    assert_eq!(advice(&[OPENED, SEL]), ["need_missing"]);
    assert!(advice(&[OPENED, &format!("{SEL} need='to sleep at night'")]).is_empty());
    let goal = "2025-01-20 GoalSet goal=G1 domain=everyday_coping";
    assert_eq!(advice(&[OPENED, goal]), ["need_missing"]);
    assert!(advice(&[OPENED, &format!("{goal} need='to cook'")]).is_empty());
}

#[test]
fn some_goal_is_about_everyday_life() {
    let work = "2025-01-20 GoalSet goal=G1 domain=work need='a job'";
    let everyday = "2025-01-21 GoalSet goal=G2 domain=everyday_coping need='to cook'";
    assert_eq!(advice(&[OPENED, work]), ["no_everyday_goal"]);
    assert!(advice(&[OPENED, work, everyday]).is_empty());
    let closed = "2025-02-20 GoalClosed goal=G2 outcome=reached";
    assert_eq!(advice(&[OPENED, work, everyday, closed]), ["no_everyday_goal"]);
    let other = "2025-02-20 GoalClosed goal=G1 outcome=dropped";
    assert!(advice(&[OPENED, work, everyday, other]).is_empty());
}

#[test]
fn an_early_ending_is_warned_of() {
    assert_eq!(advice(&[OPENED, "2025-04-05 CaseClosed reason=youth_wish"]), ["early_closing"]);
    assert!(advice(&[OPENED, "2025-04-06 CaseClosed reason=youth_wish"]).is_empty());
}

#[test]
fn two_roles_ask_for_the_competence() {
    let sel = format!("{SEL} person=M-01 need='to sleep'");
    let lab = format!("{LAB} track=T2 person=M-01 need='a job'");
    assert_eq!(advice(&[OPENED, &sel, &lab]), ["competence_missing"]);
    let learnt = "2025-01-02 CompetenceRecorded person=M-01 kind=dual_role";
    assert!(advice(&[learnt, OPENED, &sel, &lab]).is_empty());
    let contact = "2025-02-03 MentorAssigned person=M-01 role=support_contact";
    assert_eq!(advice(&[OPENED, contact]), ["competence_missing"]);
    let switched = "2025-02-03 SupportSwitched from_track=T1 track=T2 basis=LAB-167 \
                    weekly_hours=3 until=2025-07-01 person=";
    assert_eq!(advice(&[OPENED, &sel, &format!("{switched}M-01")]), ["competence_missing"]);
    assert!(advice(&[OPENED, &sel, &format!("{switched}M-02")]).is_empty());
}

#[test]
fn six_weeks_without_the_labour_market_are_warned_of() {
    let session = "2025-02-03 SessionHeld minutes=60 track=T1 activities=relation,labour_market";
    let (early, late) = ("2025-02-16 FollowUpHeld", "2025-02-17 FollowUpHeld");
    assert!(advice(&[OPENED, LAB, early]).is_empty());
    assert_eq!(advice(&[OPENED, LAB, late]), ["labour_market_absent"]);
    assert!(advice(&[OPENED, LAB, session, late]).is_empty());
    assert!(advice(&[OPENED, SEL, late]).is_empty());
}

#[test]
fn what_begins_outside_office_hours_is_known() {
    let outside = |start: &str| {
        let held = format!("2025-02-03 SessionHeld minutes=60 start={start}");
        let mut outside = None;
        given(&[OPENED, &held]).on("2025-02-03", |view, _| {
            outside = view.sessions[0].is_outside_hours();
        });
        outside
    };
    assert_eq!(outside("07:59"), Some(true));
    assert_eq!(outside("08:00"), Some(false));
    assert_eq!(outside("15:59"), Some(false));
    assert_eq!(outside("16:00"), Some(true));
}

#[test]
fn activities_the_rules_know_stand_in_clear() {
    let activities = "bridge_to_parents,edge_of_lab,swimming";
    let held = format!("2025-02-03 SessionHeld minutes=60 activities={activities}");
    given(&[OPENED, &held]).on("2025-02-03", |view, _| {
        assert_eq!(view.sessions[0].activities, ["bridge_to_parents", "edge_of_lab"]);
    });
}

#[test]
fn what_the_statements_ask_to_note_can_be_noted() {
    let group = "2025-01-06 GroupFormed group=G-01 mentor=M-01 purpose=cooking theme=food";
    let notes = [
        "2025-02-03 GoalSet goal=G1 domain=education text='my own words' owner=youth \
         between_sessions='with my aunt'",
        "2025-02-03 DialogueHeld need=up heard='more in the mornings'",
        "2025-02-03 NetworkMapped kind=genogram persons=4 support_described=true \
         youth_took_part=true",
        "2025-02-03 NetworkMeetingHeld parties=mentor,youth,aunt,teacher",
        "2025-02-03 MethodReflectionNoted decision=adjust note='slower'",
        "2025-02-03 ContactAttempted channel=visit reached=false by=M-01",
        "2025-02-03 FollowUpHeld dual_role_view='I know which hat' goals_reviewed=G1",
        "2025-02-03 SessionHeld minutes=45 start=17:30",
        "2025-02-03 GroupSuitabilityAssessed outcome=suitable by=M-01 relevance='wants to cook'",
        "2025-04-10 GroupSessionHeld group=G-01 by=M-01 attendees=SPOR-2025-0001 minutes=90 \
         guests=2",
        "2026-01-06 OutcomeChecked months=12 outcome=better",
        "2028-01-06 OutcomeChecked months=36 outcome=same",
    ];
    let begun = given(&[OPENED, group]);
    let kept = notes
        .iter()
        .skip(1)
        .fold(begun.when(notes[0]).accepted(), |kept, note| kept.when(note).accepted());
    let types: Vec<&str> =
        kept.book().entries().iter().map(|(_, recorded)| recorded.event.type_name()).collect();
    assert_eq!(types.iter().filter(|name| **name == "OutcomeChecked").count(), 2);
    kept.when("2028-01-07 OutcomeChecked months=-1 outcome=same").rejected("number_out_of_range");
}

#[test]
fn the_directory_keeps_what_the_statements_ask_of_people() {
    let given = given(&[
        "2025-01-02 StaffRegistered person=M-01 employment=hourly administration=employment \
         capacity_hours=20.5",
        "2025-01-03 AvailabilityChanged person=M-01 absent_from=2025-07-01 deputy=M-02",
        "2025-01-03 CompetenceRecorded person=M-01 kind=dual_role",
        "2025-01-03 MentorProfilePublished person=M-01 profile_ref=P-01",
        "2025-01-03 PeerSparringHeld person=M-01",
        "2025-01-03 SupervisionAttended person=M-01",
    ]);
    let directory = given.book().directory(None);
    let (_, person) = directory.people().find(|(who, _)| who.as_str() == "M-01").unwrap();
    assert_eq!(person.employment.as_deref(), Some("hourly"));
    assert_eq!(person.capacity[0].1.hundredths, 2_050);
    assert_eq!(person.absences[0].deputy.as_ref().unwrap().as_str(), "M-02");
    assert!(person.competences.contains("dual_role"));
    assert_eq!(person.profiles, ["P-01"]);
    assert_eq!((person.supervised.len(), person.sparring.len()), (1, 1));
}

#[test]
fn the_programme_keeps_its_texts() {
    let mut book = Book::default();
    let texts = [
        "2025-01-02 GrantCriteriaSet text='when SEL begins' valid_from=2025-02-01",
        "2025-01-02 MethodCatalogued method=outreach description='calls, writes, visits'",
    ];
    for text in texts {
        assert_eq!(book.take(&entry::journal_line(text)).code(), "accepted", "{text}");
    }
    let programme = |(_, recorded): &&(_, spor_domain::case::Recorded)| {
        matches!(recorded.event, Event::Programme(_))
    };
    assert_eq!(book.entries().iter().filter(programme).count(), 2);
    for name in ["GrantCriteriaSet", "MethodCatalogued"] {
        let late = format!("2025-01-03 {name} valid_from=-");
        assert_eq!(book.take(&entry::journal_line(&late)).code(), "missing_field");
        assert!(schema::find(name).unwrap().field("valid_from").is_some());
    }
}
