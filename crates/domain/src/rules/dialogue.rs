//! F4.2: support goes up and down with what the young person says, at least every week.

use chrono::NaiveDate;

use super::{Anchor, Deadline, How, Level, Mark, Rule, Settled};
use crate::calendar;
use crate::follow_up::Participant;
use crate::ids::EventId;
use crate::policy::Policy;
use crate::staff::Role;
use crate::view::{Episode, Pause, View};

/// Seven days from the last session, dialogue or follow-up with the young person.
pub static RULE: Rule = Rule {
    id: "R02",
    name: "dialogue",
    recommendation: "F4.2",
    da: "Ugentlig dialog mangler",
    en: "Weekly dialogue missing",
    deadlines,
    watch: None,
    again: Some(again),
};

const ROLES: [(Level, Role); 2] =
    [(Level::Notice, Role::Mentor), (Level::Escalated, Role::ProfessionalLead)];

/// What moves the weekly clock, in the order in which it does so on one day.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Move {
    /// A dialogue.
    Talked,
    /// Support goes on: the week begins anew.
    Woke,
    /// Support rests: no dialogue is asked for.
    Rests,
}

/// Only those that anybody was ever told of: a case that talks every week leaves no trail of them.
fn deadlines(view: &View, policy: &Policy) -> Vec<Deadline> {
    let of_episode = |episode: &Episode| of_episode(view, episode, policy);
    let mut deadlines: Vec<Deadline> = view.episodes.iter().flat_map(of_episode).collect();
    deadlines.retain(|d| d.settled.is_none_or(|settled| d.notice_from < settled.on));
    deadlines
}

fn of_episode(view: &View, episode: &Episode, policy: &Policy) -> Vec<Deadline> {
    let last = episode.closed.as_ref().map(|closing| closing.on);
    let mut moves = moves(view, episode);
    moves.retain(|(on, _, _)| *on >= episode.start && last.is_none_or(|last| *on <= last));
    // Of two on one day the one that was recorded first: a second one renames nothing.
    moves.sort_by_key(|(on, what, by)| (*on, *what, *by));
    let ended = episode.closed.as_ref().map(Settled::closed);
    let deadline = |from: Mark, settled| week_from(from, [settled, ended], policy);
    let mut deadlines = Vec::new();
    let mut open = Some(Mark { on: episode.start, by: episode.opened_by });
    for (on, what, by) in moves {
        let next = Mark { on, by };
        match (what, open) {
            (Move::Talked, Some(from)) if from.on < on => {
                deadlines.push(deadline(from, Some(Settled::met(on, by))));
                open = Some(next);
            }
            (Move::Woke, None) => open = Some(next),
            (Move::Rests, Some(from)) => {
                deadlines.push(deadline(from, Some(Settled { on, by, how: How::Ended })));
                open = None;
            }
            (Move::Talked | Move::Woke, _) | (Move::Rests, None) => {}
        }
    }
    deadlines.extend(open.map(|from| deadline(from, None)));
    deadlines
}

fn week_from(from: Mark, settled: [Option<Settled>; 2], policy: &Policy) -> Deadline {
    let due = calendar::days_after(from.on, policy.dialogue_days);
    let anchor = Anchor { cycle: from.by, opens_on: from.on, due };
    Deadline::new(&RULE, &ROLES, anchor)
        .escalated_days_after(policy.dialogue_escalate_days)
        .settled_by_first(settled)
}

/// The next week, from a dialogue; none while support rests, and only up to the next rest.
fn again(view: &View, policy: &Policy, talked: Mark) -> Option<Deadline> {
    let pauses = || view.pauses.iter().filter(|pause| rests_whole(view, pause));
    if pauses().any(|pause| pause.covers(talked.on)) {
        return None;
    }
    let rests = pauses().filter(|pause| pause.from > talked.on).min_by_key(|pause| pause.from);
    let rests = rests.map(|pause| Settled { on: pause.from, by: pause.by, how: How::Ended });
    Some(week_from(talked, [rests, None], policy))
}

fn moves(view: &View, episode: &Episode) -> Vec<(NaiveDate, Move, EventId)> {
    let sessions = view.sessions.iter().map(|held| (held.on, Move::Talked, held.event));
    let dialogues = view.dialogues.iter().map(|held| (held.on, Move::Talked, held.by));
    let with_youth =
        episode.follow_ups.iter().filter(|held| held.participants.contains(&Participant::Youth));
    let follow_ups = with_youth.map(|held| (held.on, Move::Talked, held.by));
    let mut moves: Vec<_> = sessions.chain(dialogues).chain(follow_ups).collect();
    for pause in view.pauses.iter().filter(|pause| rests_whole(view, pause)) {
        moves.push((pause.from, Move::Rests, pause.by));
        let over = pause.until.map(|until| (calendar::days_after(until, 1), pause.by));
        let woken = pause.ended.map(|ended| (ended.on, ended.by)).or(over);
        moves.extend(woken.map(|(on, by)| (on, Move::Woke, by)));
    }
    moves
}

/// All support rests: every track, or the only one there was when the pause began.
fn rests_whole(view: &View, pause: &Pause) -> bool {
    let Some(paused) = &pause.track else {
        return true;
    };
    view.active_tracks_on(pause.from).all(|track| track.id == *paused)
}
