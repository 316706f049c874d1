//! `spor staff`: the directory that letters find their readers in.

use serde_json::{Map, Value, json};

use super::{query, record};
use crate::args::{AsOf, OfPerson, Question, Staff, StaffAdd};
use crate::context::Context;
use crate::report::{Exit, Report};
use crate::talk;

/// Enters, lists, lets go.
pub async fn run(context: &Context, args: Staff) -> Result<Exit, Report> {
    match args {
        Staff::Add(args) => add(context, args).await,
        Staff::List { when } => list(context, when).await,
        Staff::Leave { person, writing } => {
            record::write(context, entry("StaffLeft", &person), &writing).await?;
            warn_of_cases_left(context, &person).await
        }
        Staff::Absent { person, from, until, deputy, writing } => {
            let mut fields = entry("AvailabilityChanged", &person);
            fields.insert("absent_from".to_owned(), json!(from));
            fields.extend(until.map(|until| ("absent_until".to_owned(), json!(until))));
            fields.extend(deputy.map(|deputy| ("deputy".to_owned(), json!(deputy))));
            record::write(context, fields, &writing).await
        }
        Staff::Pledge(of) => said(context, "ConfidentialityPledgeSigned", of).await,
        Staff::Competence { person, kind, writing } => {
            let mut fields = entry("CompetenceRecorded", &person);
            fields.insert("kind".to_owned(), json!(kind));
            record::write(context, fields, &writing).await
        }
        Staff::Profile { person, reference, writing } => {
            let mut fields = entry("MentorProfilePublished", &person);
            fields.insert("profile_ref".to_owned(), json!(reference));
            record::write(context, fields, &writing).await
        }
        Staff::Supervision(of) => said(context, "SupervisionAttended", of).await,
        Staff::Sparring(of) => said(context, "PeerSparringHeld", of).await,
    }
}

async fn said(context: &Context, kind: &str, of: OfPerson) -> Result<Exit, Report> {
    record::write(context, entry(kind, &of.person), &of.writing).await
}

/// Everybody who has been entered, as the table of the directory shows them.
async fn list(context: &Context, when: AsOf) -> Result<Exit, Report> {
    let asked = Question {
        condition: Some("registered_on<=today".to_owned()),
        when,
        ..Question::default()
    };
    query::ask(context, "staff", &asked).await
}

async fn add(context: &Context, args: StaffAdd) -> Result<Exit, Report> {
    let mut fields = entry("StaffRegistered", &args.person);
    for (name, value) in [
        ("name", json!(args.name)),
        ("email", json!(args.email)),
        ("roles", json!(args.roles)),
        ("administration", json!(args.administration)),
        ("employment", json!(args.employment)),
    ] {
        fields.insert(name.to_owned(), value);
    }
    fields.extend(args.capacity.map(|hours| ("capacity_hours".to_owned(), json!(hours))));
    record::write(context, fields, &args.writing).await
}

fn entry(kind: &str, person: &str) -> Map<String, Value> {
    let fields = [("type", kind), ("person", person)];
    fields.into_iter().map(|(key, value)| (key.to_owned(), json!(value))).collect()
}

/// Whoever leaves may leave young people behind: their cases are named at once.
async fn warn_of_cases_left(context: &Context, person: &str) -> Result<Exit, Report> {
    let asked = Question {
        condition: Some(format!("state=open and (mentor={person} or caseworker={person})")),
        columns: Some("case".to_owned()),
        ..Question::default()
    };
    if let Some(case) = query::first(context, "cases", &asked).await? {
        talk::warn(context, &format!("{person} still carries open cases, {case} the first"));
    }
    Ok(Exit::Done)
}
