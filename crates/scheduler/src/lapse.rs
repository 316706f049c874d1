//! What became of letters whose worker was lost, and of those that were in doubt for long enough.

use spor_store::{LetterRow, LetterState};

use crate::error::Result;
use crate::letter::{Effect, Input, step};
use crate::tick::{Round, Scheduler, Ticked};

/// Letters that one round takes from lost workers.
const MAX_LAPSED: usize = 2_000;

impl Scheduler {
    /// Takes letters from workers whose leases have lapsed, and ends doubts that are over.
    pub(crate) async fn reap(&self, round: &Round, ticked: &mut Ticked) -> Result<()> {
        for letter in self.store.lapsed_letters(MAX_LAPSED).await? {
            self.lapse(round, &letter, ticked).await?;
        }
        for letter in self.waiting_letters(round).await? {
            if letter.state == LetterState::InDoubt && round.is_due(&letter) {
                self.withdraw(round, &letter, Vec::new(), Input::DoubtOver, ticked).await?;
            }
        }
        Ok(())
    }

    async fn lapse(&self, round: &Round, letter: &LetterRow, ticked: &mut Ticked) -> Result<()> {
        let circumstances = self.circumstances(round, letter, &[]);
        let step = step(letter.state, Input::LeaseLapsed, &circumstances);
        let next_at = step.effects.iter().find_map(|effect| match effect {
            Effect::SendFrom(instant) => Some(*instant),
            _ => None,
        });
        let to = (step.state, next_at.unwrap_or(letter.letter.next_at));
        if self.store.lapse_letter(letter, to, round.now).await? {
            ticked.reaped += 1;
            ticked.held += u64::from(step.state == LetterState::Held);
            tracing::warn!(
                target: "spor::scheduler",
                { letter.id = %letter.letter.id, state = step.state.as_str(), worker = letter.lease_by },
                "a worker was lost with a letter"
            );
        }
        Ok(())
    }
}
