//! A policy from its settings: every field from the key of its name.

use chrono::NaiveTime;
use chrono_tz::Tz;

use super::{Policy, Setting, Settings};
use crate::calendar::{LeapDay, Office, OfficeDays};

impl Policy {
    pub(super) fn from_settings(settings: &Settings) -> Self {
        let of = Named(settings);
        Self {
            follow_up_interval_days: of.whole("follow_up_interval_days"),
            follow_up_notice_days: of.whole("follow_up_notice_days"),
            follow_up_escalate_days: of.whole("follow_up_escalate_days"),
            follow_up_critical_after_days: of.whole("follow_up_critical_after_days"),
            import_grace_days: of.whole("import_grace_days"),
            transition_age_months: of.whole("transition_age_months"),
            transition_notice_days: of.whole("transition_notice_days"),
            transition_escalate_days: of.whole("transition_escalate_days"),
            transition_late_open_days: of.whole("transition_late_open_days"),
            leap_day: of.leap_day("leap_day_birthday"),
            method_review_months: of.whole("method_review_months"),
            method_review_notice_days: of.whole("method_review_notice_days"),
            method_review_escalate_days: of.whole("method_review_escalate_days"),
            minimum_duration_months: of.whole("minimum_duration_months"),
            group_after_months: of.whole("group_after_months"),
            lab_period_max_months: of.whole("lab_period_max_months"),
            lab_notice_days: of.whole("lab_notice_days"),
            limited_support_months: of.whole("limited_support_months"),
            limited_support_notice_days: of.whole("limited_support_notice_days"),
            handover_accept_days: of.whole("handover_accept_days"),
            hours_window_weeks: of.whole("hours_window_weeks"),
            hours_tolerance_pct: of.whole("hours_tolerance_pct"),
            network_map_days: of.whole("network_map_days"),
            network_map_notice_days: of.whole("network_map_notice_days"),
            closing_evaluation_days: of.whole("closing_evaluation_days"),
            volunteer_min_hours_month: of.whole("volunteer_min_hours_month"),
            parent_update_notice_days: of.whole("parent_update_notice_days"),
            dialogue_days: of.whole("dialogue_days"),
            dialogue_escalate_days: of.whole("dialogue_escalate_days"),
            adult_support_days: of.whole("adult_support_days"),
            adult_support_notice_days: of.whole("adult_support_notice_days"),
            adult_support_escalate_days: of.whole("adult_support_escalate_days"),
            method_choice_days: of.whole("method_choice_days"),
            method_choice_notice_days: of.whole("method_choice_notice_days"),
            method_choice_escalate_days: of.whole("method_choice_escalate_days"),
            network_map_escalate_days: of.whole("network_map_escalate_days"),
            handover_escalate_days: of.whole("handover_escalate_days"),
            parent_update_days: of.whole("parent_update_days"),
            supervision_days: of.whole("supervision_days"),
            supervision_notice_days: of.whole("supervision_notice_days"),
            supervision_escalate_days: of.whole("supervision_escalate_days"),
            waiting_days: of.whole("waiting_days"),
            law_youth_plan_months: of.whole("law_youth_plan_months"),
            law_first_follow_up_months: of.whole("law_first_follow_up_months"),
            law_notice_days: of.whole("law_notice_days"),
            group_max_size: of.whole("group_max_size"),
            reminder_snooze_max_days: of.whole("reminder_snooze_max_days"),
            reminder_pause_max_days: of.whole("reminder_pause_max_days"),
            law_steps_rule: of.flag("law_steps_rule"),
            zone: of.zone("time_zone"),
            letter_time: of.time("letter_time"),
            offices: OfficeDays {
                may_1: of.office("office_closed_may_1"),
                jun_5: of.office("office_closed_jun_5"),
                dec_24: of.office("office_closed_dec_24"),
                dec_31: of.office("office_closed_dec_31"),
            },
        }
    }
}

/// Settings by name. `KEYS` presets every name that `Policy` asks for, with the kind it asks for;
/// whoever adds a field without its key is told by the first test that makes a policy.
struct Named<'a>(&'a Settings);

impl Named<'_> {
    fn whole(&self, name: &str) -> u32 {
        let Some(Setting::Whole(number)) = self.0.get(name) else { not_preset(name) };
        *number
    }

    fn leap_day(&self, name: &str) -> LeapDay {
        let Some(Setting::LeapDay(leap_day)) = self.0.get(name) else { not_preset(name) };
        *leap_day
    }

    fn flag(&self, name: &str) -> bool {
        let Some(Setting::Flag(flag)) = self.0.get(name) else { not_preset(name) };
        *flag
    }

    fn office(&self, name: &str) -> Office {
        if self.flag(name) { Office::Closed } else { Office::Open }
    }

    fn time(&self, name: &str) -> NaiveTime {
        let Some(Setting::Time(time)) = self.0.get(name) else { not_preset(name) };
        *time
    }

    fn zone(&self, name: &str) -> Tz {
        let Some(Setting::Zone(zone)) = self.0.get(name) else { not_preset(name) };
        *zone
    }
}

fn not_preset(name: &str) -> ! {
    unreachable!("KEYS presets {name} with the kind of value its field has")
}
