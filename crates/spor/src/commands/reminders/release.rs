//! `spor reminders release-address`: a person says that an address which a relay refused is right.
//!
//! It takes no reason: the outbox stands in clear, and what people write is kept sealed.

use serde_json::json;
use spor_domain::rejection::Language;
use spor_mail::address::{Address, BadAddress};

use crate::args::ReleaseAddress;
use crate::context::Context;
use crate::output;
use crate::report::{Exit, Report};

/// Lets an address be written to again. A repeat changes nothing.
pub async fn run(context: &Context, args: &ReleaseAddress) -> Result<Exit, Report> {
    let no_address = |error: BadAddress| Report::usage(error.to_string(), "give it as NAME@DOMAIN");
    let address = Address::parse(&args.address).map_err(no_address)?;
    let session = context.open().await?;
    let suppressions = session.store.suppressions().await?;
    let refused = suppressions.into_iter().find(|refused| refused.address == address.as_str());
    let outcome = if args.dry_run && refused.is_some() {
        "would_release"
    } else {
        let actor = &session.actor;
        let by = actor.on_behalf_of.as_ref().unwrap_or(&actor.name);
        let text = format!("the address was released by {by}");
        let noted = (text.as_str(), session.now);
        match session.store.release_address(address.as_str(), noted).await? {
            Some(true) => "released",
            Some(false) => "unchanged",
            None => return Err(unknown(context, &args.address)),
        }
    };
    session.close().await?;
    let reason = refused.map(|refused| refused.reason);
    if output::is_for_programs(&context.global) {
        let (address, dry_run) = (address.as_str(), args.dry_run);
        return output::json(&json!({
            "outcome": outcome, "address": address, "refused_as": reason, "dry_run": dry_run,
        }))
        .map(|()| Exit::Done);
    }
    output::text(words(context.language, outcome))?;
    Ok(Exit::Done)
}

fn words(language: Language, outcome: &str) -> &'static str {
    match (outcome, language) {
        ("released", Language::Da) => {
            "der skrives igen til adressen; `spor reminders outbox --state dead` viser brevene til \
             den, og `spor reminders retry ID` sender et af dem"
        }
        ("released", Language::En) => {
            "the address is written to again; `spor reminders outbox --state dead` lists the letters \
             to it, and `spor reminders retry ID` sends one"
        }
        ("unchanged", Language::Da) => "adressen er ikke afvist; intet er ændret",
        ("unchanged", Language::En) => "the address is not refused; nothing was changed",
        (_, Language::Da) => "der ville blive skrevet til adressen igen (intet er ændret)",
        (_, Language::En) => "the address would be written to again (dry run: nothing was written)",
    }
}

fn unknown(context: &Context, address: &str) -> Report {
    let (message, because, next) = match context.language {
        Language::Da => (
            format!("der er aldrig skrevet et brev til {address}"),
            "kun en adresse, en mailserver har afvist, kan frigives",
            "`spor doctor` nævner dem, hvis adresse er afvist",
        ),
        Language::En => (
            format!("no letter was ever written to {address}"),
            "only an address that a mail server refused can be released",
            "`spor doctor` names those whose address is refused",
        ),
    };
    Report::new(Exit::NotFound, "address_not_found", message, because, next)
}
