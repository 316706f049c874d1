//! Goals and methods: where it is going, and how.

use super::Life;
use crate::invented::page::Page;
use crate::invented::words;

impl Life {
    /// The first goal is always about mastering everyday life (F4.0-3).
    pub(super) fn set_goal(&mut self, page: &mut Page) {
        let goals = if self.goals == 0 { &words::GOALS[..3] } else { words::GOALS };
        let (domain, text) = self.random.pick(goals);
        self.goals += 1;
        let line = self
            .line("GoalSet", page)
            .word("goal", format_args!("G{}", self.goals))
            .word("domain", domain)
            .word("axis", self.random.pick(words::AXES))
            .word("text", text);
        page.write(line);
    }

    pub(super) fn revise_goal(&mut self, page: &mut Page) {
        if self.goals == 0 {
            return;
        }
        let goal = self.random.between(1..=self.goals);
        let line = self
            .line("GoalRevised", page)
            .word("goal", format_args!("G{goal}"))
            .word("change", self.random.pick(words::GOAL_CHANGES));
        page.write(line);
        self.plan_perhaps(85, 60..=180, super::Step::ReviseGoal, page);
    }

    pub(super) fn choose_method(&mut self, page: &mut Page) {
        let mut line = self
            .line("MethodChosen", page)
            .word("method", self.random.pick(words::METHODS))
            .word("reason", self.random.pick(words::METHOD_REASONS));
        if self.goals > 0 {
            line = line.words("goals", &["G1"]);
        }
        page.write(line);
        self.plan_perhaps(25, 90..=240, super::Step::ChooseMethod, page);
    }
}
