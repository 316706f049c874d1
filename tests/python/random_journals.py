#!/usr/bin/env python3
"""Compares the program with the independent calculation on random journals.

    random_journals.py SPOR FOLDER SEED CASES QUESTIONS

FOLDER holds a sandbox. A journal of CASES cases is invented from SEED, with late and wrong entries,
corrections and retractions, most of it refused by some rule; it is imported, each line's outcome is
compared, then QUESTIONS questions per case with random days and moments of knowledge. Prints each
difference and ends with 1 when there is one.
"""
import json
import pathlib
import random
import subprocess
import sys
from datetime import date

import answers
from conventions import Case, OPENINGS, TRANSITION_PARTIES, as_known, day_of, days, decide, months_after

ALL_THREE = ["caseworker", "mentor", "youth"]
CORRECTABLE = ("SessionHeld", "FollowUpHeld", "MethodReviewHeld", "TransitionMeetingHeld",
               "MentorAssigned", "FollowUpDelayExplained", "DialogueHeld", "ParentUpdateSent",
               "NetworkMapped", "RoleExpectationsAligned")
RETRACTABLE = CORRECTABLE + ("LimitedSupportPeriodEnded", "SupportEnded", "EntryCorrected",
                             "EntryRetracted")
BIRTH_DATES = ["2006-06-30", "2008-11-30", "2006-02-28", "2008-02-29", "2004-02-29", "2007-08-31", "2007-03-15", "2001-05-05"]
NOT_COMPARED = ("phase", "audit", "overridden")
STEPS = ("first_follow_up", "preparation", "youth_plan")


class Journal:
    """One invented case, line by line."""

    def __init__(self, chance, case):
        self.chance, self.case, self.lines, self.tracks = chance, case, [], ["T1"]
        self.today = date(2024, 1, 1) + days(chance.randrange(200))
        self.begin()
        for _ in range(chance.randrange(10, 60)):
            self.today += days(chance.choice([0, 0, 0, 1, 2, 5, 9, 16, 30]))
            chance.choices(list(KINDS), KINDS.values())[0](self)

    def add(self, kind, may_be_late=True, /, **fields):
        day = self.today
        if may_be_late and self.chance.random() < 0.25:
            day -= days(self.chance.randrange(60))
        line = {"date": str(day), "type": kind, "case": self.case, "recorded": str(self.today)}
        line.update({name: value for name, value in fields.items() if value is not None})
        if self.lines and self.chance.random() < 0.7:
            line["id"] = f"e{len(self.lines)}"
        self.lines.append(line)

    def begin(self):
        told = {"administration": self.chance.choice(["employment", "children_family"]),
                "municipality": "A", "caseworker": "SB-01", "mentor": "M-01",
                "birth_date": self.chance.choice(BIRTH_DATES)}
        if self.chance.random() < 0.3:
            self.wait(told["administration"])
        if self.lines or self.chance.random() < 0.7:
            self.add("CaseOpened", False, **told)
            return
        earlier = lambda most: str(self.today - days(self.chance.randrange(most)))
        self.add("CaseImported", False, source="OLD", source_id=self.case,
                 original_start="2023-01-01", last_follow_up=self.perhaps(earlier(60)),
                 last_method_review=self.perhaps(earlier(200)), **told)

    def wait(self, administration):
        self.add("CaseReferred", False, administration=administration)
        if self.chance.random() < 0.8:
            since = str(self.today)
            self.today += days(self.chance.randrange(4))
            self.add("CasePlacedOnWaitingList", False, since=self.perhaps(since))
        self.today += days(self.chance.randrange(90))

    def perhaps(self, value):
        return self.chance.choice([None, value])

    def track(self):
        return self.chance.choice(self.tracks)

    def new_track(self):
        self.tracks.append(f"T{len(self.tracks)}")
        return self.tracks[-1] if self.chance.random() < 0.9 else self.track()

    def until(self):
        month, half_a_year = months_after(self.today, 1), months_after(self.today, 6)
        near = self.today + days(self.chance.randrange(-3, 200))
        return str(self.chance.choice([half_a_year, half_a_year + days(1), month,
                                       month + days(1), near]))

    def basis(self):
        return self.chance.choice(["LAB-167", "LAB-167", "SEL-85", "BL-32", "voluntary"])

    def participants(self):
        return self.chance.choice([ALL_THREE] * 4 + [ALL_THREE[:2], ["caseworker", "youth"],
                                  ["caseworker", "youth", "volunteer"], ALL_THREE + ["volunteer"]])

    def grant(self):
        first = str(self.today + days(self.chance.randrange(-10, 30)))
        told = {"from": first} if self.chance.random() < 0.25 else {}
        self.add("SupportGranted", track=self.new_track(), basis=self.basis(),
                 weekly_hours=self.chance.choice([2, 3.5, 4, 0]),
                 budget=self.chance.choice(["employment", "social"]),
                 until=self.perhaps(self.until()),
                 person=self.chance.choice([None, "M-01", "M-02"]), **told)

    def switch(self):
        self.add("SupportSwitched", from_track=self.track(), track=self.new_track(),
                 basis=self.basis(), weekly_hours=3, budget="social",
                 until=self.perhaps(self.until()), person="M-02")

    def end(self):
        self.add("SupportEnded", track=self.track(), reason="enough")

    def extend(self):
        self.add("SupportExtended", track=self.track(), until=self.until(), reason="assessed")

    def change_hours(self):
        self.add("SupportHoursChanged", track=self.track(), need="exam",
                 weekly_hours=self.chance.choice([1.25, 5]))

    def start_limited(self):
        self.add("LimitedSupportPeriodStarted", track=self.track(), until=self.until())

    def end_limited(self):
        self.add("LimitedSupportPeriodEnded", track=self.track(), outcome="back_to_lab")

    def hold_session(self):
        who = self.chance.choice(["M-01", self.volunteer()])
        self.add("SessionHeld", track=self.track(), by=who, form="one_to_one",
                 minutes=self.chance.choice([30, 60, 90, 245, 600, 0]))

    def follow_up(self):
        self.add("FollowUpHeld", participants=self.participants(), outcome="continue",
                 youth_absence=self.chance.choice([None, None, "declined", "ill"]))

    def explain(self):
        self.add("FollowUpDelayExplained", reason="mentor ill")

    def review(self):
        who = self.chance.choice([["professional_lead", "mentor"], ["mentor"]])
        self.add("MethodReviewHeld", participants=who)

    def meet(self):
        whole = sorted(TRANSITION_PARTIES)
        self.add("TransitionMeetingHeld", parties=self.chance.choice([whole, ["mentor"]]))

    def assign(self):
        self.add("MentorAssigned", person=self.chance.choice(["M-02", "M-03", "S-01"]),
                 role=self.chance.choice(["mentor", "support_contact"]))

    def volunteer(self):
        """One of those whom three cases share."""
        number = int(self.case[-4:])
        return f"V-{number // 3 * 2 + self.chance.randrange(2)}"

    def assign_volunteer(self):
        self.add("MentorAssigned", person=self.volunteer(), role="volunteer")

    def take_step(self):
        self.add("LawStepRecorded", step=self.chance.choice(STEPS))

    def unassign(self):
        who = self.chance.choice(["M-01", "M-02", "M-03", "S-01", self.volunteer()])
        self.add("MentorAssignmentEnded", person=who, reason="left",
                 override_reason=self.perhaps("a new one comes"))

    def close(self):
        why = self.chance.choice(["youth_wish", "done", "weighty_professional_reasons"])
        self.add("CaseClosed", False, reason=why, approver=self.perhaps("L-01"),
                 explanation=self.perhaps("moved away"))

    def reopen(self):
        self.add("CaseReopened", False, reason="asks again", caseworker="SB-02",
                 mentor=self.chance.choice(["M-01", "M-04"]))

    def choose(self):
        self.add("MethodChosen", method=self.chance.choice(["none", "coaching"]), reason="fits")

    def evaluate(self):
        self.add("MethodEvaluated", value="low", reason=self.perhaps("late"))

    def assess(self):
        self.add("GroupSuitabilityAssessed", by="SB-01",
                 outcome=self.chance.choice(["suitable", "suitable", "not_suitable"]))

    def talk(self):
        self.add("DialogueHeld", need="same")

    def pause(self):
        until = str(self.today + days(self.chance.randrange(0, 40)))
        track = self.chance.choice([None, None, self.track()])
        self.add("SupportPaused", track=track, until=self.perhaps(until), reason="summer")

    def resume(self):
        self.add("SupportResumed", track=self.chance.choice([None, None, self.track()]))

    def map_network(self):
        self.add("NetworkMapped", kind="genogram", persons=3, support_described=True)

    def agree(self):
        self.add("FamilyInvolvementAgreed", extent=self.chance.choice(["weekly", "none"]),
                 youth_view_recorded=self.chance.random() < 0.8,
                 parent_update_days=self.chance.choice([None, 7, 14]),
                 reason=self.chance.choice([None, None, "asked later"]))

    def consent(self):
        kind = self.chance.choice(["ConsentGiven"] * 2 + ["ConsentWithdrawn"])
        until = str(self.today + days(self.chance.randrange(0, 90)))
        self.add(kind, by="youth", until=self.perhaps(until) if kind == "ConsentGiven" else None,
                 scope=self.chance.choice(["parent_updates"] * 3 + ["photos at the club"]))

    def update(self):
        self.add("ParentUpdateSent")

    def ask_access(self):
        self.add("AccessRequestReceived",
                 requester=self.chance.choice(["custody_holder", "a journalist"]))

    def answer_access(self):
        self.add("AccessRequestAnswered", decision="partly")

    def align(self):
        self.add("RoleExpectationsAligned", roles=["mentor"])

    def hand_over(self):
        effective = str(self.today + days(self.chance.randrange(-5, 40)))
        self.add("HandoverStarted", from_administration="employment", effective_on=effective,
                 to_administration=self.chance.choice(["social", "adult_disability"]),
                 receiving_caseworker=self.chance.choice(["SB-08", "SB-09"]),
                 mentor_included=self.chance.random() < 0.7, reason=self.perhaps("ill"))

    def answer_handover(self):
        kind = self.chance.choice(["HandoverAccepted", "HandoverAccepted", "HandoverRejected"])
        self.add(kind, by="SB-08", reason=self.perhaps("not ours"))

    def transfer(self):
        self.add("CaseTransferredToMunicipality", False, to_municipality="B",
                 moved_on=str(self.today), notice_sent=True, material=["goals"],
                 mentor_included=True)

    def set_goal(self):
        self.add("GoalSet", goal=f"G{self.chance.randrange(1, 4)}", domain="work")

    def retract(self):
        self.act_on(RETRACTABLE, lambda target: self.add(
            "EntryRetracted", False, target=target["id"], reason="wrong case"))

    def correct(self):
        self.act_on(CORRECTABLE, lambda target: self.add(
            "EntryCorrected", False, target=target["id"], changes=self.changes(target),
            reason="typing error"))

    def act_on(self, kinds, act):
        targets = [line for line in self.lines if "id" in line and line["type"] in kinds]
        if targets:
            act(self.chance.choice(targets))

    def changes(self, target):
        moved = day_of(target["date"]) + days(self.chance.randrange(-20, 20))
        first = next(day_of(line["date"]) for line in self.lines if line["type"] in OPENINGS)
        changes = {"date": str(max(first, min(self.today, moved)))}
        if target["type"] == "SessionHeld":
            changes["minutes"] = self.chance.choice([15, 45])
        if target["type"] == "FollowUpHeld":
            changes["participants"] = self.participants()
            changes["youth_absence"] = self.perhaps("declined")
        return changes


# What happens, and how often.
KINDS = {
    Journal.grant: 14, Journal.switch: 4, Journal.end: 4, Journal.extend: 4,
    Journal.change_hours: 2, Journal.start_limited: 5, Journal.end_limited: 4,
    Journal.hold_session: 18, Journal.follow_up: 15, Journal.explain: 2, Journal.review: 4,
    Journal.meet: 3, Journal.assign: 3, Journal.assign_volunteer: 2, Journal.take_step: 1, Journal.unassign: 2, Journal.close: 1.2,
    Journal.choose: 2, Journal.evaluate: 2, Journal.assess: 2, Journal.talk: 5,
    Journal.pause: 2, Journal.resume: 2, Journal.map_network: 1.5, Journal.agree: 2,
    Journal.consent: 4, Journal.update: 4, Journal.ask_access: 1, Journal.answer_access: 1,
    Journal.align: 2, Journal.hand_over: 2, Journal.answer_handover: 3, Journal.transfer: 0.3,
    Journal.reopen: 3, Journal.set_goal: 1, Journal.retract: 4, Journal.correct: 4,
}


class Comparison:
    """A sandbox with the journal in it, and every difference found."""

    def __init__(self, spor, folder):
        self.spor, self.folder, self.differences = spor, pathlib.Path(folder), []

    def ask(self, *words):
        told = subprocess.run([self.spor, *words, "-o", "json"], cwd=self.folder,
                              capture_output=True, text=True, check=False)
        return json.loads(told.stdout)

    def sign_pledges(self, cases):
        pledges = [{"type": "ConfidentialityPledgeSigned", "person": f"V-{number}",
                    "date": "2023-01-02", "recorded": "2023-01-02"} for number in range(cases + 2)]
        text = "".join(json.dumps(pledge) + "\n" for pledge in pledges)
        (self.folder / "pledges.ndjson").write_text(text)
        self.ask("import", "pledges.ndjson")

    def supervise(self):
        """The entries of M-01's and M-02's supervision, now and then."""
        self.supervised = [(f"M-0{number}", date(2024, 3, 1) + days(71 * number * turn))
                           for number in (1, 2) for turn in range(12 // number)]
        return [{"type": "SupervisionAttended", "person": person, "kind": "external",
                 "date": str(day), "recorded": str(day)} for person, day in self.supervised]

    def outcomes(self, lines):
        """Imports; returns what was accepted of each case."""
        text = "".join(json.dumps(line) + "\n" for line in lines)
        (self.folder / "random.ndjson").write_text(text)
        self.ask("import", "random.ndjson", "--report", "random.report")
        report = (self.folder / "random.report").read_text().splitlines()
        accepted, broken = {}, set()
        for position, (line, told) in enumerate(zip(lines, report, strict=True)):
            told = json.loads(told)
            if "case" not in line:
                if told["outcome"] != "accepted":
                    self.differences.append(f"line {position + 1}: {line}: {told}")
                continue
            entries = accepted.setdefault(line["case"], [])
            entry = {**line, "position": position}
            expected = decide(entries, entry)
            if expected != told["outcome"] and line["case"] not in broken:
                self.differences.append(f"line {position + 1}: {expected}: {line}: {told}")
                broken.add(line["case"])
            if expected == "accepted":
                entries.append(entry)
        return {case: entries for case, entries in accepted.items() if case not in broken}

    def question(self, case, entries, day, known_at, others):
        folded = Case(entries, str(known_at), day)
        told = [as_known(other, str(known_at)) for other in others]
        elsewhere = [(day_of(entry["date"]), entry["by"], entry["minutes"])
                     for other in told for entry in other
                     if entry["type"] == "SessionHeld" and not entry.get("retracted")
                     and day_of(entry["date"]) <= day]
        folded.supervised = [told for told in self.supervised if told[1] <= min(day, known_at)]
        if not folded.entries:
            return
        when = ["--as-of", str(day), "--known-at", str(known_at)]
        listed = self.ask("reminders", "list", "--case", case, *when)
        reminders = sorted((r["rule"], r["due"], r["level"], sorted(r["to"])) for r in listed)
        where = f"{case} as of {day}, known at {known_at}"
        expected = answers.document(folded, elsewhere)
        if expected is None:
            if reminders != answers.waiting(folded):
                self.differences.append(f"{where}: waiting: {reminders}")
            return
        found = self.ask("case", "show", case, *when)
        shown = {key: value for key, value in found.items() if key not in NOT_COMPARED}
        versions = {entry["id"]: entry["versions"] for entry in folded.entries if "id" in entry}
        counted = {name: found["audit"]["entries"].get(name) for name in versions}
        pairs = [(key, expected[0].get(key), shown.get(key)) for key in expected[0] | shown]
        pairs += [("reminders", expected[1], reminders), ("versions", versions, counted)]
        for key, wanted, got in pairs:
            if wanted != got:
                self.differences.append(f"{where}: {key} is {got} instead of {wanted}")


def main(spor, folder, seed, cases, questions):
    chance = random.Random(int(seed))
    names = [f"SPOR-2025-{number:04}" for number in range(int(cases))]
    lines = [line for name in names for line in Journal(chance, name).lines]
    comparison = Comparison(spor, folder)
    lines += comparison.supervise()
    lines.sort(key=lambda line: line["recorded"])
    comparison.sign_pledges(int(cases))
    accepted = comparison.outcomes(lines)
    for case, entries in accepted.items():
        others = [told for other, told in accepted.items() if other != case]
        first = day_of(entries[0]["date"])
        for _ in range(int(questions)):
            near = day_of(chance.choice(entries)["date"])
            near += days(chance.choice([-1, 0, 0, 1, 7, 41, 42, 43, 85]))
            day = max(first, chance.choice([near, first + days(chance.randrange(900))]))
            known_at = chance.choice([day, day + days(chance.randrange(200))])
            comparison.question(case, entries, day, known_at, others)
    print("\n".join(comparison.differences) or f"{len(lines)} lines agree")
    return 1 if comparison.differences else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
