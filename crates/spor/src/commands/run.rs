//! `spor scheduler tick`, and the scheduler as the configuration wants it.

use std::sync::Arc;
use std::time::Duration;

use spor_mail::address::Address;
use spor_mail::digest::Language;
use spor_mail::relay::{self, Relay, Security, Timeouts};
use spor_projections::runner::Runner;
use spor_scheduler::settings::{Settings, WhenInDoubt};
use spor_scheduler::tick::{Scheduler, Ticked};
use spor_store::Rate;

use super::{anchoring, letters, mail};
use crate::args::Global;
use crate::config::Config;
use crate::context::{Context, Session, new_id};
use crate::output;
use crate::report::{Exit, Report};

/// The scheduler on an opened store, as the configuration wants it.
pub fn scheduler(context: &Context, session: &Session) -> Result<Scheduler, Report> {
    let relay = configured_relay(&context.config)?;
    scheduler_with(context, session, relay)
}

/// The scheduler with a relay of its own.
pub fn scheduler_with(
    context: &Context,
    session: &Session,
    relay: Option<Relay>,
) -> Result<Scheduler, Report> {
    let config = &context.config;
    let settings = Settings {
        relay,
        from: sender(config)?,
        return_path: return_path(config)?,
        message_host: config.text("mail.hello").to_owned(),
        list_id: format!("reminders.{}", config.text("mail.hello")),
        case_in_subject: config.flag("letters.reference_in_subject"),
        language: letter_language(config),
        texts: Arc::new(letters::configured_texts(context)?),
        municipality: Some(config.text("store.municipality").to_owned()),
        case_link: case_link(config)?,
        connections: usize::try_from(config.number("mail.connections")).unwrap_or(1),
        when_in_doubt: match config.text("mail.when_in_doubt") {
            "hold" => WhenInDoubt::Hold,
            _ => WhenInDoubt::Resend,
        },
        rate: Rate::per_minute(u32::try_from(config.number("mail.per_minute")).unwrap_or(u32::MAX)),
        worker: format!("{}-{}", std::process::id(), new_id()),
        anchors: anchoring::configured(context, session.store.id())?,
        new_id: Arc::new(new_id),
    };
    let runner = Runner::new(session.memory.clone(), settings.worker.clone());
    Ok(Scheduler::new(runner, settings)?)
}

/// Whom letters come from.
pub fn sender(config: &Config) -> Result<Address, Report> {
    Address::parse(config.text("mail.from")).map_err(bad_mail)
}

/// Whom mail servers report to: the sender, unless another mailbox is set.
pub fn return_path(config: &Config) -> Result<Address, Report> {
    let set = config.filled("mail.return_path").unwrap_or_else(|| config.text("mail.from"));
    Address::parse(set).map_err(bad_mail)
}

/// The language of letters.
pub fn letter_language(config: &Config) -> Language {
    if config.text("letters.lang") == "da" { Language::Da } else { Language::En }
}

/// Where a case can be opened; an address of another kind could run something at its reader's.
fn case_link(config: &Config) -> Result<Option<String>, Report> {
    let Some(link) = config.filled("letters.link") else {
        return Ok(None);
    };
    if ["https://", "http://"].iter().any(|scheme| link.starts_with(scheme)) {
        return Ok(Some(link.to_owned()));
    }
    Err(Report::new(
        Exit::Usage,
        "letter_link",
        format!("letters.link is no address of the web: {link}"),
        "each line of a letter leads there",
        "begin it with https://, as in https://spor.kommune.example/sag/{case}",
    ))
}

/// A relay without login on this machine.
pub fn relay_to(host: &str, port: u16, security: Security) -> Result<Relay, Report> {
    Relay::prepare(relay::Settings {
        host: host.to_owned(),
        port,
        security,
        login: None,
        ca_file: None,
        hello_name: None,
        timeouts: Timeouts::default(),
    })
    .map_err(bad_mail)
}

/// The relay of the configuration; `None` when no host is set, and letters wait.
pub fn configured_relay(config: &Config) -> Result<Option<Relay>, Report> {
    let Some(host) = config.filled("mail.host") else {
        return Ok(None);
    };
    let limit = Duration::from_secs(config.number("mail.timeout_seconds").max(1));
    let settings = relay::Settings {
        host: host.to_owned(),
        port: u16::try_from(config.number("mail.port")).unwrap_or(587),
        security: match config.text("mail.security") {
            "tls" => Security::Tls,
            "none" => Security::None,
            _ => Security::StartTls,
        },
        login: mail::login(config)?,
        ca_file: config.path("mail.ca_file"),
        hello_name: config.filled("mail.hello").map(str::to_owned),
        timeouts: timeouts(limit),
    };
    Relay::prepare(settings).map(Some).map_err(bad_mail)
}

/// The defaults, which keep one letter's dialogue below its lease, or less.
fn timeouts(limit: Duration) -> Timeouts {
    let default = Timeouts::default();
    Timeouts {
        connect: default.connect.min(limit),
        greeting: default.greeting.min(limit),
        tls: default.tls.min(limit),
        auth: default.auth.min(limit),
        command: default.command.min(limit),
        letter: default.letter.min(limit),
    }
}

/// Something in the section [mail] that cannot be.
pub fn bad_mail(problem: impl std::fmt::Display) -> Report {
    let because = "letters cannot be handed in like this";
    let next = "correct the section [mail]; `spor config show` says where each value comes from";
    Report::new(Exit::Usage, "mail_configuration", problem.to_string(), because, next)
}

/// One round, now or in a sandbox at any time.
pub async fn tick(context: &Context, at: Option<String>) -> Result<Exit, Report> {
    let mut global: Global = context.global.clone();
    if at.is_some() {
        global.clock = at;
    }
    let context = &Context { global, ..context.clone() };
    let session = context.open().await?;
    let scheduler = scheduler(context, &session)?;
    let ticked = scheduler.tick(session.now).await?;
    session.close().await?;
    if let Some(doubt) = ticked.clock_fault {
        let because = "a clock that jumps writes to everybody at once, or to nobody for years";
        let next = "put the clock right, or, if it is right, `spor scheduler trust-clock`";
        return Err(Report::new(Exit::Unavailable, "clock_not_believed", doubt, because, next));
    }
    tell(context, &ticked)?;
    Ok(Exit::Done)
}

/// A person says that the clock is right; the next round believes it.
pub async fn trust_clock(context: &Context) -> Result<Exit, Report> {
    let session = context.open().await?;
    scheduler(context, &session)?.trust_clock(session.now).await?;
    let said = format!("it is {}: the next round goes on from here", session.now.to_rfc3339());
    session.close().await?;
    output::text(&said)?;
    Ok(Exit::Done)
}

/// What a round did.
pub fn tell(context: &Context, ticked: &Ticked) -> Result<(), Report> {
    if output::is_for_programs(&context.global) {
        return output::json(&serde_json::to_value(ticked).map_err(anyhow::Error::from)?);
    }
    output::text(&format!(
        "planned {} reminders, composed {} letters, sent {}, deferred {}, dead {}, in doubt {}, \
         suppressed {} reminders",
        ticked.planned,
        ticked.composed,
        ticked.sent,
        ticked.deferred,
        ticked.dead,
        ticked.in_doubt,
        ticked.suppressed,
    ))
}
