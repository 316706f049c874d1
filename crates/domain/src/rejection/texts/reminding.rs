//! What a refused act on a reminder says, in both languages.

use super::super::Explanation;
use crate::reminding::{MOST_REASON_CHARS, Refusal};
use crate::rules::Level;

/// The refusal in Danish.
pub(super) fn danish(refusal: &Refusal) -> Explanation {
    let (message, because, try_next) = match refusal {
        Refusal::Settled { on } => (
            format!("påmindelsen blev afsluttet {on}"),
            "det, den beder om, er gjort, eller forløbet er endt".to_owned(),
            "der er intet at gøre; `spor reminders explain` viser hvorfor".to_owned(),
        ),
        Refusal::Overtaken { by } => (
            format!("et senere trin har afløst den{}", behind(*by)),
            "en påmindelse stiger; kun dens nuværende trin kan kvitteres eller udsættes".to_owned(),
            "find det nuværende trin med `spor reminders ledger --case REF`".to_owned(),
        ),
        Refusal::Withdrawn => (
            "påmindelsen går ikke længere til nogen".to_owned(),
            "rollen har en anden person nu, eller fristen er flyttet".to_owned(),
            "find den, der gælder nu, med `spor reminders ledger --case REF`".to_owned(),
        ),
        Refusal::NotTold => (
            "ingen har fået påmindelsen".to_owned(),
            "kun den, der er skrevet til, kan have set den".to_owned(),
            "giv rollen en person med en adresse; `spor reminders explain` viser hvem".to_owned(),
        ),
        Refusal::AlarmStays => (
            "en alarm kan hverken kvitteres eller udsættes".to_owned(),
            "den siger, at nogen ikke kunne nås, og det ændrer sig ikke af at være set".to_owned(),
            "sørg for, at personen kan nås; så bortfalder den".to_owned(),
        ),
        Refusal::ReasonMissing => (
            "der mangler en grund".to_owned(),
            "hvorfor et brev hviler, skal kunne læses bagefter".to_owned(),
            "tilføj --reason 'hvorfor'".to_owned(),
        ),
        Refusal::ReasonTooLong => (
            format!("grunden er over {MOST_REASON_CHARS} tegn"),
            "den læses på en linje".to_owned(),
            "skriv den kortere".to_owned(),
        ),
        Refusal::UntilInPast { today } => (
            "den sidste dag er allerede gået".to_owned(),
            format!("i dag er {today}"),
            "angiv --until fra i dag af".to_owned(),
        ),
        Refusal::SnoozeTooLong { latest, next: Some(next) } => (
            format!("den kan udsættes til og med {latest}"),
            format!("dagen efter begynder trinnet {next}, og det udsættes ikke"),
            format!("brug --until {latest} eller tidligere"),
        ),
        Refusal::SnoozeTooLong { latest, next: None } => (
            format!("den kan udsættes til og med {latest}"),
            "intet senere trin afløser den (reminder_snooze_max_days)".to_owned(),
            format!("brug --until {latest} eller tidligere"),
        ),
        Refusal::PauseTooLong { latest } => (
            format!("breve kan hvile til og med {latest}"),
            "pligten hviler ikke imens (reminder_pause_max_days)".to_owned(),
            format!("brug --until {latest} eller tidligere, og forny den, hvis det varer ved"),
        ),
        Refusal::NothingRests => (
            "der er ingen pause at ophæve".to_owned(),
            "brevene går ud, som de skal".to_owned(),
            "`spor doctor` viser de pauser, der løber, med deres omfang".to_owned(),
        ),
    };
    Explanation { message, because, try_next }
}

/// The refusal in English.
pub(super) fn english(refusal: &Refusal) -> Explanation {
    let (message, because, try_next) = match refusal {
        Refusal::Settled { on } => (
            format!("the reminder was settled on {on}"),
            "what it asks for was done, or the case has ended".to_owned(),
            "nothing is left to do; `spor reminders explain` says why".to_owned(),
        ),
        Refusal::Overtaken { by } => (
            format!("a later level has taken its place{}", behind(*by)),
            "a reminder rises; only its present level is acknowledged or put off".to_owned(),
            "find the present level with `spor reminders ledger --case REF`".to_owned(),
        ),
        Refusal::Withdrawn => (
            "the reminder goes to nobody any more".to_owned(),
            "somebody else has the role now, or its day has moved".to_owned(),
            "find the one that counts now with `spor reminders ledger --case REF`".to_owned(),
        ),
        Refusal::NotTold => (
            "nobody was told of this reminder".to_owned(),
            "only who was written to can have seen it".to_owned(),
            "give the role a person with an address; `spor reminders explain` says whom".to_owned(),
        ),
        Refusal::AlarmStays => (
            "an alarm is neither acknowledged nor put off".to_owned(),
            "it says that somebody could not be reached, and seeing it changes nothing".to_owned(),
            "see to it that the person can be reached; that ends it".to_owned(),
        ),
        Refusal::ReasonMissing => (
            "a reason is missing".to_owned(),
            "why a letter rests must be readable afterwards".to_owned(),
            "add --reason 'why'".to_owned(),
        ),
        Refusal::ReasonTooLong => (
            format!("the reason has more than {MOST_REASON_CHARS} characters"),
            "it is read in a line".to_owned(),
            "make it shorter".to_owned(),
        ),
        Refusal::UntilInPast { today } => (
            "the last day has gone by".to_owned(),
            format!("today is {today}"),
            "give --until from today on".to_owned(),
        ),
        Refusal::SnoozeTooLong { latest, next: Some(next) } => (
            format!("it can rest up to and including {latest}"),
            format!("the level {next} begins the day after, and that is not put off"),
            format!("use --until {latest} or earlier"),
        ),
        Refusal::SnoozeTooLong { latest, next: None } => (
            format!("it can rest up to and including {latest}"),
            "no later level takes its place (reminder_snooze_max_days)".to_owned(),
            format!("use --until {latest} or earlier"),
        ),
        Refusal::PauseTooLong { latest } => (
            format!("letters can rest up to and including {latest}"),
            "the duty does not rest meanwhile (reminder_pause_max_days)".to_owned(),
            format!("use --until {latest} or earlier, and renew it if it lasts"),
        ),
        Refusal::NothingRests => (
            "there is no pause to end".to_owned(),
            "the letters go out as they should".to_owned(),
            "`spor doctor` shows the pauses that run, with their scope".to_owned(),
        ),
    };
    Explanation { message, because, try_next }
}

fn behind(by: Option<Level>) -> String {
    by.map(|level| format!(": {level}")).unwrap_or_default()
}
