//! `spor staff`: the directory that letters find their readers in.

use serde_json::{Map, Value, json};
use spor_domain::ids::PersonRef;
use spor_domain::opening::Administration;
use spor_domain::staff::Role;

use super::{query, record};
use crate::args::{AsOf, Question, Staff, StaffAdd};
use crate::context::Context;
use crate::output::{self, Rows};
use crate::report::{Exit, Report};
use crate::talk;

/// Enters, lists, lets go.
pub async fn run(context: &Context, args: Staff) -> Result<Exit, Report> {
    match args {
        Staff::Add(args) => add(context, args).await,
        Staff::List { when } => list(context, &when).await,
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
    }
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
        sort: None,
        columns: Some("case".to_owned()),
        limit: None,
        when: AsOf { as_of: None, known_at: None },
    };
    if let Some(case) = query::first(context, "cases", &asked).await? {
        talk::warn(context, &format!("{person} still carries open cases, {case} the first"));
    }
    Ok(Exit::Done)
}

async fn list(context: &Context, when: &AsOf) -> Result<Exit, Report> {
    let session = context.open_to_read().await?;
    let when = session.when(when)?;
    let directory = session.memory.directory(when.known_at).await?;
    let mut rows = Rows::new(&[
        "person",
        "roles",
        "administration",
        "employment",
        "capacity_hours",
        "pledged_on",
        "last_supervision",
        "absent_until",
        "deputy",
        "left_on",
    ]);
    for (person, known) in directory.people() {
        if known.registered_on.is_none_or(|since| since > when.day) {
            continue;
        }
        let roles: Vec<&str> = known.roles.iter().map(|role: &Role| role.as_str()).collect();
        let absence = known.absence_on(when.day);
        let supervised = known.supervised.range(..=when.day).next_back();
        rows.push(vec![
            json!(person),
            json!(roles),
            json!(known.administration.map(Administration::as_str)),
            json!(known.employment),
            json!(known.capacity_on(when.day)),
            json!(known.pledged_on),
            json!(supervised),
            json!(absence.and_then(|absence| absence.until)),
            json!(absence.and_then(|absence| absence.deputy.as_ref().map(PersonRef::as_str))),
            json!(known.left_on),
        ]);
    }
    output::rows(&context.global, &rows)?;
    Ok(Exit::Done)
}
