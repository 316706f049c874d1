//! The support events as people write them.

use crate::schema::{Category, EventType, Field, Kind};

/// The stored codes of the legal bases, in the order of [`super::Basis`].
pub const BASES: &[&str] = &["LAB-167", "SEL-85", "BL-32", "voluntary"];

const BUDGETS: &[&str] =
    &["children_family", "employment", "adult_disability", "social", "other", "none"];
const OUTCOMES: &[&str] = &["back_to_lab", "lasting_need"];

const TRACK: Field = Field::required("track", Kind::Name, "the track within the case: T1");
const BASIS: Field = Field::required("basis", Kind::Code(BASES), "the law it rests on");
const WEEKLY: Field = Field::required("weekly_hours", Kind::Decimal, "granted hours a week");
const BUDGET: Field = Field::required("budget", Kind::Text(BUDGETS), "who pays");
const UNTIL: Field = Field::required("until", Kind::Date, "last day, inclusive");
const UNTIL_PERHAPS: Field =
    Field::optional("until", Kind::Date, "last day, inclusive; a must for LAB");
const FROM: Field = Field::optional("from", Kind::Date, "first day; else the day of the entry");
const WHO: &str = "who gives the support";

/// The types of this family.
pub const TYPES: &[EventType] = &[
    EventType {
        name: "SupportGranted",
        version: 1,
        category: Category::Case,
        fields: &[
            TRACK,
            BASIS,
            WEEKLY,
            BUDGET,
            FROM,
            UNTIL_PERHAPS,
            Field::optional("person", Kind::Reference, WHO),
            Field::optional("purpose", Kind::Text(&[]), "what the support is for"),
            Field::optional("need", Kind::Text(&[]), "the need it rests on (F4.0-1)"),
            Field::optional("decision_ref", Kind::Text(&[]), "the decision in the file"),
        ],
        da: "Støtte bevilget",
        en: "Support granted",
        sample: r#"{"date":"2025-02-03","type":"SupportGranted","case":"SPOR-2025-0202","track":"T1","basis":"LAB-167","weekly_hours":4,"budget":"employment","until":"2025-08-03","person":"M-07","purpose":"start of vocational course"}"#,
    },
    EventType {
        name: "MentorAgreementSigned",
        version: 1,
        category: Category::Case,
        fields: &[
            TRACK,
            Field::required("goal", Kind::Text(&[]), "what the agreement aims at"),
            Field::required("tasks", Kind::Texts(&[]), "the mentor's tasks"),
            WEEKLY,
            UNTIL,
            Field::required("complaint_guidance", Kind::Flag, "guidance on complaints given"),
        ],
        da: "Mentoraftale underskrevet",
        en: "Mentor agreement signed",
        sample: r#"{"date":"2025-02-03","type":"MentorAgreementSigned","case":"SPOR-2025-0202","track":"T1","goal":"start of vocational course","tasks":["morning routine","contact with school"],"weekly_hours":4,"until":"2025-08-03","complaint_guidance":true}"#,
    },
    EventType {
        name: "SupportExtended",
        version: 1,
        category: Category::Case,
        fields: &[
            TRACK,
            UNTIL,
            Field::required("reason", Kind::Text(&[]), "the assessment behind it"),
        ],
        da: "Støtte forlænget",
        en: "Support extended",
        sample: r#"{"date":"2025-07-20","type":"SupportExtended","case":"SPOR-2025-0202","track":"T1","until":"2026-02-03","reason":"assessed: goal within reach"}"#,
    },
    EventType {
        name: "SupportHoursChanged",
        version: 1,
        category: Category::Case,
        fields: &[TRACK, WEEKLY, FROM, Field::required("need", Kind::Text(&[]), "the need behind")],
        da: "Timetal ændret",
        en: "Support hours changed",
        sample: r#"{"date":"2025-04-07","type":"SupportHoursChanged","case":"SPOR-2025-0202","track":"T1","weekly_hours":5.5,"need":"exam period"}"#,
    },
    EventType {
        name: "SupportSwitched",
        version: 1,
        category: Category::Case,
        fields: &[
            Field::required("from_track", Kind::Name, "the track that ends the day before"),
            TRACK,
            BASIS,
            WEEKLY,
            BUDGET,
            UNTIL_PERHAPS,
            Field::required("person", Kind::Reference, WHO),
            Field::optional("reason", Kind::Text(&[]), "why"),
        ],
        da: "Støtte skiftet",
        en: "Support switched",
        sample: r#"{"date":"2025-06-05","type":"SupportSwitched","case":"SPOR-2025-0202","from_track":"T1","track":"T2","basis":"SEL-85","weekly_hours":6,"budget":"social","person":"M-07","reason":"lasting everyday-coping need"}"#,
    },
    EventType {
        name: "SupportEnded",
        version: 1,
        category: Category::Case,
        fields: &[TRACK, Field::required("reason", Kind::Text(&[]), "why")],
        da: "Støtte ophørt",
        en: "Support ended",
        sample: r#"{"date":"2025-06-30","type":"SupportEnded","case":"SPOR-2024-1111","track":"T1","reason":"volunteer takes over"}"#,
    },
    EventType {
        name: "LimitedSupportPeriodStarted",
        version: 1,
        category: Category::Case,
        fields: &[
            TRACK,
            UNTIL,
            Field::optional("activities", Kind::Texts(&[]), "what the mentor helps with"),
            Field::optional("agreed_with", Kind::Text(&[]), "whom it was agreed with"),
        ],
        da: "Måned med mere støtte begyndt",
        en: "Limited support period started",
        sample: r#"{"date":"2025-05-05","type":"LimitedSupportPeriodStarted","case":"SPOR-2025-0202","track":"T1","until":"2025-06-05","activities":["everyday coping"],"agreed_with":"caseworker"}"#,
    },
    EventType {
        name: "LimitedSupportPeriodEnded",
        version: 1,
        category: Category::Case,
        fields: &[TRACK, Field::required("outcome", Kind::Code(OUTCOMES), "what came out of it")],
        da: "Måned med mere støtte afsluttet",
        en: "Limited support period ended",
        sample: r#"{"date":"2025-06-05","type":"LimitedSupportPeriodEnded","case":"SPOR-2025-0202","track":"T1","outcome":"lasting_need"}"#,
    },
];
