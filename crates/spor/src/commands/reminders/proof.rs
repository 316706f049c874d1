//! `spor reminders proof`: one notice from the fact to the relay's answer, to be shown and kept.

use std::fmt::Write;
use std::fs;
use std::path::Path;

use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use spor_scheduler::notice::{Enclosed, NOTICE_FORMAT, Notice, Recorded, Reminded, notice};
use spor_store::hex;
use spor_store::note::PublicKey;

use crate::commands::anchoring;
use crate::context::{Context, Session};
use crate::output;
use crate::report::{Exit, Report};

/// Shows the proof, or writes it to a file that stands on its own.
pub async fn run(context: &Context, id: &str, file: Option<&Path>) -> Result<Exit, Report> {
    let session = context.open_to_read().await?;
    let (mut shown, mut enclosed) = notice(&session.memory, id, context.language).await?;
    let Some(file) = file else {
        show(context, &shown)?;
        return Ok(Exit::Done);
    };
    if enclosed.checkpoint.is_none() {
        // Whoever keeps the file needs a signature over what is in it.
        anchoring::sign(context, &session.store).await?;
        (shown, enclosed) = notice(&session.memory, id, context.language).await?;
    }
    let text = stands_alone(context, &session, &shown, &enclosed).await?;
    fs::write(file, text)?;
    show(context, &shown)?;
    Ok(Exit::Done)
}

/// The notice with the letter as it went out and a proof that needs the public key alone.
async fn stands_alone(
    context: &Context,
    session: &Session,
    shown: &Notice,
    enclosed: &Enclosed,
) -> Result<String, Report> {
    let mut document = serde_json::to_value(shown).map_err(anyhow::Error::from)?;
    document["source"] = json!(enclosed.source);
    document["proof"] = Value::Null;
    if let Some(checkpoint) = &enclosed.checkpoint {
        let proof = session.store.prove(&enclosed.streams, checkpoint, None).await?;
        // What does not hold here would not hold elsewhere.
        let (_, keys) = context.location()?;
        proof.check(&PublicKey::open(&keys.public())?)?;
        document["proof"] = serde_json::from_str(&proof.to_json()).map_err(anyhow::Error::from)?;
    }
    let mut text = serde_json::to_string_pretty(&document).map_err(anyhow::Error::from)?;
    text.push('\n');
    Ok(text)
}

/// The proof that a notice's file rests on, when the file is one and says what its proof and its
/// letter say: every event it names stands in the proof, and the letter has the hash it tells.
pub fn proof_of_notice(text: &str) -> Result<Option<String>, Report> {
    let Ok(document) = serde_json::from_str::<Value>(text) else {
        return Ok(None);
    };
    if document["format"] != NOTICE_FORMAT {
        return Ok(None);
    }
    let source = document["source"].as_str().map(|source| hex(&Sha256::digest(source)));
    if document["letter"]["sha256"].as_str() != source.as_deref() {
        return Err(contradicts("the letter does not have the hash that is told of it"));
    }
    let proof = &document["proof"];
    if !proof["checkpoint"].is_string() || proof["checkpoint"] != document["checkpoint"]["note"] {
        return Err(contradicts("the checkpoint is not the one of the proof"));
    }
    let reminders = document["reminders"].as_array().into_iter().flatten();
    let named = reminders.flat_map(|reminder| [&reminder["fact"], &reminder["sent"]]);
    let proven = proof["events"].as_array().map(Vec::as_slice).unwrap_or_default();
    for event in named.filter(|event| !event.is_null()) {
        let same = |proven: &&Value| {
            proven["position"] == event["position"]
                && proven["event_id"] == event["event"]
                && proven["event_type"] == event["event_type"]
                && proven["occurred_on"] == event["on"]
        };
        if !proven.iter().any(|proven| same(&proven)) {
            let position = &event["position"];
            return Err(contradicts(&format!("event {position} is not the one of the proof")));
        }
    }
    Ok(Some(proof.to_string()))
}

fn contradicts(what: &str) -> Report {
    Report::new(
        Exit::Integrity,
        "not_proven",
        format!("the notice is not proven: {what}"),
        "the file was changed, or was never whole",
        "ask for the file anew: `spor reminders proof ID -f FILE`",
    )
}

fn show(context: &Context, shown: &Notice) -> Result<(), Report> {
    if output::is_for_programs(&context.global) {
        return output::json(&serde_json::to_value(shown).map_err(anyhow::Error::from)?);
    }
    output::text(&in_words(shown))
}

fn in_words(shown: &Notice) -> String {
    let mut out = String::new();
    for reminder in &shown.reminders {
        reminded(&mut out, reminder);
    }
    if let Some(letter) = &shown.letter {
        let _ = writeln!(out, "letter      {} to {} on {}", letter.id, letter.person, letter.day);
        let _ = writeln!(out, "  message   {}", letter.message_id);
        let _ = writeln!(out, "  sha256    {} ({} bytes)", letter.sha256, letter.bytes);
        for attempt in &shown.attempts {
            let code = attempt.code.map(|code| format!(" {code}")).unwrap_or_default();
            let text = attempt.text.as_deref().unwrap_or_default();
            let _ = writeln!(out, "  attempt   {} {}{code} {text}", attempt.at, attempt.phase);
        }
        let answer = letter.answer.as_deref().unwrap_or("none yet");
        let _ = writeln!(out, "  answer    {}: {answer}", letter.state);
    }
    match &shown.checkpoint {
        Some(checkpoint) => {
            let _ = write!(
                out,
                "checkpoint  of {} entries, signed {}, root {}",
                checkpoint.entries, checkpoint.signed_at, checkpoint.root
            );
        }
        None => out.push_str("checkpoint  none covers this yet; `spor audit checkpoint` signs one"),
    }
    out
}

fn reminded(out: &mut String, reminder: &Reminded) {
    let person = reminder.person.as_deref().unwrap_or("nobody");
    let _ = writeln!(
        out,
        "reminder    {} {} in {}: {} to {person} ({}), {}",
        reminder.id, reminder.rule, reminder.case, reminder.level, reminder.role, reminder.state
    );
    let event = |fact: &Recorded| {
        format!(
            "{} of {}, recorded {}, position {}, leaf {}",
            fact.event_type, fact.on, fact.recorded_at, fact.position, fact.leaf
        )
    };
    let fact = reminder.fact.as_ref().map_or_else(|| "a statement of days".to_owned(), event);
    let _ = writeln!(out, "  fact      {fact}");
    for step in &reminder.steps {
        let _ = writeln!(out, "  {:<9} {}  = {}", step.what, step.date, step.how);
    }
    let _ = writeln!(
        out,
        "  policy    as of position {}, rules version {}",
        reminder.policy_version, reminder.rules_version
    );
    let sent = reminder.sent.as_ref().map_or_else(|| "nothing yet".to_owned(), event);
    let _ = writeln!(out, "  recorded  {sent}");
}
