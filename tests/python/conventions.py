"""What a case is on a day, and what may be added to it, from its entries by the conventions alone.

Written apart from the program, in another language and another way (a plain pass over the entries
for each question), so that one mistake cannot hide in both. An entry is a dictionary of journal
fields with `position`, its place in the journal; days are dates.
"""
import calendar
from datetime import date, timedelta

FOR_EVER = "9999-12-31"
LAST_DAY = date(2199, 12, 31)
OPENINGS = ("CaseOpened", "CaseImported")
ACTS = ("EntryCorrected", "EntryRetracted")
TRANSITION_PARTIES = {"children_family", "employment", "adult_disability", "mentor"}
REVIEW_PARTIES = {"professional_lead", "mentor"}
REASONS_AT_ANY_TIME = ("youth_wish", "weighty_professional_reasons")


def day_of(text):
    return date.fromisoformat(text)


def some_day(text):
    return day_of(text) if text else None


def days(number):
    return timedelta(days=number)


def months_after(day, number):
    """Calendar months in one step, clamped to the month's end."""
    month = day.month - 1 + number
    year, month = day.year + month // 12, month % 12 + 1
    return date(year, month, min(day.day, calendar.monthrange(year, month)[1]))


def birthday(born, years):
    if (born.month, born.day) == (2, 29) and not calendar.isleap(born.year + years):
        return date(born.year + years, 2, 28)
    return born.replace(year=born.year + years)


def age_on(born, day):
    years = day.year - born.year
    return years if birthday(born, years) <= day else years - 1


def hundredths(numerator, denominator):
    """A fraction rounded half up to two decimals, in whole numbers."""
    return (200 * numerator + denominator) // (2 * denominator) / 100


def as_known(entries, known_at):
    """The entries recorded by then, as corrections and retractions recorded by then leave them."""
    known = [dict(entry, versions=1) for entry in entries if entry["recorded"] <= known_at]
    by_id = {entry["id"]: entry for entry in known if "id" in entry}
    acts = [entry for entry in known if entry["type"] in ACTS]
    void = set()
    for act in reversed(acts):
        if act["type"] == "EntryRetracted" and act["position"] not in void:
            target = by_id[act["target"]]
            if target["type"] in ACTS:
                void.add(target["position"])
    for act in acts:
        target = by_id[act["target"]]
        target["versions"] += 1
        if act["position"] in void:
            continue
        if act["type"] == "EntryRetracted":
            target["retracted"] = True
        for field, value in act.get("changes", {}).items():
            if value is None:
                target.pop(field, None)
            else:
                target[field] = value
    return known


class Track:
    """One track of support."""

    def __init__(self, entry, first, closed):
        self.name, self.basis = entry["track"], entry["basis"]
        self.replaces = entry.get("from_track")
        self.budget, self.person = entry["budget"], entry.get("person")
        self.first, self.granted_on = first, day_of(entry["date"])
        self.until, self.ended = some_day(entry.get("until")), closed
        self.hours = [(first, entry["weekly_hours"])]

    def is_active(self, day):
        ends = [end for end in (self.ended, self.until) if end]
        return self.first <= day and all(day <= end for end in ends)

    def is_usable(self, day):
        ran_out = self.ended is None and self.until is not None and self.until < day
        return self.is_active(day) or ran_out

    def weekly_hours(self, day):
        since = [(first, at) for at, (first, _) in enumerate(self.hours) if first <= day]
        return self.hours[max(since)[1] if since else 0][1]


class Episode:
    """One run of the case."""

    def __init__(self, start, entry):
        self.start, self.closed = start, None
        self.follow_ups, self.reviews, self.delays = [], [], []
        self.transferred, self.suitable = False, "none"
        self.methods, self.evaluations = [], []
        self.claimed_follow_up = some_day(entry.get("last_follow_up"))
        self.claimed_review = some_day(entry.get("last_method_review"))


class Case:
    """The case as of a day, with what was known at the end of another."""

    def __init__(self, entries, known_at, day):
        self.day, self.entries = day, as_known(entries, known_at)
        self.as_of = lambda other: Case(entries, known_at, other)
        self.episodes, self.tracks, self.limited, self.meetings = [], [], [], []
        self.maps, self.agreements, self.updates, self.consents = [], [], [], []
        self.dialogues, self.pauses, self.handovers, self.aligned = [], [], [], []
        self.takeovers, self.access_open = [], False
        self.waits, self.supervised = None, []
        self.steps, self.volunteers, self.by_person = set(), [], []
        self.sessions, self.goals, self.met, self.assigned = [], set(), set(), {}
        self.mentor = self.caseworker = self.born = None
        self.switches, self.is_imported = 0, False
        told = [entry for entry in self.entries if not entry.get("retracted")]
        told = [entry for entry in told if day_of(entry["date"]) <= day]
        for entry in sorted(told, key=lambda entry: (entry["date"], entry["position"])):
            self.take_over(lambda taken: taken[:2] < (day_of(entry["date"]), entry["position"]))
            happened = getattr(self, "on_" + entry["type"], None)
            if happened:
                happened(entry, day_of(entry["date"]))
        self.take_over(lambda taken: taken[0] <= day)

    def take_over(self, has_come):
        """Accepted handovers take effect on their day, among the other entries of that day."""
        for taken in sorted(self.takeovers):
            if has_come(taken):
                self.administration, self.caseworker = taken[2:]
                self.takeovers.remove(taken)

    def track(self, name):
        return next((track for track in reversed(self.tracks) if track.name == name), None)

    def active(self, day):
        return [track for track in self.tracks if track.is_active(day)]

    def begin(self, entry, day):
        self.episodes.append(Episode(day, entry))
        self.caseworker = entry["caseworker"]
        self.new_mentor(entry["mentor"])

    def new_mentor(self, person):
        self.mentor = person
        self.met.add(person)

    def on_CasePlacedOnWaitingList(self, entry, day):
        self.waits = self.waits or some_day(entry.get("since")) or day

    def on_CaseOpened(self, entry, day):
        self.born = day_of(entry["birth_date"])
        self.administration = entry["administration"]
        self.begin(entry, day)

    def on_CaseImported(self, entry, day):
        self.is_imported = True
        self.on_CaseOpened(entry, day)

    def on_CaseReopened(self, entry, day):
        self.begin(entry, day)

    def on_CaseClosed(self, entry, day):
        episode = self.episodes[-1]
        episode.closed, episode.reason = day, entry["reason"]
        explained = bool(entry.get("explanation", "").strip())
        episode.is_approved = explained and "approver" in entry
        for track in self.tracks:
            track.ended = track.ended or day

    def on_CaseTransferredToMunicipality(self, _entry, day):
        self.episodes[-1].closed, self.episodes[-1].transferred = day, True
        for track in self.tracks:
            track.ended = track.ended or day

    def on_MethodChosen(self, _entry, day):
        self.episodes[-1].methods.append(day)

    def on_MethodEvaluated(self, _entry, day):
        self.episodes[-1].evaluations.append(day)

    def on_GroupSuitabilityAssessed(self, entry, _day):
        self.episodes[-1].suitable = entry["outcome"]

    def on_DialogueHeld(self, _entry, day):
        self.dialogues.append(day)

    def on_SupportPaused(self, entry, day):
        self.stop_pauses(entry, day)
        self.pauses.append({"first": day, "track": entry.get("track"), "ended": None,
                            "until": some_day(entry.get("until"))})

    def on_SupportResumed(self, entry, day):
        self.stop_pauses(entry, day)

    def stop_pauses(self, entry, day):
        everything = entry["type"] == "SupportResumed" and "track" not in entry
        for pause in self.pauses:
            is_over = pause["ended"] or (pause["until"] and pause["until"] < day)
            if not is_over and (everything or pause["track"] == entry.get("track")):
                pause["ended"] = day

    def is_paused(self, name, day):
        return any(pause["track"] in (None, name) and pause["first"] <= day
                   and not (pause["until"] and day > pause["until"])
                   and not (pause["ended"] and day >= pause["ended"]) for pause in self.pauses)

    def on_NetworkMapped(self, _entry, day):
        self.maps.append(day)

    def on_FamilyInvolvementAgreed(self, entry, day):
        self.agreements.append((day, entry.get("parent_update_days", 7)))

    def on_ParentUpdateSent(self, _entry, day):
        self.updates.append(day)

    def on_ConsentGiven(self, entry, _day):
        self.consents.append((entry["scope"], True, some_day(entry.get("until"))))

    def on_ConsentWithdrawn(self, entry, _day):
        self.consents.append((entry["scope"], False, None))

    def may_tell_parents(self):
        about = [consent for consent in self.consents if consent[0] == "parent_updates"]
        return bool(about and about[-1][1] and not (about[-1][2] and self.day > about[-1][2]))

    def on_AccessRequestReceived(self, entry, _day):
        self.access_open |= entry["requester"] == "custody_holder"

    def on_AccessRequestAnswered(self, _entry, _day):
        self.access_open = False

    def on_RoleExpectationsAligned(self, _entry, day):
        self.aligned.append(day)

    def on_HandoverStarted(self, entry, day):
        self.handovers.append({"day": day, "entry": entry, "answer": "awaiting"})

    def on_HandoverRejected(self, _entry, _day):
        if self.handovers and self.handovers[-1]["answer"] == "awaiting":
            self.handovers[-1]["answer"] = "rejected"

    def on_HandoverAccepted(self, entry, day):
        if self.handovers and self.handovers[-1]["answer"] == "awaiting":
            self.handovers[-1]["answer"], started = "accepted", self.handovers[-1]["entry"]
            effective = max(day, day_of(started["effective_on"]))
            self.takeovers.append((effective, entry["position"], started["to_administration"],
                                   started["receiving_caseworker"]))

    def on_LawStepRecorded(self, entry, _day):
        self.steps.add(entry["step"])

    def on_MentorAssigned(self, entry, day):
        self.met.add(entry["person"])
        if entry["role"] == "volunteer":
            self.volunteers = [v for v in self.volunteers if v[0] != entry["person"]]
            self.volunteers.append((entry["person"], day))
        if entry["role"] == "mentor":
            self.mentor = entry["person"]
        else:
            self.assigned[entry["person"]] = entry["role"]

    def on_MentorAssignmentEnded(self, entry, _day):
        if self.mentor == entry["person"]:
            self.mentor = None
        self.assigned.pop(entry["person"], None)
        self.volunteers = [v for v in self.volunteers if v[0] != entry["person"]]

    def on_SupportGranted(self, entry, day):
        closed = self.episodes[-1].closed
        self.tracks.append(Track(entry, some_day(entry.get("from")) or day, closed))
        if "person" in entry:
            self.met.add(entry["person"])

    def on_SupportSwitched(self, entry, day):
        old = self.track(entry["from_track"])
        old.ended = old.ended or day - days(1)
        self.switches += 1
        self.on_SupportGranted(entry, day)

    def on_SupportExtended(self, entry, _day):
        self.track(entry["track"]).until = day_of(entry["until"])

    def on_SupportHoursChanged(self, entry, day):
        first = some_day(entry.get("from")) or day
        self.track(entry["track"]).hours.append((first, entry["weekly_hours"]))

    def on_SupportEnded(self, entry, day):
        track = self.track(entry["track"])
        track.ended = track.ended or day

    def on_LimitedSupportPeriodStarted(self, entry, day):
        self.limited.append({"first": day, "until": day_of(entry["until"]), "ended": None})

    def on_LimitedSupportPeriodEnded(self, _entry, day):
        running = [period for period in self.limited if not period["ended"]]
        if running:
            running[-1]["ended"] = day

    def on_SessionHeld(self, entry, day):
        self.sessions.append((day, entry.get("track"), entry["minutes"]))
        self.by_person.append((day, entry["by"], entry["minutes"]))

    def on_FollowUpHeld(self, entry, day):
        with_whom = set(entry["participants"])
        self.episodes[-1].follow_ups.append((day, with_whom, entry.get("youth_absence")))

    def on_FollowUpDelayExplained(self, _entry, day):
        self.episodes[-1].delays.append(day)

    def on_MethodReviewHeld(self, entry, day):
        self.episodes[-1].reviews.append((day, set(entry["participants"])))

    def on_TransitionMeetingHeld(self, entry, day):
        self.meetings.append((day, set(entry["parties"])))

    def on_GoalSet(self, entry, _day):
        self.goals.add(entry["goal"])

    def counts(self, follow_up):
        day, with_whom, absence = follow_up
        bases = [track.basis for track in self.active(day)]
        required = {"caseworker", "youth"}
        if not bases or any(basis != "voluntary" for basis in bases):
            required.add("mentor")
        if "voluntary" in bases:
            required.add("volunteer")
        if absence == "declined":
            required.discard("youth")
        return required <= with_whom

    def gap_days(self):
        if not self.tracks:
            return 0
        day, gap = min(track.first for track in self.tracks), 0
        last = min(max(track.first for track in self.tracks), self.day)
        while day <= last:
            runs = (e.start <= day and (e.closed is None or day <= e.closed) for e in self.episodes)
            gap += any(runs) and not self.active(day)
            day += days(1)
        return gap

    def minutes(self, track, first, last):
        on_track = (m for day, name, m in self.sessions if name == track.name and first <= day <= last)
        return sum(on_track)


def decide(entries, entry):
    """Whether an entry is accepted after these: as of its own day, with everything recorded."""
    return "accepted" if is_accepted(entries, entry) else "rejected"


def is_accepted(entries, entry):
    day, kind = day_of(entry["date"]), entry["type"]
    by_id = {told["id"]: told for told in as_known(entries, FOR_EVER) if "id" in told}
    if entry.get("id") in by_id:
        return False
    if kind == "CaseReferred" or not entries:
        return not entries and (kind == "CaseReferred" or kind in OPENINGS)
    kinds = [told["type"] for told in entries]
    if kind == "CasePlacedOnWaitingList":
        return kinds == ["CaseReferred"]
    if kind in OPENINGS:
        return kind == "CaseOpened" and not set(kinds) & set(OPENINGS)
    if kind in ACTS:
        target = by_id.get(entry["target"])
        return target is not None and not target.get("retracted")
    case = Case(entries, FOR_EVER, day)
    if not case.episodes:
        return False
    episode = case.episodes[-1]
    if kind == "CaseReopened":
        return episode.closed is not None and not episode.transferred
    if kind == "CaseClosed":
        in_time = day >= months_after(episode.start, 3)
        return not episode.closed and (in_time or entry["reason"] in REASONS_AT_ANY_TIME)
    if episode.closed and day > episode.closed and kind not in AFTER_CLOSING:
        return False
    rule = RULES.get(kind)
    return rule is None or rule(case, entry, Case(entries, FOR_EVER, LAST_DAY))


def may_grant(case, entry, ever):
    first = some_day(entry.get("from")) or case.day
    until, replaced = some_day(entry.get("until")), entry.get("from_track")
    if replaced and not is_usable(case, replaced):
        return False
    taken = any(track.name == entry["track"] for track in ever.tracks)
    rivals = [track for track in case.active(first) if track.basis == entry["basis"]]
    if taken or entry["weekly_hours"] <= 0 or any(track.name != replaced for track in rivals):
        return False
    if until and until < first:
        return False
    is_lab = entry["basis"] == "LAB-167"
    return not is_lab or (until is not None and until <= months_after(first, 6))


def is_usable(case, name):
    track = case.track(name)
    return track is not None and track.is_usable(case.day)


def may_extend(case, entry, _ever):
    track, until = case.track(entry["track"]), day_of(entry["until"])
    if not is_usable(case, entry["track"]) or until < track.first:
        return False
    return track.basis != "LAB-167" or until <= months_after(track.until, 6)


def may_start_limited(case, entry, _ever):
    track, until = case.track(entry["track"]), day_of(entry["until"])
    if track is None or track.basis != "LAB-167" or not track.is_active(case.day):
        return False
    if not case.day <= until <= months_after(case.day, 1):
        return False
    last = case.limited[-1] if case.limited else None
    return last is None or (last["ended"] and (case.day - last["until"]).days >= 2)


def may_end_limited(case, entry, _ever):
    running = any(not period["ended"] for period in case.limited)
    return case.track(entry["track"]) is not None and running


def may_hold_session(case, entry, _ever):
    if not 1 <= entry["minutes"] <= 1440:
        return False
    if "track" in entry:
        track = case.track(entry["track"])
        return track is not None and track.is_active(case.day)
    return len(case.active(case.day)) <= 1


def may_leave(case, entry, _ever):
    person = entry["person"]
    if case.mentor != person and person not in case.assigned:
        return False
    people = [case.mentor, *case.assigned, *(track.person for track in case.active(case.day))]
    stays = any(other and other != person for other in people)
    return bool(stays or case.episodes[-1].closed or entry.get("override_reason"))


def may_answer_handover(case, entry, _ever):
    awaits = bool(case.handovers) and case.handovers[-1]["answer"] == "awaiting"
    if entry["type"] == "HandoverStarted":
        return not awaits and (entry["mentor_included"] or bool(entry.get("reason")))
    return awaits and (entry["type"] == "HandoverAccepted" or bool(entry.get("reason")))


AFTER_CLOSING = ("MethodEvaluated", "AccessRequestReceived", "AccessRequestAnswered",
                 "ConfidentialNoteAdded")

RULES = {
    "HandoverStarted": may_answer_handover,
    "HandoverAccepted": may_answer_handover,
    "HandoverRejected": may_answer_handover,
    "MethodEvaluated": lambda case, entry, _: (
        bool(case.episodes[-1].methods) or bool(entry.get("reason"))
    ),
    "FamilyInvolvementAgreed": lambda _, entry, __: (
        entry["youth_view_recorded"] or bool(entry.get("reason"))
    ),
    "ParentUpdateSent": lambda case, _, __: case.may_tell_parents() and bool(case.agreements),
    "SupportPaused": lambda case, entry, _: (
        ("track" not in entry or case.track(entry["track"]) is not None)
        and not (entry.get("until") and day_of(entry["until"]) < case.day)
    ),
    "SupportResumed": lambda case, entry, _: (
        "track" not in entry or case.track(entry["track"]) is not None
    ),
    "SupportGranted": may_grant,
    "SupportSwitched": may_grant,
    "SupportExtended": may_extend,
    "SupportEnded": lambda case, entry, _: is_usable(case, entry["track"]),
    "SupportHoursChanged": lambda case, entry, _: (
        is_usable(case, entry["track"]) and entry["weekly_hours"] > 0
    ),
    "LimitedSupportPeriodStarted": may_start_limited,
    "LimitedSupportPeriodEnded": may_end_limited,
    "SessionHeld": may_hold_session,
    "MentorAssignmentEnded": may_leave,
    "GoalSet": lambda _, entry, ever: entry["goal"] not in ever.goals,
}
