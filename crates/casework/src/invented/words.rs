//! The words of the invented cases. Nobody here exists.

/// Young people: trees and plants, in the place of a name.
pub(super) const YOUTHS: &[&str] = &[
    "Alder", "Asp", "Birk", "Bregne", "Bøg", "Eg", "Elm", "Fyr", "Gran", "Gyvel", "Hassel",
    "Havre", "Hyld", "Kløver", "Kvæde", "Lind", "Lyng", "Lærk", "Mos", "Myrte", "Navr", "Pil",
    "Porse", "Rør", "Røn", "Salvie", "Siv", "Slåen", "Star", "Taks", "Timian", "Tjørn", "Vedbend",
    "Vikke",
];

/// First names of staff, each with its spelling in an address.
pub(super) const FIRST_NAMES: &[(&str, &str)] = &[
    ("Asta", "asta"),
    ("Bodil", "bodil"),
    ("Carsten", "carsten"),
    ("Ditte", "ditte"),
    ("Ejner", "ejner"),
    ("Frida", "frida"),
    ("Gorm", "gorm"),
    ("Helle", "helle"),
    ("Ib", "ib"),
    ("Jytte", "jytte"),
    ("Kaj", "kaj"),
    ("Lone", "lone"),
    ("Mogens", "mogens"),
    ("Nanna", "nanna"),
    ("Oluf", "oluf"),
    ("Pernille", "pernille"),
    ("Rasmus", "rasmus"),
    ("Søren", "soeren"),
    ("Tove", "tove"),
    ("Ulla", "ulla"),
    ("Viggo", "viggo"),
    ("Yrsa", "yrsa"),
    ("Åse", "aase"),
];

/// Last names of staff, made up for the purpose, each with its spelling in an address.
pub(super) const LAST_NAMES: &[(&str, &str)] = &[
    ("Digtmark", "digtmark"),
    ("Eksempel", "eksempel"),
    ("Fabelholt", "fabelholt"),
    ("Forsøgaard", "forsoegaard"),
    ("Legestrup", "legestrup"),
    ("Mønsterup", "moensterup"),
    ("Opdigt", "opdigt"),
    ("Papirlund", "papirlund"),
    ("Prøvsted", "proevsted"),
    ("Påfund", "paafund"),
    ("Skitseborg", "skitseborg"),
    ("Tænkeholm", "taenkeholm"),
    ("Udkastrup", "udkastrup"),
    ("Æventyr", "aeventyr"),
    ("Øvelsby", "oevelsby"),
];

/// What young people need at the start.
pub(super) const NEEDS: &[&str] = &[
    "struktur på morgenen",
    "hjælp til at komme i skole",
    "en voksen at ringe til",
    "nogen at gå til jobsamtale med",
    "ro på økonomien",
    "at komme ud blandt andre",
    "overblik over breve og aftaler",
    "støtte til at flytte hjemmefra",
];

/// Why mentor support is given.
pub(super) const TARGET_GROUPS: &[&str] =
    &["ung uden uddannelse", "ung med angst", "ung med adhd", "ung på vej fra anbringelse"];

/// What a grant is for.
pub(super) const PURPOSES: &[&str] = &[
    "fastholdelse på erhvervsuddannelse",
    "start i virksomhedspraktik",
    "at mestre hverdagen i egen bolig",
    "stabil skolegang",
    "fritidsjob og faste aftaler",
];

/// What a mentor agreement names as the mentor's tasks.
pub(super) const TASKS: &[&str] = &[
    "morgenrutine",
    "kontakt til skolen",
    "følge til møder",
    "ugeplan",
    "budget",
    "forberede samtaler",
];

/// Goals as the young person says them, each with its domain.
pub(super) const GOALS: &[(&str, &str)] = &[
    ("everyday_coping", "op klokken syv på hverdage"),
    ("everyday_coping", "selv åbne mine breve"),
    ("everyday_coping", "vaske tøj hver uge"),
    ("education", "møde i skole fire dage om ugen"),
    ("education", "færdiggøre grundforløbet"),
    ("work", "finde et fritidsjob"),
    ("work", "tre måneder i samme praktik"),
    ("housing", "skrive mig op til egen bolig"),
    ("health", "sove om natten"),
    ("network", "se min moster en gang om måneden"),
    ("leisure", "gå til klatring"),
    ("economy", "betale min egen telefon"),
];

/// Where a goal points.
pub(super) const AXES: &[&str] =
    &["towards_labour_market", "towards_labour_market", "stable", "away"];

/// What changes when a goal is revised.
pub(super) const GOAL_CHANGES: &[&str] =
    &["mindre skridt", "længere frist", "målet er delt i to", "den unge vil selv styre tempoet"];

/// Methods, with the one that is deliberately none.
pub(super) const METHODS: &[&str] = &[
    "motiverende samtale",
    "coaching",
    "løsningsfokuseret samtale",
    "vedholdende opsøgende kontakt",
    "netværkskort",
    "none",
];

/// Why a method was chosen.
pub(super) const METHOD_REASONS: &[&str] = &[
    "den unge er i tvivl og vil selv finde svaret",
    "passer til de mål, der er sat",
    "kontakten skal først bygges op",
    "bevidst uden navngiven metode i relationsfasen",
];

/// What was done in a session.
pub(super) const ACTIVITIES: &[&str] = &[
    "gåtur",
    "madlavning",
    "følge til læge",
    "breve og økonomi",
    "kontakt til skolen",
    "jobsøgning",
    "samtale om ugen",
    "bro til forældre",
    "fritid",
];

/// When sessions begin.
pub(super) const STARTS: &[&str] =
    &["08:30", "10:00", "12:30", "14:00", "15:30", "16:30", "18:00", "19:30"];

/// Why a follow-up is late.
pub(super) const DELAYS: &[&str] = &[
    "mentor syg",
    "den unge aflyste to gange",
    "sagsbehandler skiftet ud",
    "ferie i forvaltningen",
    "ingen mødetid passede alle",
];

/// How young people see two hats on one person.
pub(super) const DUAL_VIEWS: &[&str] =
    &["det er fint, jeg ved hvem jeg ringer til", "lidt forvirrende, men bedre end to nye"];

/// Why support was extended.
pub(super) const EXTENSIONS: &[&str] = &[
    "vurderet: målet er inden for rækkevidde",
    "uddannelsen er lige begyndt",
    "fremmødet er bedre, men ikke stabilt endnu",
];

/// Why support was switched.
pub(super) const SWITCHES: &[&str] = &[
    "varigt behov for støtte i hverdagen",
    "fyldt 18, støtten går videre efter ny lov",
    "klar til at arbejde hen imod job igen",
];

/// Why support was ended.
pub(super) const ENDINGS: &[&str] =
    &["målet er nået", "den unge klarer sig selv", "frivillig tager over"];

/// Why hours were changed.
pub(super) const HOUR_NEEDS: &[&str] =
    &["eksamensperiode", "flytning", "roligere periode", "ny praktik"];

/// Why a mentor stops.
pub(super) const LEAVINGS: &[&str] =
    &["nyt arbejde", "barsel", "langtidssyg", "flere timer andetsteds"];

/// Why a course ends, in open text.
pub(super) const CLOSINGS: &[&str] = &[
    "målene er nået",
    "i uddannelse og klarer sig selv",
    "videre i anden støtte",
    "flyttet til efterskole",
];

/// Weighty reasons, in words.
pub(super) const WEIGHTY: &[&str] =
    &["anden behandling må gå forud", "relationen kunne ikke bygges op"];

/// Why a course begins anew.
pub(super) const REOPENINGS: &[&str] =
    &["beder selv om hjælp igen", "faldet fra uddannelsen", "mistede praktikpladsen"];

/// What went wrong with an entry.
pub(super) const MISTAKES: &[&str] =
    &["tastefejl", "forkert varighed", "pausen var regnet forkert"];

/// What was forgotten about a meeting.
pub(super) const FORGOTTEN: &[&str] = &["alle var der, det blev glemt i referatet"];

/// Why an entry is taken back.
pub(super) const RETRACTIONS: &[&str] =
    &["skrevet på forkert sag", "mødet blev aflyst", "dobbelt indtastet"];

/// What a review decided.
pub(super) const REVIEWS: &[&str] =
    &["fortsæt med metoden", "prøv en anden metode", "inddrag netværket mere"];
