//! What is kept of a case after its last entry is the case itself, on every day from there on.

use std::path::PathBuf;
use std::{fmt, fs};

use chrono::{DateTime, NaiveDate};
use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use spor_casework::invented::{Plan, journal};
use spor_domain::calendar;
use spor_domain::case::{Case, Recorded};
use spor_domain::event::Event;
use spor_domain::ids::{EventId, Position};
use spor_history::stream;
use spor_projections::tables::views::{self, Kept};

use uuid::Uuid;

use super::stage::{Dice, Stage, broken_session};

fn day(text: &str) -> NaiveDate {
    text.parse().expect("a day")
}

/// What the journals below do not tell of.
const RARE: &[&str] = &[
    "2025-01-02 ConfidentialityPledgeSigned person=V-07",
    "2025-01-02 CaseReferred case=SPOR-2025-0101 group_wish=true",
    "2025-01-03 CasePlacedOnWaitingList case=SPOR-2025-0101",
    "2025-01-06 CaseOpened case=SPOR-2025-0101 administration=children_family",
    "2025-01-07 SupportGranted case=SPOR-2025-0101 track=T1 basis=BL-32 weekly_hours=2.5 person=M-01",
    "2025-01-08 MentorAssigned case=SPOR-2025-0101 person=V-07 role=volunteer",
    "2025-01-08 NetworkMapped case=SPOR-2025-0101 persons=4",
    "2025-01-08 ConsentGiven case=SPOR-2025-0101 scope=parent_updates by=youth",
    "2025-01-09 FamilyInvolvementAgreed case=SPOR-2025-0101 extent=limited parent_update_days=40",
    "2025-01-10 ParentUpdateSent case=SPOR-2025-0101",
    "2025-01-10 ConfidentialNoteAdded case=SPOR-2025-0101",
    "2025-01-13 ContactAttempted case=SPOR-2025-0101",
    "2025-01-13 DialogueHeld case=SPOR-2025-0101 need=same",
    "2025-01-14 GoalSet case=SPOR-2025-0101 goal=G1",
    "2025-01-15 GoalProgressAssessed case=SPOR-2025-0101 goal=G1 scale=4",
    "2025-01-16 GoalClosed case=SPOR-2025-0101 goal=G1 outcome=reached",
    "2025-01-16 GroupSuitabilityAssessed case=SPOR-2025-0101 outcome=suitable",
    "2025-01-17 ProgressionPlanSet case=SPOR-2025-0101",
    "2025-01-17 ProgressionStageReached case=SPOR-2025-0101 stage=one_to_many",
    "2025-01-20 MethodChosen case=SPOR-2025-0101",
    "2025-01-21 MethodEvaluated case=SPOR-2025-0101 value=low",
    "2025-01-22 LawStepRecorded case=SPOR-2025-0101 step=youth_plan",
    "2025-01-22 RoleExpectationsAligned case=SPOR-2025-0101",
    "2025-01-23 SessionHeld case=SPOR-2025-0101 minutes=60 track=T1 activities=exercise",
    "2025-01-24 SupportPaused case=SPOR-2025-0101 until=2025-02-02",
    "2025-02-03 HandoverStarted case=SPOR-2025-0101 from_administration=children_family to_administration=adult_disability effective_on=2025-03-01",
    "2025-02-04 HandoverAccepted case=SPOR-2025-0101",
    "2025-01-06 CaseOpened case=SPOR-2025-0102 administration=children_family",
    "2025-02-10 HandoverStarted case=SPOR-2025-0102 from_administration=children_family \
     to_administration=adult_disability effective_on=2025-03-01",
    "2025-02-11 HandoverAccepted case=SPOR-2025-0102",
    // It takes effect between the last two days of entries.
    "2025-03-03 DialogueHeld case=SPOR-2025-0102 need=same",
    "2025-01-06 CaseOpened case=SPOR-2025-0103",
    "2025-02-03 CaseTransferredToMunicipality case=SPOR-2025-0103",
    "2025-01-06 CaseOpened case=SPOR-2025-0104",
    "2025-02-03 PersonalDataErased case=SPOR-2025-0104",
];

/// A municipality with everything that happens in one, and cases of which the dice decide.
pub(crate) async fn town() -> Stage {
    let mut stage = Stage::new().await;
    let (from, to) = (day("2023-01-02"), day("2024-12-31"));
    for line in journal(&Plan { seed: 4, cases: 25, events: 1_400, from, to }) {
        stage.take(&line).await;
    }
    stage.tell(RARE).await;
    stage.random_days(&mut Dice::new(7), day("2025-01-02"), 90).await;
    stage
}

async fn kept(stage: &Stage) -> Vec<Kept> {
    stage.catch_up().await;
    let mut kept: Vec<Kept> = Vec::new();
    loop {
        let behind = kept.last().map(|kept| stream::of_case(&kept.case));
        let more = views::after(&stage.store, behind.as_ref(), 7).await.unwrap();
        if more.is_empty() {
            return kept;
        }
        kept.extend(more);
    }
}

#[tokio::test]
async fn a_row_tells_how_the_case_stands_on_every_later_day() {
    let stage = town().await;
    let kept = kept(&stage).await;
    let cases: Vec<_> = kept.iter().map(|kept| kept.case.clone()).collect();
    assert_eq!(cases, stage.cases());
    assert!(cases.len() > 30, "the journal tells too little");
    let mut taken_over = 0;
    for kept in kept {
        let fold = stage.book.case(&kept.case, None);
        let last = fold.last_day().expect("it has entries");
        assert_eq!(kept.last_day, Some(last));
        let waits = fold.as_of(last).takeovers.len();
        for days in [0, 1, 13, 60, 400] {
            let later = calendar::days_after(last, days);
            assert_eq!(kept.on(later), Some(fold.as_of(later)), "{} on {later}", kept.case);
            taken_over += usize::from(fold.as_of(later).takeovers.len() < waits);
        }
        let days = fold.entries().iter().map(|entry| entry.on);
        let before = days.filter(|day| *day < last).max();
        assert_eq!(kept.day_before, before);
        let first = before.unwrap_or_else(|| calendar::days_before(last, 50));
        for day in [first, calendar::days_before(last, 1)] {
            assert_eq!(kept.on(day), Some(fold.as_of(day)), "{} on {day}", kept.case);
        }
        let earlier = calendar::days_before(first, 1);
        assert_eq!(kept.on(earlier), before.is_none().then(|| fold.as_of(earlier)));
    }
    assert!(taken_over > 0, "no handover takes effect later");
}

#[tokio::test]
async fn a_row_tells_nothing_of_a_case_that_cannot_be_folded() {
    let mut stage = Stage::new().await;
    stage.tell(&["2025-01-13 CaseOpened case=SPOR-2025-0001"]).await;
    let case = &stage.cases()[0];
    stage.append(&stream::of_case(case), broken_session(), 99).await;
    let kept = kept(&stage).await;
    assert_eq!(kept.len(), 1);
    assert_eq!((kept[0].last_day, kept[0].on(day("2025-02-01"))), (None, None));
}

/// A value as far as its fields go, in the order in which they are written.
enum Shape {
    Fields(Vec<(String, Shape)>),
    List(Vec<Shape>),
    Leaf,
}

impl Shape {
    /// Adds every path to a field that is not there yet.
    fn paths(&self, path: &str, into: &mut Vec<String>) {
        match self {
            Self::Fields(fields) => {
                fields
                    .iter()
                    .for_each(|(name, field)| field.paths(&format!("{path}.{name}"), into));
            }
            Self::List(list) => {
                list.iter().for_each(|item| item.paths(&format!("{path}[]"), into));
            }
            Self::Leaf => {}
        }
        if !into.iter().any(|known| known == path) {
            into.push(path.to_owned());
        }
    }
}

impl<'de> Deserialize<'de> for Shape {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(OfShape)
    }
}

struct OfShape;

impl<'de> Visitor<'de> for OfShape {
    type Value = Shape;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("anything")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Shape, A::Error> {
        let mut fields = Vec::new();
        while let Some(field) = map.next_entry()? {
            fields.push(field);
        }
        Ok(Shape::Fields(fields))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Shape, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = list.next_element()? {
            items.push(item);
        }
        Ok(Shape::List(items))
    }

    fn visit_unit<E>(self) -> Result<Shape, E> {
        Ok(Shape::Leaf)
    }

    fn visit_bool<E>(self, _: bool) -> Result<Shape, E> {
        Ok(Shape::Leaf)
    }

    fn visit_i64<E>(self, _: i64) -> Result<Shape, E> {
        Ok(Shape::Leaf)
    }

    fn visit_u64<E>(self, _: u64) -> Result<Shape, E> {
        Ok(Shape::Leaf)
    }

    fn visit_f64<E>(self, _: f64) -> Result<Shape, E> {
        Ok(Shape::Leaf)
    }

    fn visit_str<E>(self, _: &str) -> Result<Shape, E> {
        Ok(Shape::Leaf)
    }
}

/// A case that tells of nothing but a group: that entry comes of the group's own.
fn of_a_group() -> Case {
    let body = r#"{"group":"G-01","minutes":90,"session":"gs-1"}"#;
    let mut case = Case::default();
    case.evolve(Recorded {
        position: Position(1),
        event_id: EventId(Uuid::nil()),
        recorded_at: DateTime::UNIX_EPOCH,
        occurred_on: day("2025-03-06"),
        id: None,
        event: Event::decode("ParticipationRecorded", body).unwrap(),
    });
    case
}

/// The shape of what stands in the rows.
async fn shape() -> String {
    let stage = town().await;
    let mut paths = Vec::new();
    let folds = stage.cases().into_iter().map(|case| stage.book.case(&case, None));
    for fold in folds.chain([of_a_group()]) {
        let view = serde_json::to_string(&fold.as_of(fold.last_day().unwrap())).unwrap();
        serde_json::from_str::<Shape>(&view).unwrap().paths("view", &mut paths);
    }
    format!("version {}\n{}\n", views::TABLE.version, paths.join("\n"))
}

fn golden() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("golden/views.txt")
}

/// Rows of another shape must not be taken for rows of this one.
#[tokio::test]
async fn the_version_is_raised_with_the_shape_of_a_view() {
    let known = fs::read_to_string(golden()).unwrap();
    let shape = shape().await;
    let differing = shape.lines().zip(known.lines()).find(|(one, other)| one != other);
    assert!(
        shape == known,
        "a view has another shape, first in {differing:?}: raise the version of the table `views` \
         and run the ignored test the_shape_of_a_view_is_written_anew"
    );
}

#[tokio::test]
#[ignore = "writes the golden file"]
async fn the_shape_of_a_view_is_written_anew() {
    fs::write(golden(), shape().await).unwrap();
}
