//! Decisions about erasure: two people, once, and never taken back.

use super::{Context, Decision, accept};
use crate::door::Command;
use crate::erasure::{BASIS_CHARS, EntryErased, Event, PersonalDataErased};
use crate::event::Event as Fact;
use crate::rejection::Rejection;

/// Answers a wish to erase.
pub(super) fn decide(
    context: &Context<'_>,
    command: &Command,
    event: &Event,
) -> Result<Decision, Rejection> {
    let (basis, decided_by, approved_by) = event.decision();
    if basis.trim().is_empty() || basis.chars().count() > BASIS_CHARS {
        return Err(Rejection::LegalBasisUnclear);
    }
    if approved_by == Some(decided_by) {
        return Err(Rejection::SamePersonTwice { person: decided_by.clone() });
    }
    match event {
        Event::PersonalData(erased) => Ok(erase_person(context, command, erased)),
        Event::Entry(erased) => erase_part(context, command, erased),
    }
}

fn erase_person(context: &Context<'_>, command: &Command, erased: &PersonalDataErased) -> Decision {
    let earlier = context.case.entries().iter().filter_map(|entry| match &entry.event {
        Fact::Erasure(Event::PersonalData(earlier)) => Some(earlier),
        _ => None,
    });
    let gone: Vec<_> = earlier.flat_map(|earlier| &earlier.compartments).collect();
    if erased.compartments.iter().all(|compartment| gone.contains(&compartment)) {
        return Decision::Unchanged;
    }
    accept(context, command)
}

fn erase_part(
    context: &Context<'_>,
    command: &Command,
    erased: &EntryErased,
) -> Result<Decision, Rejection> {
    let Some(target) = context.case.entry(&erased.entry) else {
        return Err(Rejection::EntryUnknown { target: erased.entry.clone() });
    };
    let is_gone = context.case.entries().iter().any(|entry| match &entry.event {
        Fact::Erasure(Event::Entry(earlier)) => {
            let same = context.case.entry(&earlier.entry).map(|entry| entry.event_id);
            same == Some(target.event_id) && earlier.part == erased.part
        }
        _ => false,
    });
    if is_gone {
        return Ok(Decision::Unchanged);
    }
    let mut decision = accept(context, command);
    if let Decision::Accept(accepted) = &mut decision {
        accepted.corrects = Some(target.event_id);
    }
    Ok(decision)
}
