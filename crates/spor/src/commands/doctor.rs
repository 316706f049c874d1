//! `spor doctor`: everything that can be checked from here, green or red, with the next step.

mod mail;

use serde_json::json;
use spor_history::load::KnownAt;
use spor_projections::runner::QUARANTINE;
use spor_scheduler::self_audit::SELF_AUDIT;
use spor_scheduler::wrong_clock::CLOCK;
use spor_store::Open;

use super::run::{configured_relay, return_path};
use crate::context::{Context, Session};
use crate::output::{self, Rows};
use crate::report::{Exit, Report};

struct Finding {
    what: &'static str,
    is_fine: bool,
    found: String,
    try_next: &'static str,
}

/// Checks and answers; red findings end with exit code 2, a broken log with 7.
pub async fn run(context: &Context) -> Result<Exit, Report> {
    let session = context.open_as(Open::ReadOnly).await?;
    let mut findings = vec![
        log(&session).await,
        tables(&session).await?,
        quarantine(&session).await?,
        finding(&session, "self-audit", SELF_AUDIT).await?,
        finding(&session, "clock", CLOCK).await?,
        relay(context),
        people(&session).await?,
        second_copy(context, &session).await?,
        erasures(&session).await?,
        server(&session),
    ];
    findings.extend(mail::findings(&session).await?);
    findings.sort_by_key(|finding| finding.is_fine);
    let mut rows = Rows::new(&["check", "state", "found", "try"]);
    for finding in &findings {
        let state = if finding.is_fine { "ok" } else { "red" };
        let next = if finding.is_fine { "" } else { finding.try_next };
        rows.push(vec![json!(finding.what), json!(state), json!(finding.found), json!(next)]);
    }
    output::rows(&context.global, &rows)?;
    let red = |what| findings.iter().any(|finding| !finding.is_fine && finding.what == what);
    Ok(match (red("log"), findings.iter().all(|finding| finding.is_fine)) {
        (true, _) => Exit::Integrity,
        (false, true) => Exit::Done,
        (false, false) => Exit::Usage,
    })
}

async fn log(session: &Session) -> Finding {
    let verified = session.store.verify(|_| {}).await;
    let (is_fine, found) = match verified {
        Ok(verified) => (true, format!("{} entries verified", verified.events)),
        Err(error) => (false, error.to_string()),
    };
    Finding { what: "log", is_fine, found, try_next: "stop, keep the files, compare with a backup" }
}

async fn tables(session: &Session) -> Result<Finding, Report> {
    let head = session.store.head().await?.position.get();
    let checkpoints = session.store.checkpoints().await?;
    let behind = checkpoints.iter().map(|table| head - table.position.get()).max().unwrap_or(0);
    Ok(Finding {
        what: "tables",
        is_fine: true,
        found: format!("{} tables, {behind} events behind", checkpoints.len()),
        try_next: "spor store rebuild",
    })
}

async fn quarantine(session: &Session) -> Result<Finding, Report> {
    let failures = session.store.failures().await?;
    let open: Vec<&str> = failures
        .iter()
        .filter(|failure| failure.resolution.is_none() && failure.what == QUARANTINE)
        .map(|failure| failure.stream.as_str())
        .collect();
    Ok(Finding {
        what: "quarantine",
        is_fine: open.is_empty(),
        found: if open.is_empty() { "nothing".to_owned() } else { open.join(", ") },
        try_next: "look at the stream with `spor case timeline`; its deadlines count as overdue",
    })
}

/// What the scheduler has found and nobody has put right yet.
async fn finding(session: &Session, what: &'static str, filed: &str) -> Result<Finding, Report> {
    let failures = session.store.failures().await?.into_iter();
    let open = failures.filter(|failure| failure.what == filed && failure.resolution.is_none());
    let open: Vec<String> =
        open.map(|failure| format!("{}: {}", failure.stream, failure.error)).collect();
    Ok(Finding {
        what,
        is_fine: open.is_empty(),
        found: if open.is_empty() { "nothing".to_owned() } else { open.join("; ") },
        try_next: if filed == CLOCK {
            "put the clock right, or, if it is right, `spor scheduler trust-clock`"
        } else {
            "the rows were made anew; look for what changed them, and wait for the next night"
        },
    })
}

fn relay(context: &Context) -> Finding {
    let checked = configured_relay(&context.config).and_then(|_| return_path(&context.config));
    let (is_fine, found) = match (context.config.filled("mail.host"), checked) {
        (_, Err(report)) => (false, report.message),
        (None, Ok(_)) => (false, "no relay is set: letters wait".to_owned()),
        (Some(host), Ok(_)) => (true, host.to_owned()),
    };
    Finding {
        what: "mail",
        is_fine,
        found,
        try_next: "correct the section [mail], see docs/mail.md, then spor reminders send-test ADDRESS",
    }
}

async fn people(session: &Session) -> Result<Finding, Report> {
    let directory = session.memory.directory(KnownAt::Everything).await?;
    let count = directory.people().filter(|(_, person)| person.registered_on.is_some()).count();
    Ok(Finding {
        what: "directory",
        is_fine: count > 0,
        found: format!("{count} people registered"),
        try_next: "spor record staff-registered --help",
    })
}

fn server(session: &Session) -> Finding {
    let warnings = session.store.warnings();
    Finding {
        what: "server",
        is_fine: warnings.is_empty(),
        found: if warnings.is_empty() { "nothing".to_owned() } else { warnings.join("; ") },
        try_next: "docs/postgresql.md says how the server and its roles should be",
    }
}

async fn erasures(session: &Session) -> Result<Finding, Report> {
    let left = session.store.unfinished_erasures().await?.len();
    Ok(Finding {
        what: "erasures",
        is_fine: left == 0,
        found: format!("{left} begun and not finished"),
        try_next: "any command that writes goes on with them; see `spor erase --help`",
    })
}

async fn second_copy(context: &Context, session: &Session) -> Result<Finding, Report> {
    let (is_fine, found) = super::keys::exported(context, session).await?;
    Ok(Finding { what: "keys", is_fine, found, try_next: "spor keys export FOLDER" })
}
