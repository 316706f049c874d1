//! Every reason that a rule has, or has not, brought a letter by a day, and what to do now.

use chrono::{DateTime, NaiveDate, Utc};
use spor_domain::calendar;
use spor_domain::case::Case;
use spor_domain::ids::EventId;
use spor_domain::policy::Policy;
use spor_domain::rejection::Language;
use spor_domain::rules::{Deadline, How, Rule};
use spor_domain::view::View;

use super::{Explanation, Reason, rules_words};
use crate::due::{ADDRESS_REFUSED, RECIPIENT_UNKNOWN, ROLE_VACANT, import_grace, slot_on};
use crate::noted::{ACKNOWLEDGED, Noted};
use crate::why::{self, Around, Ledger, Why};

/// What the reasons are looked for in.
pub(super) struct Asked<'a> {
    pub(super) rule: &'static Rule,
    pub(super) case: &'a Case,
    pub(super) view: &'a View,
    pub(super) policy: &'a Policy,
    pub(super) deadline: Option<&'a Deadline>,
    pub(super) ledger: &'a Ledger,
    pub(super) noted: &'a Noted,
    pub(super) around: &'a Around,
    pub(super) held_before: Option<DateTime<Utc>>,
    pub(super) language: Language,
}

impl Asked<'_> {
    /// The reasons, the weightiest first, and what to do about that one.
    pub(super) fn reasons(&self, explanation: &Explanation) -> (Vec<Reason>, String) {
        let Some(deadline) = self.deadline else {
            let fails = rules_words::fails(self.rule, self.view, self.policy, self.language);
            return (vec![fails], self.what_now("not_applicable").to_owned());
        };
        let mut found: Vec<Why> = self.settled(deadline).into_iter().collect();
        found.extend(self.told(deadline));
        found.extend(self.seen(deadline));
        if settled_by(deadline, self.view.day).is_none() {
            found.extend(self.days(deadline));
            found.extend(why::resting(deadline, self.noted, self.view.day));
            for recipient in &explanation.recipients {
                let person = recipient.person.as_deref().unwrap_or("–");
                let named = format!("{}: {person}", recipient.role);
                found.extend(recipient.unreachable.map(|why| Why::new(why, named)));
            }
        }
        let rows = self.ledger.about(deadline.rule.id, deadline.cycle.0);
        let kept = rows.map(|row| self.ledger.keeps_one(row, self.around));
        found.extend(kept.filter(|why| why.code != "sent"));
        if found.is_empty() {
            found.push(Self::nothing_planned(deadline));
        }
        let now = self.what_now(&found[0].code).to_owned();
        let mut reasons: Vec<Reason> = Vec::new();
        for why in found {
            let reason = self.said(&why);
            if !reasons.contains(&reason) {
                reasons.push(reason);
            }
        }
        (reasons, now)
    }

    fn settled(&self, deadline: &Deadline) -> Option<Why> {
        let (on, by, how) = settled_by(deadline, self.view.day)?;
        let entry = self.case.entries().iter().find(|entry| entry.event_id == by);
        let named = entry.map_or("–", |entry| entry.event.type_name());
        let code = match how {
            How::Met => "satisfied",
            How::Ended => "ended",
        };
        let address = entry.map_or_else(|| by.to_string(), |entry| entry.address());
        Some(Why::new(code, format!("{on}, {named} ({address})")))
    }

    fn told(&self, deadline: &Deadline) -> Option<Why> {
        let sent = self.ledger.sent(deadline).and_then(|letter| {
            let at = letter.sent_at?;
            Some(format!("{} – {}", letter.letter.recipient, at.to_rfc3339()))
        });
        let noted = || {
            let mut sent = self.noted.about(crate::noted::SENT, deadline.rule.id, deadline.cycle.0);
            let act = sent.next()?;
            Some(format!("{} – {}", act.recipient.as_deref().unwrap_or("–"), act.on))
        };
        sent.or_else(noted).map(|detail| Why::new("sent", detail))
    }

    fn seen(&self, deadline: &Deadline) -> Option<Why> {
        let acts = self.noted.about(ACKNOWLEDGED, deadline.rule.id, deadline.cycle.0);
        let act = acts.filter(|act| act.on <= self.view.day).last()?;
        let who = act.recipient.as_deref().unwrap_or("–");
        Some(Why::new("acknowledged", format!("{who} – {}", act.on)))
    }

    /// Its day, its slot, or the time after an import has not come.
    fn days(&self, deadline: &Deadline) -> Vec<Why> {
        let day = self.view.day;
        let Some(first) = why::first_letter_day(deadline, self.policy) else {
            return Vec::new();
        };
        let mut days = Vec::new();
        let is_open = deadline.level_on(day).is_some();
        if first > day {
            let code = if is_open { "outside_working_days" } else { "not_yet_due" };
            days.push(Why::new(code, first.to_string()));
        } else if !calendar::is_working_day(day, self.policy.offices) {
            let next = calendar::working_day_on_or_after(day, self.policy.offices);
            days.push(Why::new("outside_working_days", next.to_string()));
        } else if self.is_today(day) && self.around.now < slot_on(day, self.policy) {
            days.push(Why::new("waits_for_slot", self.policy.letter_time.to_string()));
        }
        if let Some(ends) = import_grace(deadline, self.view, self.policy) {
            days.push(Why::new("import_grace", ends.to_string()));
        }
        days
    }

    fn is_today(&self, day: NaiveDate) -> bool {
        calendar::local_date(self.around.now, self.policy.zone) == day
    }

    fn nothing_planned(deadline: &Deadline) -> Why {
        if deadline.rule.rests_on == spor_domain::rules::RestsOn::People {
            return Why::new("list_only", None);
        }
        Why::new("nothing_planned", None)
    }

    fn said(&self, why: &Why) -> Reason {
        let words = words(&why.code);
        let words = match self.language {
            Language::Da => words.map(|words| words.1),
            Language::En => words.map(|words| words.2),
        };
        let words = words.unwrap_or(&why.code);
        let held = (why.code == "held").then_some(self.held_before).flatten();
        let held = held.map(|before| format!(" ({})", before.date_naive())).unwrap_or_default();
        let detail = why.detail.as_ref().map(|detail| format!(": {detail}")).unwrap_or_default();
        Reason { code: why.code.clone(), text: format!("{words}{held}{detail}") }
    }

    fn what_now(&self, code: &str) -> &'static str {
        match (words(code), self.language) {
            (Some(words), Language::Da) => words.3,
            (Some(words), Language::En) => words.4,
            (None, Language::Da) => "se `spor reminders outbox` og `spor doctor`",
            (None, Language::En) => "look at `spor reminders outbox` and `spor doctor`",
        }
    }
}

fn settled_by(deadline: &Deadline, day: NaiveDate) -> Option<(NaiveDate, EventId, How)> {
    let settled = deadline.settled.filter(|settled| settled.on <= day)?;
    Some((settled.on, settled.by, settled.how))
}

fn words(code: &str) -> Option<&'static Words> {
    let code = match code {
        code if code.starts_with("overtaken") => "overtaken",
        code if code.starts_with("alarm") => "alarm",
        other => other,
    };
    WORDS.iter().find(|words| words.0 == code)
}

/// Code, sentence in Danish and English, what to do in Danish and English.
type Words = (&'static str, &'static str, &'static str, &'static str, &'static str);

#[rustfmt::skip]
static WORDS: [Words; 32] = [
    ("not_applicable", "", "",
        "intet: reglen gælder ikke her; se `spor case show REF`, hvis det undrer",
        "nothing: the rule does not apply here; `spor case show REF` tells why it may seem so"),
    ("satisfied", "pligten blev opfyldt", "the duty was met",
        "intet: den næste frist begynder, når reglen gentager sig", "nothing: where the rule recurs the next deadline has begun"),
    ("ended", "pligten bortfaldt", "the duty ceased", "intet", "nothing"),
    ("sent", "brevet er sendt", "a letter was sent",
        "gør, hvad brevet beder om, og notér det; `spor reminders proof ID` viser beviset",
        "do what the letter asks for and record it; `spor reminders proof ID` shows the proof"),
    ("acknowledged", "nogen har set den", "somebody has seen it",
        "gør, hvad der mangler, og notér det; næste trin kommer alligevel", "do what is missing and record it; the next level comes all the same"),
    ("not_yet_due", "det er for tidligt; første brev", "it is too early; the first letter comes on",
        "intet endnu", "nothing yet"),
    ("outside_working_days", "dagen er ingen arbejdsdag; brevet går", "that is no working day; the letter goes on",
        "intet: det går på den næste arbejdsdag", "nothing: it goes on the next working day"),
    ("next_working_day", "brevet går på den næste arbejdsdag", "the letter goes on the next working day",
        "intet: det går på den næste arbejdsdag", "nothing: it goes on the next working day"),
    ("waits_for_slot", "det er før dagens brevtid", "it is before the letters' time of day",
        "intet: vent til brevtiden (letter_time)", "nothing: wait for the time of letters (letter_time)"),
    ("import_grace", "forløbet kom forsinket med en indlæsning; kun lederen skrives der til indtil", "the case came in late with an import; the lead alone is told until",
        "lederen gennemgår det indlæste; sæt import_grace_days, hvis tiden er for lang", "the lead looks through the import; set import_grace_days when the time is too long"),
    ("paused", "påmindelser er sat på pause", "reminders are paused",
        "genoptag med `spor reminders resume`, når pausen skal ende", "`spor reminders resume` ends the pause"),
    ("snoozed", "påmindelsen er udsat", "the reminder is snoozed",
        "vent til dagen, eller gør det nu og notér det", "wait for the day, or do it now and record it"),
    (ROLE_VACANT, "ingen har rollen", "nobody holds the role",
        "giv forløbet en person i rollen (`spor record mentor-assigned`, `spor staff add`)", "give the role a person (`spor record mentor-assigned`, `spor staff add`)"),
    (RECIPIENT_UNKNOWN, "personen har ingen adresse her", "the person has no address here",
        "registrér personen med adresse: `spor staff add`", "register the person with an address: `spor staff add`"),
    (ADDRESS_REFUSED, "adressen tager ikke imod", "the address takes no letters",
        "ret adressen: `spor staff add` med den rigtige", "correct the address: `spor staff add` with the right one"),
    ("met_before_letter", "den blev opfyldt, før brevet gik", "it was met before its letter went", "intet", "nothing"),
    ("ended_before_letter", "den bortfaldt, før brevet gik", "it ceased before its letter went", "intet", "nothing"),
    ("overtaken", "et senere trin trådte i stedet", "a later level took its place",
        "se det senere trin", "look at the later level"),
    ("planned", "planlagt; venter på dagens brev", "planned; it waits for the letter of the day",
        "se, at tjenesten kører: `spor doctor`, eller `spor scheduler tick`", "see that the service runs: `spor doctor`, or `spor scheduler tick`"),
    ("no_relay", "brevet er skrevet, men ingen har prøvet at sende det", "the letter is written, but nobody has tried to send it",
        "sæt mail.host og start tjenesten: `spor run`", "set mail.host and start the service: `spor run`"),
    ("breaker_open", "mailserveren afviser os for tiden", "the relay turns us away at present",
        "ret mail.username, adgangskode eller kryptering; brevene går derefter af sig selv", "put mail.username, password or encryption right; letters then go by themselves"),
    ("deferred", "mailserveren tog ikke imod endnu", "the relay has not taken it yet",
        "intet: der prøves igen; spørg mailserverens folk, hvis det bliver ved", "nothing: it is tried again; ask whoever runs the relay when it goes on"),
    ("in_hand", "brevet er på vej", "the letter is on its way", "intet", "nothing"),
    ("in_doubt", "ingen ved, om mailserveren har brevet; det samme sendes igen", "nobody knows whether the relay has it; the same letter goes out again",
        "intet: det prøves igen om lidt", "nothing: it is tried again shortly"),
    ("held", "brevet venter på et menneske", "the letter waits for a person",
        "efter en genopretning: `spor store release`; ellers `spor reminders retry ID`", "after a restore: `spor store release`; else `spor reminders retry ID`"),
    ("dead", "brevet er opgivet", "the letter was given up",
        "ret fejlen og prøv igen: `spor reminders retry ID`", "put the fault right and try again: `spor reminders retry ID`"),
    ("alarm", "lederen fik besked om, at den ikke når nogen", "the lead was told that it reaches nobody",
        "giv rollen en person med en adresse", "give the role a person with an address"),
    ("no_longer_recipient", "modtageren har ikke længere rollen", "the recipient no longer holds the role",
        "intet: den nye modtager får brevet", "nothing: the new recipient gets the letter"),
    ("not_due", "fristen flyttede sig", "the deadline moved away", "intet", "nothing"),
    ("letter_missing", "brevet findes ikke mere", "the letter is no longer there",
        "se `spor doctor`", "look at `spor doctor`"),
    ("list_only", "reglen vises på listen, men der skrives ingen breve om den", "the rule is shown on the list, but no letters are written about it",
        "se `spor reminders list`", "look at `spor reminders list`"),
    ("nothing_planned", "brevets dag er kommet, men ingen runde har planlagt det", "its letter's day has come, but no round has planned it",
        "se, at tjenesten kører: `spor doctor`, eller kør `spor scheduler tick`", "see that the service runs: `spor doctor`, or run `spor scheduler tick`"),
];
