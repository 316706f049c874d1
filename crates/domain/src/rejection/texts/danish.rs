//! Refusals in Danish.

use super::super::{Deviation, Explanation, Rejection};
use super::{begun_danish, names, policy_help};

#[expect(clippy::too_many_lines, reason = "one arm a refusal; a table in all but name")]
/// The refusal in Danish.
pub(in crate::rejection) fn danish(rejection: &Rejection) -> Explanation {
    match rejection {
        Rejection::BornLater => Explanation {
            message: "fødselsdatoen ligger efter forløbets første dag".to_owned(),
            because: "et forløb begynder tidligst den dag, den unge er født".to_owned(),
            try_next: "ret fødselsdatoen eller datoen".to_owned(),
        },
        Rejection::UnknownCase { case } => Explanation {
            message: format!("forløbet {case} findes ikke"),
            because: "der er aldrig registreret noget om det".to_owned(),
            try_next: "se efter i `spor case list`, eller åbn det med `spor record case-opened`".to_owned(),
        },
        Rejection::CaseExists { case } => Explanation {
            message: format!("forløbet {case} findes allerede"),
            because: "en reference hører til én ung for altid".to_owned(),
            try_next: "brug case-reopened, hvis det er afsluttet, ellers en anden reference".to_owned(),
        },
        Rejection::NotOpen { started_on } => Explanation {
            message: "forløbet var ikke åbent den dag".to_owned(),
            because: begun_danish(*started_on),
            try_next: "angiv en dag, hvor det var åbent".to_owned(),
        },
        Rejection::CaseClosed { closed_on } => Explanation {
            message: format!("forløbet blev afsluttet {closed_on}"),
            because: "efter afslutningen tages kun rettelser og det, der skete før".to_owned(),
            try_next: "angiv den dag, det skete, eller genåbn med case-reopened".to_owned(),
        },
        Rejection::NotClosed => Explanation {
            message: "forløbet er ikke afsluttet".to_owned(),
            because: "kun et afsluttet forløb kan begynde på ny".to_owned(),
            try_next: "registrér det skete i det løbende forløb".to_owned(),
        },
        Rejection::CaseErased { erased_on } => Explanation {
            message: format!("forløbets personoplysninger blev slettet {erased_on}"),
            because: "der gemmes ikke mere om en person, der er slettet".to_owned(),
            try_next: "åbn et forløb med en anden reference".to_owned(),
        },
        Rejection::ErasureStays => Explanation {
            message: "en sletning kan ikke rettes eller trækkes tilbage".to_owned(),
            because: "det, den slettede, er væk for altid".to_owned(),
            try_next: "indfør det igen, der skal stå".to_owned(),
        },
        Rejection::SamePersonTwice { person } => Explanation {
            message: format!("{person} kan ikke både beslutte og godkende"),
            because: "det, der ikke kan gøres om, kræver to personer".to_owned(),
            try_next: "lad en anden godkende det".to_owned(),
        },
        Rejection::LegalBasisUnclear => Explanation {
            message: "hjemlen er tom eller for lang".to_owned(),
            because: "den står i klartekst for altid og nævner en lov, højst 120 tegn".to_owned(),
            try_next: "angiv den som 'GDPR art. 17(1)(a)'".to_owned(),
        },
        Rejection::TrackUnknown { track } => Explanation {
            message: format!("forløbet har intet spor {track}"),
            because: "støtte gives altid på et bevilget spor".to_owned(),
            try_next: "se sporene med `spor case show`".to_owned(),
        },
        Rejection::TrackNotActive { track } => Explanation {
            message: format!("sporet {track} var ikke aktivt den dag"),
            because: "støtte løber fra første til sidste dag".to_owned(),
            try_next: "angiv en anden dag eller et andet spor; et udløbet spor kan forlænges".to_owned(),
        },
        Rejection::TrackRequired { active } => Explanation {
            message: "flere spor er aktive; sig hvilket".to_owned(),
            because: "timer efter to love holdes adskilt".to_owned(),
            try_next: format!("tilføj track={}", names(active)),
        },
        Rejection::TrackTaken { track } => Explanation {
            message: format!("navnet {track} er brugt før"),
            because: "et spor beholder sit navn for altid".to_owned(),
            try_next: "vælg et nyt navn".to_owned(),
        },
        Rejection::BasisTaken { basis, track } => Explanation {
            message: format!("sporet {track} er allerede aktivt efter {}", basis.as_str()),
            because: "der er ét aktivt spor per retsgrundlag".to_owned(),
            try_next: format!("forlæng, skift eller afslut {track} først"),
        },
        Rejection::NotLabTrack { track } => Explanation {
            message: format!("sporet {track} hviler ikke på LAB § 167"),
            because: "kun mentorstøtte efter LAB har dette".to_owned(),
            try_next: "nævn LAB-sporet".to_owned(),
        },
        Rejection::LabUntilMissing { latest } => Explanation {
            message: "mentorstøtte skal have en sidste dag".to_owned(),
            because: "den bevilges højst for seks måneder ad gangen".to_owned(),
            try_next: format!("tilføj until, senest {latest}"),
        },
        Rejection::LabPeriodTooLong { latest } => Explanation {
            message: "perioden slutter for sent".to_owned(),
            because: "mentorstøtte bevilges højst for seks måneder ad gangen".to_owned(),
            try_next: format!("angiv until {latest} eller tidligere"),
        },
        Rejection::UntilBeforeStart { from } => Explanation {
            message: "sidste dag ligger før den første".to_owned(),
            because: format!("støtten begynder {from}"),
            try_next: "angiv en until på eller efter den dag".to_owned(),
        },
        Rejection::HoursNotPositive => Explanation {
            message: "ugentlige timer skal være over 0".to_owned(),
            because: "ingen timer er ingen støtte".to_owned(),
            try_next: "angiv timerne, eller afslut sporet".to_owned(),
        },
        Rejection::LimitedPeriodTooLong { latest } => Explanation {
            message: "perioden er længere end en måned".to_owned(),
            because: "mentor kan være mere støttende i én måned".to_owned(),
            try_next: format!("angiv until {latest} eller tidligere"),
        },
        Rejection::LimitedPeriodRunning { since } => Explanation {
            message: format!("perioden begyndt {since} er ikke afsluttet"),
            because: "måneden fornys ikke; et varigt behov fører til SEL § 85".to_owned(),
            try_next: "afslut den med limited-support-period-ended og dens udfald".to_owned(),
        },
        Rejection::LimitedPeriodBackToBack { earliest } => Explanation {
            message: "den forrige periode løb helt op til denne".to_owned(),
            because: "måneden fornys ikke i forlængelse; et varigt behov fører til SEL § 85".to_owned(),
            try_next: format!("bevilg SEL-85, eller begynd igen tidligst {earliest}"),
        },
        Rejection::NoLimitedPeriod => Explanation {
            message: "der løber ingen sådan periode".to_owned(),
            because: "kun en begyndt periode kan afsluttes".to_owned(),
            try_next: "se `spor case show`".to_owned(),
        },
        Rejection::MinutesOutOfRange { minutes } => Explanation {
            message: format!("{minutes} minutter kan ikke passe"),
            because: "en session varer 1 til 1440 minutter".to_owned(),
            try_next: "angiv minutterne for netop denne session".to_owned(),
        },
        Rejection::GoalTaken { goal } => Explanation {
            message: format!("målet {goal} findes allerede"),
            because: "et mål beholder sit navn for altid".to_owned(),
            try_next: "justér det med goal-revised, eller vælg et nyt navn".to_owned(),
        },
        Rejection::GoalNotOpen { goal } => Explanation {
            message: format!("der er intet åbent mål {goal}"),
            because: "der kan kun arbejdes med et åbent mål".to_owned(),
            try_next: "sæt det med goal-set".to_owned(),
        },
        Rejection::MethodReasonMissing => Explanation {
            message: "begrundelsen er tom".to_owned(),
            because: "det vigtige er, at valget er bevidst".to_owned(),
            try_next: "skriv hvorfor denne metode, eller hvorfor ingen".to_owned(),
        },
        Rejection::TooEarly { earliest } => Explanation {
            message: format!("forløbet kan tidligst afsluttes {earliest}"),
            because: "en mentorindsats varer mindst tre måneder".to_owned(),
            try_next: "angiv reason=youth_wish eller weighty_professional_reasons, hvis det er sådan, eller vent".to_owned(),
        },
        Rejection::EntryUnknown { target } => Explanation {
            message: format!("der er ingen indførsel {target} i forløbet"),
            because: "en rettelse peger på det, den retter".to_owned(),
            try_next: "se indførslerne med `spor case timeline`".to_owned(),
        },
        Rejection::EntryAlreadyRetracted { target } => Explanation {
            message: format!("indførslen {target} er trukket tilbage"),
            because: "det tilbagetrukne kan ikke ændres".to_owned(),
            try_next: "registrér den på ny".to_owned(),
        },
        Rejection::DuplicateId { id } => Explanation {
            message: format!("id {id} er optaget i forløbet"),
            because: "rettelser skal vide, hvad de peger på".to_owned(),
            try_next: "vælg et andet id, eller ret indførslen med entry-corrected".to_owned(),
        },
        Rejection::NotAssigned { person } => Explanation {
            message: format!("{person} er ikke tilknyttet forløbet"),
            because: "kun en begyndt tilknytning kan ophøre".to_owned(),
            try_next: "se `spor case show`".to_owned(),
        },
        Rejection::Unadvised(Deviation::NobodyLeft) => Explanation {
            message: "den unge ville stå uden nogen".to_owned(),
            because: "et åbent forløb har en person ved den unges side".to_owned(),
            try_next: "tilknyt nogen først, eller tilføj override_reason".to_owned(),
        },
        Rejection::PledgeMissing { person } => Explanation {
            message: format!("{person} har ikke underskrevet tavshedserklæring"),
            because: "en frivillig tilknyttes først efter erklæringen".to_owned(),
            try_next: "registrér confidentiality-pledge-signed først".to_owned(),
        },
        Rejection::StaffExists { person } => Explanation {
            message: format!("{person} er allerede registreret"),
            because: "en reference hører til én person for altid".to_owned(),
            try_next: "ret indførslen med entry-corrected, eller vælg en anden reference".to_owned(),
        },
        Rejection::EmailTaken => Explanation {
            message: "e-mailadressen hører til en anden".to_owned(),
            because: "breve går til én person".to_owned(),
            try_next: "giv personen en egen adresse".to_owned(),
        },
        Rejection::PolicyBackwards { valid_from } => Explanation {
            message: format!("{valid_from} ligger i fortiden, og der er ingen begrundelse"),
            because: "en ændring bagud ændrer, hvad der var rigtigt".to_owned(),
            try_next: "angiv en begrundelse".to_owned(),
        },
        Rejection::ChangeNotPossible { message, because, try_next } => Explanation {
            message: message.clone(),
            because: because.clone(),
            try_next: try_next.clone(),
        },
        Rejection::Policy(problem) => Explanation {
            message: problem.to_string(),
            because: "en indstilling, som ingen læser, ændrer intet".to_owned(),
            try_next: policy_help("mente du", problem),
        },
        Rejection::NotReferred => Explanation {
            message: "forløbet er ikke henvist, eller det er begyndt".to_owned(),
            because: "kun en henvisning kan vente".to_owned(),
            try_next: "registrér først case-referred".to_owned(),
        },
        Rejection::NumberOutOfRange { field, number, least, most } => Explanation {
            message: format!("{field} kan ikke være {number}"),
            because: format!("det ligger fra {least} til {most}"),
            try_next: "angiv et tal derimellem".to_owned(),
        },
        Rejection::Unadvised(Deviation::MethodNotChosen) => Explanation {
            message: "der er ikke valgt nogen metode i forløbet".to_owned(),
            because: "en metodes værdi bedømmes ud fra et valg".to_owned(),
            try_next: "registrér først method-chosen (none er et valg), eller angiv reason=".to_owned(),
        },
        Rejection::Unadvised(Deviation::YouthViewMissing) => Explanation {
            message: "den unge er ikke spurgt".to_owned(),
            because: "familiens inddragelse aftales med den unge".to_owned(),
            try_next: "spørg først, eller angiv hvorfor ikke med reason=".to_owned(),
        },
        Rejection::NoConsent => Explanation {
            message: "der er intet gældende samtykke til opdatering af forældre".to_owned(),
            because: "intet går fra mentor til forældre uden samtykke".to_owned(),
            try_next: "registrér consent-given scope=parent_updates, når det er givet".to_owned(),
        },
        Rejection::NoAgreement => Explanation {
            message: "familiens inddragelse er ikke aftalt".to_owned(),
            because: "opdateringer følger en aftale".to_owned(),
            try_next: "registrér først family-involvement-agreed".to_owned(),
        },
        Rejection::MeetingInPast { on } => Explanation {
            message: format!("{on} er passeret"),
            because: "et møde aftales til en kommende dag".to_owned(),
            try_next: "angiv en senere dag, eller registrér det holdte møde".to_owned(),
        },
        Rejection::HandoverAwaits { since } => Explanation {
            message: format!("overleveringen fra {since} afventer svar"),
            because: "der er én overlevering ad gangen".to_owned(),
            try_next: "svar med handover-accepted eller handover-rejected".to_owned(),
        },
        Rejection::NoHandover => Explanation {
            message: "ingen overlevering afventer svar".to_owned(),
            because: "kun en påbegyndt overlevering kan besvares".to_owned(),
            try_next: "registrér først handover-started".to_owned(),
        },
        Rejection::HandoverReasonMissing => Explanation {
            message: "en afvisning skal begrundes".to_owned(),
            because: "den afgivende part skal finde en anden vej".to_owned(),
            try_next: "tilføj reason=".to_owned(),
        },
        Rejection::Unadvised(Deviation::MentorNotIncluded) => Explanation {
            message: "mentor deltager ikke".to_owned(),
            because: "ved skift af forvaltning inddrages mentor".to_owned(),
            try_next: "inddrag mentor, eller angiv hvorfor ikke med reason=".to_owned(),
        },
        Rejection::PlanBeginsElsewhere => Explanation {
            message: "planen begynder ikke en-til-en".to_owned(),
            because: "et forløb begynder med mentor og den unge alene".to_owned(),
            try_next: "sæt one_to_one først".to_owned(),
        },
        Rejection::PlanOrder => Explanation {
            message: "trinene står ikke i rækkefølge".to_owned(),
            because: "fra en-til-en over en-til-flere til frivillig".to_owned(),
            try_next: "nævn hvert trin én gang, i den rækkefølge".to_owned(),
        },
        Rejection::NoPlan => Explanation {
            message: "der er ingen progressionsplan".to_owned(),
            because: "et trin nås i en plan".to_owned(),
            try_next: "registrér først progression-plan-set".to_owned(),
        },
        Rejection::StageOrder { present } => Explanation {
            message: "trinet ligger ikke forude i planen".to_owned(),
            because: format!("det nuværende trin er {present}"),
            try_next: "tag et senere trin i planen, eller læg en ny plan".to_owned(),
        },
        Rejection::GroupExists { group } => Explanation {
            message: format!("gruppen {group} findes allerede"),
            because: "en gruppe beholder sit navn".to_owned(),
            try_next: "tag en anden reference".to_owned(),
        },
        Rejection::GroupUnknown { group } => Explanation {
            message: format!("der var ingen gruppe {group} den dag"),
            because: "en gruppe dannes, før den mødes".to_owned(),
            try_next: "registrér først group-formed".to_owned(),
        },
        Rejection::GroupDissolved { on } => Explanation {
            message: format!("gruppen blev opløst {on}"),
            because: "efter den dag mødes den ikke".to_owned(),
            try_next: "dan en ny gruppe".to_owned(),
        },
        Rejection::GroupPurposeMissing => Explanation {
            message: "formålet er tomt".to_owned(),
            because: "en gruppe har et formål, som er relevant for alle i den".to_owned(),
            try_next: "skriv, hvad den er til".to_owned(),
        },
        Rejection::GroupSize { attendees, most } => Explanation {
            message: format!("{attendees} kan ikke mødes i gruppen"),
            because: format!("en gruppe er lille: fra 1 til {most}"),
            try_next: "mødes i to grupper, eller dan en større".to_owned(),
        },
        Rejection::AttendeeTwice { case } => Explanation {
            message: format!("{case} er nævnt to gange"),
            because: "hver ung deltager én gang".to_owned(),
            try_next: "nævn hvert forløb én gang".to_owned(),
        },
        Rejection::AttendeeNotOpen { case } => Explanation {
            message: format!("{case} var ikke åbent den dag"),
            because: "hele sessionen afvises, når én ikke må være der".to_owned(),
            try_next: "udelad forløbet, eller angiv en anden dag".to_owned(),
        },
        Rejection::NotAssessedSuitable { case } => Explanation {
            message: format!("{case} er ikke vurderet egnet til gruppe"),
            because: "det vurderes for hver ung, om en gruppe passer".to_owned(),
            try_next: "registrér først group-suitability-assessed, eller udelad forløbet".to_owned(),
        },
        Rejection::GroupTooEarly { case, earliest } => Explanation {
            message: format!("{case} kan mødes i gruppe fra {earliest}"),
            because: "de første måneder er en-til-en".to_owned(),
            try_next: "udelad forløbet, eller vent".to_owned(),
        },
        Rejection::OtherMentor { case, mentor } => Explanation {
            message: format!("{case} har en anden mentor end {mentor}"),
            because: "en gruppe har samme mentor for alle".to_owned(),
            try_next: "udelad forløbet, eller tilknyt mentoren".to_owned(),
        },
        Rejection::ParticipationOfGroup => Explanation {
            message: "deltagelsen hører til en gruppesession".to_owned(),
            because: "det, der er registreret sammen, rettes sammen".to_owned(),
            try_next: "ret eller træk sessionen tilbage i gruppen".to_owned(),
        },
        Rejection::RoundOpen { period } => Explanation {
            message: format!("runden {period} er allerede åben"),
            because: "en runde åbnes én gang".to_owned(),
            try_next: "luk den først, eller tag et andet navn".to_owned(),
        },
        Rejection::RoundNotOpen { period } => Explanation {
            message: format!("der er ingen åben runde {period}"),
            because: "kun en åben runde kan lukkes".to_owned(),
            try_next: "registrér først review-round-opened".to_owned(),
        },
        Rejection::Reminding(refusal) => super::reminding::danish(refusal),
    }
}
