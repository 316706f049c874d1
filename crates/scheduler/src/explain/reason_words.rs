//! The words of the reasons: why there is, or is no, letter, and what to do now.

use crate::due::{ADDRESS_REFUSED, RECIPIENT_UNKNOWN, ROLE_VACANT};

/// One reason in Danish and English, and what to do about it.
pub(super) struct Words {
    pub(super) code: &'static str,
    pub(super) said: [&'static str; 2],
    pub(super) now: [&'static str; 2],
}

/// The words of a code; of levels that were overtaken and of alarms the first part names them.
pub(super) fn of(code: &str) -> Option<&'static Words> {
    let code = match code {
        code if code.starts_with("overtaken") => "overtaken",
        code if code.starts_with("alarm") => "alarm",
        other => other,
    };
    WORDS.iter().find(|words| words.code == code)
}

static WORDS: [Words; 31] = [
    Words {
        code: "not_applicable",
        said: ["", ""],
        now: [
            "intet: reglen gælder ikke her; se `spor case show REF`, hvis det undrer",
            "nothing: the rule does not apply here; `spor case show REF` tells why it may seem \
             so",
        ],
    },
    Words {
        code: "satisfied",
        said: ["pligten blev opfyldt", "the duty was met"],
        now: [
            "intet: den næste frist begynder, når reglen gentager sig",
            "nothing: where the rule recurs the next deadline has begun",
        ],
    },
    Words {
        code: "ended",
        said: ["pligten bortfaldt", "the duty ceased"],
        now: ["intet", "nothing"],
    },
    Words {
        code: "sent",
        said: ["brevet er sendt", "a letter was sent"],
        now: [
            "gør, hvad brevet beder om, og notér det; `spor reminders proof ID` viser beviset",
            "do what the letter asks for and record it; `spor reminders proof ID` shows the \
             proof",
        ],
    },
    Words {
        code: "acknowledged",
        said: ["nogen har set den", "somebody has seen it"],
        now: [
            "gør, hvad der mangler, og notér det; næste trin kommer alligevel",
            "do what is missing and record it; the next level comes all the same",
        ],
    },
    Words {
        code: "not_yet_due",
        said: ["det er for tidligt; første brev", "it is too early; the first letter comes on"],
        now: ["intet endnu", "nothing yet"],
    },
    Words {
        code: "outside_working_days",
        said: [
            "dagen er ingen arbejdsdag; brevet går",
            "that is no working day; the letter goes on",
        ],
        now: ["intet: det går på den næste arbejdsdag", "nothing: it goes on the next working day"],
    },
    Words {
        code: "next_working_day",
        said: ["brevet går på den næste arbejdsdag", "the letter goes on the next working day"],
        now: ["intet: det går på den næste arbejdsdag", "nothing: it goes on the next working day"],
    },
    Words {
        code: "waits_for_slot",
        said: ["det er før dagens brevtid", "it is before the letters' time of day"],
        now: [
            "intet: vent til brevtiden (letter_time)",
            "nothing: wait for the time of letters (letter_time)",
        ],
    },
    Words {
        code: "import_grace",
        said: [
            "forløbet kom forsinket med en indlæsning; kun lederen skrives der til indtil",
            "the case came in late with an import; the lead alone is told until",
        ],
        now: [
            "lederen gennemgår det indlæste; sæt import_grace_days, hvis tiden er for lang",
            "the lead looks through the import; set import_grace_days when the time is too long",
        ],
    },
    Words {
        code: "paused",
        said: ["påmindelser er sat på pause", "reminders are paused"],
        now: [
            "genoptag med `spor reminders resume`, når pausen skal ende",
            "`spor reminders resume` ends the pause",
        ],
    },
    Words {
        code: "snoozed",
        said: ["påmindelsen er udsat", "the reminder is snoozed"],
        now: [
            "vent til dagen, eller gør det nu og notér det",
            "wait for the day, or do it now and record it",
        ],
    },
    Words {
        code: ROLE_VACANT,
        said: ["ingen har rollen", "nobody holds the role"],
        now: [
            "giv forløbet en person i rollen (`spor record mentor-assigned`, `spor staff add`)",
            "give the role a person (`spor record mentor-assigned`, `spor staff add`)",
        ],
    },
    Words {
        code: RECIPIENT_UNKNOWN,
        said: ["personen har ingen adresse her", "the person has no address here"],
        now: [
            "registrér personen med adresse: `spor staff add`",
            "register the person with an address: `spor staff add`",
        ],
    },
    Words {
        code: ADDRESS_REFUSED,
        said: ["adressen tager ikke imod", "the address takes no letters"],
        now: [
            "ret adressen: `spor staff add` med den rigtige",
            "correct the address: `spor staff add` with the right one",
        ],
    },
    Words {
        code: "met_before_letter",
        said: ["den blev opfyldt, før brevet gik", "it was met before its letter went"],
        now: ["intet", "nothing"],
    },
    Words {
        code: "ended_before_letter",
        said: ["den bortfaldt, før brevet gik", "it ceased before its letter went"],
        now: ["intet", "nothing"],
    },
    Words {
        code: "overtaken",
        said: ["et senere trin trådte i stedet", "a later level took its place"],
        now: ["se det senere trin", "look at the later level"],
    },
    Words {
        code: "planned",
        said: ["planlagt; venter på dagens brev", "planned; it waits for the letter of the day"],
        now: [
            "se, at tjenesten kører: `spor doctor`, eller `spor scheduler tick`",
            "see that the service runs: `spor doctor`, or `spor scheduler tick`",
        ],
    },
    Words {
        code: "no_relay",
        said: [
            "brevet er skrevet, men ingen har prøvet at sende det",
            "the letter is written, but nobody has tried to send it",
        ],
        now: [
            "sæt mail.host og start tjenesten: `spor run`",
            "set mail.host and start the service: `spor run`",
        ],
    },
    Words {
        code: "breaker_open",
        said: ["mailserveren afviser os for tiden", "the relay turns us away at present"],
        now: [
            "ret mail.username, adgangskode eller kryptering; brevene går derefter af sig selv",
            "put mail.username, password or encryption right; letters then go by themselves",
        ],
    },
    Words {
        code: "deferred",
        said: ["mailserveren tog ikke imod endnu", "the relay has not taken it yet"],
        now: [
            "intet: der prøves igen; spørg mailserverens folk, hvis det bliver ved",
            "nothing: it is tried again; ask whoever runs the relay when it goes on",
        ],
    },
    Words {
        code: "in_hand",
        said: ["brevet er på vej", "the letter is on its way"],
        now: ["intet", "nothing"],
    },
    Words {
        code: "in_doubt",
        said: [
            "ingen ved, om mailserveren har brevet; det samme sendes igen",
            "nobody knows whether the relay has it; the same letter goes out again",
        ],
        now: ["intet: det prøves igen om lidt", "nothing: it is tried again shortly"],
    },
    Words {
        code: "held",
        said: ["brevet venter på et menneske", "the letter waits for a person"],
        now: [
            "efter en genopretning: `spor store release`; ellers `spor reminders retry ID`",
            "after a restore: `spor store release`; else `spor reminders retry ID`",
        ],
    },
    Words {
        code: "dead",
        said: ["brevet er opgivet", "the letter was given up"],
        now: [
            "ret fejlen og prøv igen: `spor reminders retry ID`",
            "put the fault right and try again: `spor reminders retry ID`",
        ],
    },
    Words {
        code: "alarm",
        said: [
            "lederen fik besked om, at den ikke når nogen",
            "the lead was told that it reaches nobody",
        ],
        now: ["giv rollen en person med en adresse", "give the role a person with an address"],
    },
    Words {
        code: "no_longer_recipient",
        said: ["modtageren har ikke længere rollen", "the recipient no longer holds the role"],
        now: ["intet: den nye modtager får brevet", "nothing: the new recipient gets the letter"],
    },
    Words {
        code: "not_due",
        said: ["fristen flyttede sig", "the deadline moved away"],
        now: ["intet", "nothing"],
    },
    Words {
        code: "letter_missing",
        said: ["brevet findes ikke mere", "the letter is no longer there"],
        now: ["se `spor doctor`", "look at `spor doctor`"],
    },
    Words {
        code: "nothing_planned",
        said: [
            "brevets dag er kommet, men ingen runde har planlagt det",
            "its letter's day has come, but no round has planned it",
        ],
        now: [
            "se, at tjenesten kører: `spor doctor`, eller kør `spor scheduler tick`",
            "see that the service runs: `spor doctor`, or run `spor scheduler tick`",
        ],
    },
];
