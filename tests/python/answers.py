"""What is shown of a case on a day and who is reminded, calculated by the conventions alone."""
from conventions import (
    REVIEW_PARTIES,
    TRANSITION_PARTIES,
    age_on,
    birthday,
    days,
    hundredths,
    months_after,
)


def status(day, due, notice):
    return "overdue" if day > due else "due_soon" if day >= due - days(notice) else "ok"


def reminder(rule, due, steps, day):
    """The last step that has come, with the roles of all that have; nothing before the first."""
    come = [(level, roles) for level, since, roles in steps if since <= day]
    if not come:
        return []
    return [(rule, str(due), come[-1][0], sorted({role for _, roles in come for role in roles}))]


def document(case, elsewhere=()):
    """What `case show` shows, and the open reminders; None before the case began.

    `elsewhere` are the sessions of other cases: day, person, minutes.
    """
    if not case.episodes:
        return None
    episode, day = case.episodes[-1], case.day
    active = case.active(day)
    shown = {
        "state": "transferred" if episode.transferred else "closed" if episode.closed else "open",
        "episode": len(case.episodes),
        "age": age_on(case.born, day),
        "adult": age_on(case.born, day) >= 18,
        "caseworker": case.caseworker,
        "mentor": case.mentor,
        "responsible_administration": case.administration,
        "persons_met": len(case.met),
        "switches": case.switches,
        "coverage_gap_days": case.gap_days(),
        "minimum_duration_until": str(months_after(episode.start, 3)),
        "active_tracks": sorted(track.basis for track in active),
        "granted_weekly_hours": sum(track.weekly_hours(day) for track in active),
        "hours_week": week_of(case),
        "flags": sorted(flags(case)),
    }
    reminders = []
    eligible_from = months_after(episode.start, 3)
    may_join = not episode.closed and episode.suitable == "suitable" and day >= eligible_from
    shown["group"] = {"eligible_from": str(eligible_from), "eligible": may_join,
                      "assessment": episode.suitable, "sessions": 0}
    if case.handovers:
        newest = case.handovers[-1]
        due = newest["day"] + days(14)
        shown["handover"] = {"status": newest["answer"], "due": str(due)}
    volunteer_month(case, elsewhere, shown, reminders)
    if episode.transferred:
        shown["handover_file"] = handover_file(case)
    elif episode.closed:
        shown["duration_days"] = (episode.closed - episode.start).days
        evaluate(case, reminders)
    else:
        for part in PARTS:
            part(case, shown, reminders)
    transition(case, shown, reminders)
    return shown, sorted(reminders)


def volunteer_month(case, elsewhere, shown, reminders):
    """The last whole month of the volunteer assigned last, over all cases."""
    if not case.volunteers:
        return
    person, assigned = case.volunteers[-1]
    this_month = case.day.replace(day=1)
    month = (this_month - days(1)).replace(day=1)
    if month < assigned:
        return
    told = [*case.by_person, *elsewhere]
    minutes = sum(m for day, by, m in told if by == person and month <= day < this_month)
    kept = "ok" if minutes >= 600 else "below_minimum"
    shown["volunteer_month"] = {"person": person, "month": f"{month:%Y-%m}",
                                "hours": hundredths(minutes, 60), "status": kept}
    if kept != "ok" and not case.episodes[-1].closed:
        reminders.append(("R12", None, "notice", ["volunteer_coordinator"]))


def adult_support(case, _shown, reminders):
    """A handover to those who are there for adults, and a track of theirs that lasts."""
    adult_on = birthday(case.born, 18)
    if case.episodes[-1].start >= adult_on:
        return
    due = adult_on - days(28)
    accepted = any(handover["answer"] == "accepted" for handover in case.handovers)
    tracks = [track for track in case.tracks if track.basis != "BL-32"]
    lasting = [t for t in tracks if t.is_active(max(t.first, adult_on))
               and (t.first <= adult_on or t.first <= case.day)]
    if lasting and (accepted or case.administration != "children_family"):
        return
    told = ["caseworker", "receiving_caseworker", "professional_lead"]
    steps = [("notice", due - days(28), told), ("overdue", due + days(1), []),
             ("escalated", due + days(14), []), ("critical", adult_on, [])]
    reminders += reminder("R04", due, steps, case.day)


def law_steps(case, _shown, reminders):
    """While a measure of Barnets Lov runs: the steps that it asks for."""
    sixteen = birthday(case.born, 16)
    wanted = []
    for track in (t for t in case.tracks if t.basis == "BL-32" and t.is_active(case.day)):
        late = track.first + days(28)
        plan = months_after(sixteen, 3)
        wanted.append(("first_follow_up", months_after(track.first, 3)))
        wanted.append(("preparation", late if sixteen < track.first else sixteen))
        wanted.append(("youth_plan", late if plan < track.first else plan))
    for due in sorted({due for step, due in wanted if step not in case.steps}):
        steps = [("notice", due - days(28), ["caseworker"]), ("overdue", due + days(1), [])]
        reminders += reminder("R17", due, steps, case.day)


def supervision(case, _shown, reminders):
    """Whoever holds two tracks of the young person, since the first day of these days on end."""
    holds_two = lambda person, day: 1 < sum(
        track.person == person and track.is_active(day) and track.granted_on <= day
        for track in case.tracks)
    wanted = set()
    for person in {track.person for track in case.tracks if track.person}:
        since = case.day
        if not holds_two(person, since):
            continue
        while holds_two(person, since - days(1)):
            since -= days(1)
        last = max((day for who, day in case.supervised if who == person), default=since)
        wanted.add((last + days(60), max(last, since)))
    for due, opens in wanted:
        told = ["mentor", "professional_lead"]
        steps = [("notice", max(due - days(14), opens), told),
                 ("overdue", max(due + days(1), opens), []),
                 ("escalated", max(due + days(30), opens), ["management"])]
        reminders += reminder("R15", due, steps, case.day)


def waiting(case):
    """Who is on the waiting list for more than four weeks, until the case begins."""
    if case.episodes or case.waits is None:
        return []
    due = case.waits + days(28)
    return reminder("R16", due, [("overdue", due + days(1), ["professional_lead"])], case.day)


def follow_up(case, shown, reminders):
    day, last = case.day, last_follow_up(case)
    anchor = last or case.episodes[-1].start
    due = anchor + days(42)
    stands = status(day, due, 7)
    missed = ((day - anchor).days - 1) // 42 if stands == "overdue" else 0
    shown["follow_up"] = {
        "last": last and str(last), "due": str(due), "status": stands, "missed_intervals": missed,
    }
    told = ["mentor", "caseworker"]
    if any(track.basis == "voluntary" for track in case.active(day)):
        told.append("volunteer")
    steps = [
        ("notice", due - days(7), told), ("overdue", due + days(1), []),
        ("escalated", due + days(7), ["professional_lead"]),
        ("critical", anchor + days(85), ["management"]),
    ]
    reminders += reminder("R01", due, steps, day)


def last_follow_up(case):
    episode = case.episodes[-1]
    counted = [held[0] for held in episode.follow_ups if case.counts(held)]
    return max(counted + [claim for claim in [episode.claimed_follow_up] if claim], default=None)


def method_review(case, shown, reminders):
    episode = case.episodes[-1]
    held = [day for day, who in episode.reviews if REVIEW_PARTIES <= who]
    held += [claim for claim in [episode.claimed_review] if claim]
    due = months_after(max(held, default=episode.start), 6)
    shown["method_review"] = {"due": str(due), "status": status(case.day, due, 30)}
    steps = [
        ("notice", due - days(30), ["professional_lead", "mentor"]), ("overdue", due + days(1), []),
        ("escalated", due + days(14), ["management"]),
    ]
    reminders += reminder("R05", due, steps, case.day)


def hours(case, shown, reminders):
    monday = case.day - days(case.day.weekday())
    opens, closes = monday - days(28), monday - days(1)
    by_track, by_budget = {}, {}
    for track in (track for track in case.active(case.day) if track.first <= opens):
        minutes, granted = case.minutes(track, opens, closes), track.weekly_hours(case.day)
        off, allowed = minutes - 240 * granted, 36 * granted
        kept = "ok" if abs(off) <= allowed + 1e-9 else "low" if off < 0 else "high"
        average = hundredths(minutes, 240)
        by_track[track.name] = {"avg_4w": average, "granted": granted, "status": kept}
        by_budget[track.budget] = by_budget.get(track.budget, 0) + minutes
    shown["hours"] = by_track
    if is_off(case, case.day):
        # As it was seen that Monday, with what is known now.
        was_off = is_off(case.as_of(monday - days(7)), monday - days(7))
        told = ["mentor", "caseworker"] + ["professional_lead"] * was_off
        reminders.append(("R09", None, "escalated" if was_off else "notice", sorted(told)))
    shown["hours_by_budget_4w"] = {name: hundredths(m, 60) for name, m in by_budget.items()}


def is_off(case, day):
    """Whether the average of any track that does not rest is off on a day."""
    monday = day - days(day.weekday())
    opens, closes = monday - days(28), monday - days(1)
    for track in (track for track in case.active(day) if track.first <= opens):
        granted = track.weekly_hours(day)
        off = case.minutes(track, opens, closes) - 240 * granted
        if abs(off) > 36 * granted + 1e-9 and not case.is_paused(track.name, day):
            return True
    return False


def dialogue(case, _shown, reminders):
    """The week runs from the last dialogue, or from the end of a pause of all support."""
    start = case.episodes[-1].start
    talked = [day for day, _, _ in case.sessions] + case.dialogues
    talked += [day for day, who, _ in case.episodes[-1].follow_ups if "youth" in who]
    moves = [(day, 0) for day in talked if day >= start]
    for pause in case.pauses:
        others = [track for track in case.active(pause["first"]) if track.name != pause["track"]]
        if pause["first"] < start or (pause["track"] and others):
            continue
        moves.append((pause["first"], 2))
        woken = pause["ended"] or (pause["until"] and pause["until"] + days(1))
        if woken and woken <= case.day:
            moves.append((woken, 1))
    anchor = start
    for day, what in sorted(moves):
        if what == 2:
            anchor = None
        elif what == 1 and anchor is None or what == 0 and anchor is not None:
            anchor = day
    if anchor:
        due = anchor + days(7)
        steps = [("notice", due, ["mentor"]), ("overdue", due + days(1), []),
                 ("escalated", due + days(14), ["professional_lead"])]
        reminders += reminder("R02", due, steps, case.day)


def choices(case, _shown, reminders):
    episode = case.episodes[-1]
    due = episode.start + days(42)
    for rule, done, told in (("R06", episode.methods, ["mentor"]),
                             ("R10", case.maps, ["mentor", "caseworker"])):
        steps = [("notice", due - days(7), told), ("overdue", due + days(1), []),
                 ("escalated", due + days(14), ["professional_lead"])]
        if not done:
            reminders += reminder(rule, due, steps, case.day)


def parent_updates(case, shown, reminders):
    if not case.agreements:
        return
    agreed, every = case.agreements[-1]
    due = max([agreed] + case.updates[-1:]) + days(every)
    is_active = case.may_tell_parents() and case.day < birthday(case.born, 18)
    shown["parent_updates"] = {"status": "active" if is_active else "stopped",
                               "next_due": str(due)}
    if is_active:
        steps = [("notice", due - days(1), ["mentor"]), ("overdue", due + days(1), [])]
        reminders += reminder("R11", due, steps, case.day)


def handover(case, _shown, reminders):
    start = case.episodes[-1].start
    awaiting = [h for h in case.handovers if h["answer"] == "awaiting" and h["day"] >= start]
    for due in (h["day"] + days(14) for h in awaiting):
        steps = [("notice", due - days(14), ["receiving_caseworker"]),
                 ("overdue", due + days(1), ["caseworker", "professional_lead"]),
                 ("escalated", due + days(7), ["receiving_lead"])]
        reminders += reminder("R13", due, steps, case.day)


def evaluate(case, reminders):
    episode = case.episodes[-1]
    due = episode.closed + days(14)
    steps = [("notice", episode.closed, ["mentor", "caseworker"]),
             ("overdue", due + days(1), ["professional_lead"])]
    if not episode.evaluations:
        reminders += reminder("R14", due, steps, case.day)


def handover_file(case):
    episode, born = case.episodes[-1], case.born
    held = [day for day, who in episode.reviews if REVIEW_PARTIES <= who]
    held += [claim for claim in [episode.claimed_review] if claim]
    due, adult_on = months_after(born, 210), birthday(born, 18)
    if episode.start > due:
        due = episode.start + days(28) if episode.start < adult_on else None
    met = any(TRANSITION_PARTIES <= who for _, who in case.meetings)
    return {"follow_up_due": str((last_follow_up(case) or episode.start) + days(42)),
            "transition_meeting_due": str(due) if due and not met else None,
            "method_review_due": str(months_after(max(held, default=episode.start), 6))}


def week_of(case):
    year, week, _ = case.day.isocalendar()
    monday = case.day - days(case.day.weekday())
    given = {track.name: hundredths(case.minutes(track, monday, case.day), 60) for track in case.tracks}
    return {"week": f"{year}-W{week:02}", **given}


def until_steps(until, notice):
    return [
        ("notice", until - days(notice), ["caseworker", "mentor"]),
        ("overdue", until + days(1), ["professional_lead"]),
    ]


def lab_period(case, shown, reminders):
    lab = [track for track in case.tracks if track.basis == "LAB-167"]
    for at, track in enumerate(lab):
        if track.ended:
            continue
        shown["lab_period"] = {"track": track.name, "until": str(track.until)}
        if not any(max(later.first, later.granted_on) <= case.day for later in lab[at + 1:]):
            reminders += reminder("R07", track.until, until_steps(track.until, 42), case.day)


def limited_support(case, shown, reminders):
    if not case.limited:
        return
    period = case.limited[-1]
    until = period["until"]
    stands = "ended" if period["ended"] else "expired" if case.day > until else "running"
    shown["limited_support"] = {"until": str(until), "status": stands}
    closed_since = any(e.closed and e.closed >= period["first"] for e in case.episodes)
    if not period["ended"] and not closed_since:
        reminders += reminder("R08", until, until_steps(until, 7), case.day)


def transition(case, shown, reminders):
    episode, adult_on = case.episodes[-1], birthday(case.born, 18)
    due = months_after(case.born, 210)
    if episode.start > due:
        due = episode.start + days(28) if episode.start < adult_on else None
    held = [day for day, who in case.meetings if TRANSITION_PARTIES <= who]
    if due is None:
        meeting = {"status": "n/a"}
    elif held:
        meeting = {"due": str(due), "status": "held", "days_late": max(0, (held[0] - due).days)}
    else:
        stands = status(case.day, due, 42).replace("ok", "not_yet")
        meeting = {"due": str(due), "status": stands}
    if episode.closed and meeting["status"] != "held":
        return
    shown["transition_meeting"] = meeting
    if due and not held:
        steps = [
            ("notice", due - days(42), ["caseworker", "mentor"]),
            ("overdue", due + days(1), ["professional_lead"]),
            ("escalated", due + days(14), ["receiving_lead"]), ("critical", adult_on, ["management"]),
        ]
        reminders += reminder("R03", due, steps, case.day)


def flags(case):
    episode, up = case.episodes[-1], set()
    if case.is_imported:
        up.add("imported_history")
    if case.access_open:
        up.add("legal_assessment_required")
    scopes = {scope for scope, _, _ in case.consents}
    newest = {scope: [c for c in case.consents if c[0] == scope][-1] for scope in scopes}
    if any(not consent[1] for consent in newest.values()):
        up.add("consent_withdrawn")
    duals = dual_days(case)
    if duals and not any(day >= max(duals) for day in case.aligned):
        up.add("role_expectations_missing")
    for closed in (e for e in case.episodes if e.closed and not e.transferred):
        if closed.closed < months_after(closed.start, 3):
            up.add("closed_before_three_months")
        if closed.reason == "weighty_professional_reasons" and not closed.is_approved:
            up.add("reason_unapproved")
    counted = [held for held in episode.follow_ups if case.counts(held)]
    if counted and counted[-1][2] == "declined":
        up.add("youth_declined")
    if case.meetings and not any(TRANSITION_PARTIES <= who for _, who in case.meetings):
        up.add("transition_meeting_partial")
    if not episode.closed:
        last = last_follow_up(case)
        anchor = last or episode.start
        if case.day > anchor + days(42) and any(day >= anchor for day in episode.delays):
            up.add("follow_up_delay_explained")
        newest = episode.follow_ups[-1:]
        claim = episode.claimed_follow_up
        if any(not case.counts(held) and (not claim or held[0] >= claim) for held in newest):
            up.add("follow_up_partial")
    return up


def dual_days(case):
    """When a second track of a person began beside another, or a switch kept the person."""
    found = []
    for track in (track for track in case.tracks if track.person and track.first <= case.day):
        for other in case.tracks:
            earlier = (other.first, other.granted_on) <= (track.first, track.granted_on)
            beside = earlier and other.is_active(track.first)
            if other is not track and other.person == track.person and (
                beside or track.replaces == other.name
            ):
                found.append(track.first)
    return found


# What an open case is looked at for.
PARTS = (dialogue, choices, parent_updates, handover, follow_up, method_review, hours, lab_period,
         limited_support, adult_support, law_steps, supervision)
