//! `spor replay`: the case as it was known, entry by entry; the difference between two views.

use serde_json::{Value, json};
use spor_domain::case::Case;
use spor_domain::ids::CaseRef;
use spor_history::diff::{self, Side};
use spor_history::load::KnownAt;

use super::case::reference;
use crate::args::Replay;
use crate::context::{Context, Session, When, day};
use crate::output::{self, Rows};
use crate::report::{Exit, Report};
use crate::telling;

/// Replays a case.
pub async fn run(context: &Context, args: Replay) -> Result<Exit, Report> {
    let session = context.open_to_read().await?;
    let case = reference(&args.case)?;
    match &args.diff {
        Some(days) => difference(context, &session, &case, days, &args).await,
        None => replay(context, &session, &case, &args).await,
    }
}

/// Each entry with its actor and its two times, and what it changed about the case.
async fn replay(
    context: &Context,
    session: &Session,
    case: &CaseRef,
    args: &Replay,
) -> Result<Exit, Report> {
    let when = session.when(&args.when)?;
    let entries = session.memory.timeline(case, when.known_at).await?;
    telling::check_keys(&entries)?;
    let (policies, _) = session.memory.policies(when.known_at).await?;
    let mut rows =
        Rows::new(&["recorded_at", "on", "type", "what", "actor", "reason", "position", "changed"]);
    let mut known = Case::default();
    let policy = policies.on(when.day);
    for entry in &entries {
        let before = known.as_of(when.day);
        known.evolve(entry.recorded.clone());
        let after = known.as_of(when.day);
        let side = |view| Side { view, policy };
        let changes = diff::between(side(&before), side(&after));
        if when.is_past && entry.recorded.occurred_on > when.day {
            continue;
        }
        let told: Vec<String> = changes.iter().map(telling::change).collect();
        rows.push(vec![
            json!(entry.recorded.recorded_at),
            json!(entry.recorded.occurred_on),
            json!(entry.kind.name),
            json!(telling::in_words(entry)),
            json!(telling::actor(entry)),
            json!(telling::reason(entry)),
            json!(entry.recorded.position.0),
            if args.step || output::is_for_programs(&context.global) {
                json!(told)
            } else {
                json!(short(&told))
            },
        ]);
    }
    if rows.rows.is_empty() {
        return Err(Report::case_not_found(case.as_str(), when.is_past));
    }
    if let Some(last) = args.last {
        rows.rows.drain(..rows.rows.len().saturating_sub(last));
    }
    output::rows(&context.global, &rows)?;
    Ok(Exit::Done)
}

fn short(changed: &[String]) -> Value {
    match changed {
        [] => Value::Null,
        [only] => json!(only),
        [first, rest @ ..] => json!(format!("{first} (+{} more)", rest.len())),
    }
}

/// Between two days as known at the moment asked for; the same day twice compares what was known
/// then with what is known now.
async fn difference(
    context: &Context,
    session: &Session,
    case: &CaseRef,
    days: &[String],
    args: &Replay,
) -> Result<Exit, Report> {
    let (from, to) = (day(&days[0])?, day(&days[1])?);
    let (before, after) = if from == to {
        let then = session.when(&crate::args::AsOf {
            as_of: Some(days[0].clone()),
            known_at: args.when.known_at.clone(),
        })?;
        (then, When { day: to, known_at: KnownAt::Everything, is_past: true })
    } else {
        let known_at = match &args.when.known_at {
            Some(_) => session.when(&args.when)?.known_at,
            None => KnownAt::Everything,
        };
        let at = |day| When { day, known_at, is_past: true };
        (at(from), at(to))
    };
    let (policies, _) = session.memory.policies(KnownAt::Everything).await?;
    let earlier = session.memory.case(case, before.known_at).await?.case;
    let later = session.memory.case(case, after.known_at).await?.case;
    if later.is_empty() {
        return Err(Report::case_not_found(case.as_str(), true));
    }
    let (earlier, later) = (earlier.as_of(before.day), later.as_of(after.day));
    let mut rows = Rows::new(&["what", "before", "after"]);
    let earlier = Side { view: &earlier, policy: policies.on(before.day) };
    let later = Side { view: &later, policy: policies.on(after.day) };
    for change in diff::between(earlier, later) {
        rows.push(vec![json!(change.what), json!(change.before), json!(change.after)]);
    }
    if rows.rows.is_empty() && !output::is_for_programs(&context.global) {
        output::text("no difference")?;
    } else {
        output::rows(&context.global, &rows)?;
    }
    Ok(Exit::Done)
}
