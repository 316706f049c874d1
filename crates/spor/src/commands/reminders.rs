//! `spor reminders`: what is open, why, which letters carry it, what is to come.

mod acts;
mod effect;
mod explain;
pub(super) mod forecast;
mod lists;
pub(super) mod proof;
mod release;
mod silence;

use serde_json::{Value, json};
use spor_domain::ids::CaseRef;
use spor_domain::view::View;

use spor_mail::address::Address;
use spor_mail::compose;
use spor_mail::digest::Header;
use spor_mail::failure::{Failure, Kind, Phase};
use spor_mail::smtp::{self, Envelope};
use spor_scheduler::open::{OpenReminder, open_reminders};

use super::case::{fill_in, reference};
use super::letters::configured_texts;
use super::run::{bad_mail, configured_relay, letter_language, return_path, sender};
use crate::args::{AsOf, Reminders};
use crate::context::{Context, Session, When, new_id, wall_clock};
use crate::output::{self, Rows};
use crate::report::{Exit, Report};
use crate::talk;

/// Looks at reminders and letters.
pub async fn run(context: &Context, args: Reminders) -> Result<Exit, Report> {
    match args {
        Reminders::List { case, when } => list(context, case.as_deref(), &when).await,
        Reminders::Explain { case, rule, on, known_at } => {
            explain::run(context, (&case, &rule), (on.as_deref(), known_at.as_deref())).await
        }
        Reminders::Ledger(args) => lists::ledger(context, args).await,
        Reminders::Outbox(args) => lists::outbox(context, args).await,
        Reminders::Retry { id } => lists::retry(context, &id).await,
        Reminders::ReleaseAddress(args) => release::run(context, &args).await,
        Reminders::Cancel { id } => lists::cancel(context, &id).await,
        Reminders::Acknowledge(args) => acts::acknowledge(context, args).await,
        Reminders::Snooze(args) => acts::snooze(context, args).await,
        Reminders::Pause(args) => acts::pause(context, args).await,
        Reminders::Resume(args) => acts::resume(context, args).await,
        Reminders::Effect(args) => effect::run(context, args).await,
        Reminders::Forecast(asked) => forecast::run(context, &asked).await,
        Reminders::SilenceAudit(asked) => silence::run(context, &asked).await,
        Reminders::Proof { id, file } => proof::run(context, &id, file.as_deref()).await,
        Reminders::SendTest { address } => send_test(context, &address).await,
    }
}

async fn list(context: &Context, case: Option<&str>, when: &AsOf) -> Result<Exit, Report> {
    let session = context.open_to_read().await?;
    let when = session.when(when)?;
    let (policies, _) = session.memory.policies(when.known_at).await?;
    let directory = session.memory.directory(when.known_at).await?;
    let mut rows = match case {
        Some(_) => Rows::new(&["rule", "name", "due", "level", "to", "recipients", "since"]),
        None => Rows::new(&["case", "rule", "name", "due", "level", "to", "recipients", "since"]),
    };
    let cases = match case {
        Some(text) => {
            let reference = reference(text)?;
            let remembered = session.memory.case(&reference, when.known_at).await?;
            if remembered.case.is_empty() {
                return Err(Report::case_not_found(text, when.is_past));
            }
            vec![(reference, remembered.case.as_of(when.day))]
        }
        None => each_case(context, &session, &when).await?,
    };
    for (reference, mut view) in cases {
        fill_in(&session, &reference, &mut view, (&directory, when.known_at)).await?;
        for reminder in open_reminders(&view, &policies, &directory) {
            let mut row = cells(&reminder);
            if case.is_none() {
                row.insert(0, json!(reference.as_str()));
            }
            rows.push(row);
        }
    }
    if rows.rows.is_empty() && !output::is_for_programs(&context.global) {
        output::text("no reminder is open")?;
    } else {
        output::rows(&context.global, &rows)?;
    }
    Ok(Exit::Done)
}

async fn each_case(
    context: &Context,
    session: &Session,
    when: &When,
) -> Result<Vec<(CaseRef, View)>, Report> {
    let mut views = Vec::new();
    let mut scan = session.memory.scan_cases(None, when.known_at)?;
    while let Some(cases) = scan.next().await? {
        for (reference, folded) in cases {
            match folded {
                Ok(folded) => views.push((reference, folded.as_of(when.day))),
                Err(_) => talk::warn(context, &format!("{reference} cannot be read; see doctor")),
            }
        }
    }
    Ok(views)
}

fn cells(reminder: &OpenReminder) -> Vec<Value> {
    vec![
        json!(reminder.rule),
        json!(reminder.name),
        json!(reminder.due),
        json!(reminder.level),
        json!(reminder.to),
        json!(reminder.recipients),
        json!(reminder.since),
    ]
}

/// A trial letter straight to the relay: no case, no ledger, nothing recorded.
async fn send_test(context: &Context, address: &str) -> Result<Exit, Report> {
    let Some(relay) = configured_relay(&context.config)? else {
        return Err(Report::new(
            Exit::Usage,
            "mail_configuration",
            "no relay is set",
            "letters cannot be handed in like this",
            "set mail.host in spor.toml",
        ));
    };
    let header = Header {
        from: sender(&context.config)?,
        to: Address::parse(address).map_err(bad_mail)?,
        message_id: format!("<trial-{}@{}>", new_id(), context.config.text("mail.hello")),
        date: wall_clock(),
        list_id: format!("reminders.{}", context.config.text("mail.hello")),
        case_in_subject: false,
        thread: None,
    };
    let texts = configured_texts(context)?;
    let bytes =
        compose::trial(&texts, &header, letter_language(&context.config)).map_err(bad_mail)?;
    let from = return_path(&context.config)?;
    let envelope = Envelope { from, to: header.to, id: None };
    let mut dialogue = smtp::Session::connect(&relay).await.map_err(not_sent)?;
    let offered = dialogue.offer(&envelope).await.map_err(not_sent)?;
    let accepted = offered.hand_over(&bytes).await.map_err(not_sent)?;
    dialogue.close().await;
    output::text(&format!("the relay took the letter: {} {}", accepted.code, accepted.text))?;
    Ok(Exit::Done)
}

#[expect(clippy::needless_pass_by_value, reason = "it stands where map_err hands it over")]
fn not_sent(failure: Failure) -> Report {
    let next = match failure.kind {
        Kind::Retry | Kind::InDoubt => "check mail.host and mail.port, then try again",
        Kind::GiveUp => "check the address",
        Kind::Breaker if failure.phase == Phase::Auth => {
            "check mail.auth, mail.username and the file of the password or the secret; docs/mail.md"
        }
        Kind::Breaker => "check mail.security and mail.ca_file; docs/mail.md",
    };
    let because = format!("it failed in the phase: {}", failure.phase);
    Report::new(Exit::Unavailable, "letter_not_sent", failure.to_string(), because, next)
}
