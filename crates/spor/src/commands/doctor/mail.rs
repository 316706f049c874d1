//! What `spor doctor` says of letters: which came to a halt and why, which addresses are none, and
//! what rests.

use std::collections::BTreeSet;

use spor_domain::sealed::Sealed;
use spor_history::load::KnownAt;
use spor_scheduler::acts::{self, What};
use spor_scheduler::settings::BREAKER;
use spor_store::{LetterFilter, LetterRow, LetterState};

use super::Finding;
use crate::context::Session;
use crate::report::Report;

/// Letters looked through.
const LETTERS_READ: usize = 100_000;
/// Named in a line; the lists have the rest.
const NAMED: usize = 5;

/// Everything about letters.
pub async fn findings(session: &Session) -> Result<Vec<Finding>, Report> {
    Ok(vec![
        letters(session).await?,
        addresses(session).await?,
        breaker(session).await?,
        pauses(session).await?,
    ])
}

async fn letters(session: &Session) -> Result<Finding, Report> {
    let letters = session.store.letters(&LetterFilter::default(), LETTERS_READ).await?;
    let of = |state: LetterState, words: &str| {
        let found: Vec<&LetterRow> =
            letters.iter().filter(|letter| letter.state == state).collect();
        let named = found.iter().map(|letter| {
            let why = letter.smtp_text.as_deref().unwrap_or("no answer came");
            format!("{} to {}: {why}", letter.letter.id, letter.letter.recipient)
        });
        (found.len(), format!("{} {words}{}", found.len(), listed(named.collect())))
    };
    let (dead, dead_words) = of(LetterState::Dead, "dead");
    let (held, held_words) = of(LetterState::Held, "held");
    let (_, doubtful) = of(LetterState::InDoubt, "in doubt");
    Ok(Finding {
        what: "letters",
        is_fine: dead + held == 0,
        found: format!("{} in all, {dead_words}, {held_words}, {doubtful}", letters.len()),
        try_next: "spor reminders outbox --state dead,held, then spor reminders retry ID or cancel ID",
    })
}

/// Addresses that a relay refused, as far as somebody still has them.
async fn addresses(session: &Session) -> Result<Finding, Report> {
    let directory = session.memory.directory(KnownAt::Everything).await?;
    let refused = session.store.suppressions().await?;
    let today = session.today();
    let mut named = Vec::new();
    for (person, known) in directory.people().filter(|(_, known)| known.is_here_on(today)) {
        let Some(Sealed::Known(contact)) = &known.contact else { continue };
        let found = refused.iter().find(|refused| refused.address == contact.email);
        named.extend(found.map(|refused| format!("{person}: {}", refused.reason)));
    }
    Ok(Finding {
        what: "addresses",
        is_fine: named.is_empty(),
        found: format!("{} people cannot be written to{}", named.len(), listed(named)),
        try_next: "give them a working address in the directory; if it is right after all, spor reminders release-address ADDRESS. Their lead is told meanwhile",
    })
}

async fn breaker(session: &Session) -> Result<Finding, Report> {
    let open = session.store.breaker(BREAKER).await?.filter(|open| open.until > session.now);
    Ok(Finding {
        what: "relay",
        is_fine: open.is_none(),
        found: match open {
            Some(open) => {
                format!("it refuses us, nothing is sent until {}: {}", open.until, open.reason)
            }
            None => "it does not refuse us".to_owned(),
        },
        try_next: "check mail.username and mail.password_file, then spor reminders send-test ADDRESS",
    })
}

/// Pauses are allowed; what rests is still to be seen.
async fn pauses(session: &Session) -> Result<Finding, Report> {
    let running = acts::pauses(&session.store, session.today()).await?;
    let cases: BTreeSet<&str> = running.iter().map(|(case, _)| case.as_str()).collect();
    let count = cases.len();
    let named = running.iter().map(|(case, deed)| match &deed.what {
        What::Paused { scope, until: Some(until) } => format!("{case} {scope} until {until}"),
        _ => case.clone(),
    });
    let named = listed(named.collect());
    Ok(Finding {
        what: "pauses",
        is_fine: true,
        found: format!("the letters of {count} cases rest{named}"),
        try_next: "spor reminders resume --case REF",
    })
}

fn listed(mut named: Vec<String>) -> String {
    let more = named.len().saturating_sub(NAMED);
    named.truncate(NAMED);
    match (named.is_empty(), more) {
        (true, _) => String::new(),
        (false, 0) => format!(" ({})", named.join("; ")),
        (false, more) => format!(" ({}; and {more} more)", named.join("; ")),
    }
}
