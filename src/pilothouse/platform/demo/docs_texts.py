"""The help pages of Tidemark, a small service that plans shifts, and what people ask about them."""

# ruff: noqa: E501, RUF001 - a wide script counts double, and its signs are meant

from __future__ import annotations

from dataclasses import dataclass

TEMPLATE = (
    "You answer questions about Tidemark, a service that plans shifts for shops and clinics.\n"
    "Use only the passages below. Cite them as [1], [2]. If they do not hold the answer, say so "
    "and name the page that comes nearest.\n\n{passages}\n\nQuestion: {question}"
)

PAGES: dict[str, tuple[str, str]] = {
    "plans/compare": (
        "Compare plans",
        (
            "Harbor is free for up to 10 people and one location. Coast costs 3 euros a person a month "
            "and adds shift swaps, calendar sync and exports. Ocean costs 6 euros a person a month and "
            "adds single sign-on, the audit log, phone support on working days and five years of "
            "history."
        ),
    ),
    "plans/change": (
        "Change or cancel a plan",
        (
            "Owners change the plan under Settings, Billing. An upgrade counts from the same hour and "
            "is billed by the day; a downgrade counts from the next invoice. When you cancel, data "
            "stays readable for 90 days and is then deleted."
        ),
    ),
    "shifts/swap": (
        "Swap a shift",
        (
            "Open the shift in the app and choose Offer. Colleagues with the same role see it at once. "
            "A swap that would break a rest time or a weekly limit needs a manager's approval; all "
            "others are confirmed as soon as somebody accepts."
        ),
    ),
    "shifts/rest-times": (
        "Rest times and weekly limits",
        (
            "Tidemark warns when there are fewer than 11 hours between two shifts or more than 48 "
            "hours in a week, averaged over 17 weeks. Administrators set stricter limits per contract "
            "type under Settings, Rules."
        ),
    ),
    "calendar/sync": (
        "Sync with Google, Outlook and iCal",
        (
            "Each person has a private iCal address under Profile, Calendar. Google refreshes such an "
            "address every 8 to 24 hours, Outlook every 3 hours. For instant updates connect the "
            "account instead: Profile, Calendar, Connect. Sync is one-way, from Tidemark outwards."
        ),
    ),
    "api/limits": (
        "API limits",
        (
            "Each key may make 600 requests a minute and 20 at the same time. Above that the answer is "
            "429 with a Retry-After header. Bulk endpoints count as one request for up to 500 shifts."
        ),
    ),
    "api/webhooks": (
        "Webhooks",
        (
            "We send shift.published, shift.changed and swap.accepted. Each delivery is signed with "
            "HMAC-SHA256 in the header X-Tidemark-Signature. A delivery that is not answered with 2xx "
            "within 10 seconds is tried again 8 times over 24 hours."
        ),
    ),
    "export/payroll": (
        "Export hours for payroll",
        (
            "Reports, Hours gives one line per person and day as CSV or XLSX. Presets exist for DATEV, "
            "Visma and Sage. Night hours are 22:00 to 06:00 unless the location says otherwise."
        ),
    ),
    "security/sso": (
        "Single sign-on",
        (
            "Ocean supports SAML 2.0 and OpenID Connect with Entra ID, Okta and Google. Turn on "
            "“require single sign-on” only after one owner has signed in with it; owners keep their "
            "password as a way back."
        ),
    ),
    "security/data": (
        "Where data is kept",
        (
            "All data is stored in Frankfurt, with an encrypted copy in Stockholm. Backups are kept "
            "for 35 days. A data processing agreement can be signed under Settings, Legal."
        ),
    ),
    "people/import": (
        "Import people",
        (
            "Upload a CSV with name, e-mail, role and contract hours. Rows with an e-mail that exists "
            "already update that person. The preview shows every change before anything is written."
        ),
    ),
    "mobile/offline": (
        "The app without a network",
        (
            "The app keeps the next 14 days on the phone. Clocking in and out works offline and is "
            "sent with its original time as soon as there is a connection."
        ),
    ),
    "time-zones": (
        "Time zones",
        (
            "A shift happens in the time zone of its location, whatever the phone says. On the night "
            "when clocks change, a shift from 22:00 to 06:00 counts 7 or 9 hours."
        ),
    ),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """A question, the pages that search brings, the one that answers, and the answer."""

    text: str
    pages: tuple[str, ...]
    answer: str
    tags: tuple[str, ...] = ()
    follow_up: Question | None = None
    unsupported: bool = False
    """True where the model says more than the pages do."""


QUESTIONS: tuple[Question, ...] = (
    Question(
        text="Which plan includes phone support?",
        pages=("plans/compare", "plans/change", "security/sso", "export/payroll", "api/limits"),
        answer="Phone support is part of the Ocean plan, 6 euros a person a month, on working days "
        "[1].",
        follow_up=Question(
            text="And if I go back to Coast later, do I lose the history?",
            pages=("plans/change", "plans/compare", "security/data", "people/import"),
            answer="A downgrade counts from the next invoice [1]. The five years of history belong "
            "to Ocean [2]; the pages don't say how long older data stays after a downgrade. "
            "“Change or cancel a plan” comes nearest.",
        ),
    ),
    Question(
        text="Why does my Google Calendar show yesterday's shifts?",
        pages=("calendar/sync", "time-zones", "mobile/offline", "shifts/swap"),
        answer="Google refreshes an iCal address only every 8 to 24 hours. Connect the account "
        "under Profile, Calendar, Connect, and changes show at once [1].",
        follow_up=Question(
            text="Does it also write my private appointments into Tidemark?",
            pages=("calendar/sync", "security/data", "people/import"),
            answer="No. Sync is one-way, from Tidemark outwards [1].",
        ),
    ),
    Question(
        text="What happens when my webhook endpoint is down for an hour?",
        pages=("api/webhooks", "api/limits", "mobile/offline", "security/data"),
        answer="Nothing is lost: a delivery without a 2xx answer within 10 seconds is tried again 8 "
        "times over 24 hours [1].",
        follow_up=Question(
            text="How do I check that a delivery really comes from you?",
            pages=("api/webhooks", "security/sso", "security/data"),
            answer="Compute HMAC-SHA256 of the raw body with your secret and compare it with the "
            "header X-Tidemark-Signature [1].",
        ),
    ),
    Question(
        text="I get 429 when I import 3,000 shifts through the API. What is the limit?",
        pages=("api/limits", "api/webhooks", "people/import", "export/payroll"),
        answer="A key may make 600 requests a minute and 20 at a time. Use the bulk endpoint: up to "
        "500 shifts count as one request, so 3,000 shifts are six requests [1].",
        tags=("api",),
    ),
    Question(
        text="Can two people swap shifts without asking the manager?",
        pages=("shifts/swap", "shifts/rest-times", "plans/compare", "mobile/offline"),
        answer="Yes, unless the swap would break a rest time or a weekly limit; then a manager has "
        "to approve it [1].",
        follow_up=Question(
            text="What counts as a rest time?",
            pages=("shifts/rest-times", "time-zones", "shifts/swap"),
            answer="At least 11 hours between two shifts. Administrators can set stricter limits "
            "per contract type [1].",
        ),
    ),
    Question(
        text="How many hours does the night shift count when the clocks go back?",
        pages=("time-zones", "export/payroll", "shifts/rest-times", "calendar/sync"),
        answer="Nine: a shift from 22:00 to 06:00 gains an hour when clocks go back, and counts 7 "
        "when they go forward [1].",
    ),
    Question(
        text="Do you have a preset for DATEV?",
        pages=("export/payroll", "people/import", "plans/compare", "api/limits"),
        answer="Yes. Under Reports, Hours there are presets for DATEV, Visma and Sage, as CSV or "
        "XLSX [1].",
        tags=("payroll",),
    ),
    Question(
        text="Is our data stored outside the EU?",
        pages=("security/data", "security/sso", "plans/change", "api/webhooks"),
        answer="No. Data is stored in Frankfurt with an encrypted copy in Stockholm [1].",
        follow_up=Question(
            text="We need a data processing agreement before Friday.",
            pages=("security/data", "plans/change", "security/sso"),
            answer="You can sign one yourself under Settings, Legal [1].",
        ),
    ),
    Question(
        text="How do I turn on SSO without locking everybody out?",
        pages=("security/sso", "plans/compare", "people/import", "security/data"),
        answer="Let one owner sign in through it first, then turn on “require single sign-on”. "
        "Owners keep their password as a way back [1].",
        tags=("admin",),
    ),
    Question(
        text="Can staff clock in when the shop's wifi is down?",
        pages=("mobile/offline", "time-zones", "calendar/sync", "shifts/swap"),
        answer="Yes. Clocking works offline and is sent later with its original time [1].",
    ),
    Question(
        text="Does the free plan work for two locations?",
        pages=("plans/compare", "plans/change", "people/import"),
        answer="Yes, Harbor is free for two locations as long as there are fewer than 25 people "
        "[1].",
        unsupported=True,
    ),
    Question(
        text="Can I import people from our HR system every night?",
        pages=("people/import", "api/limits", "api/webhooks", "export/payroll"),
        answer="The import page describes a CSV upload with a preview [1], and rows with a known "
        "e-mail update that person. The pages don't mention a nightly schedule; the API would be "
        "the way.",
    ),
    Question(
        text="Was kostet Ocean für 40 Leute im Monat?",
        pages=("plans/compare", "plans/change", "security/sso"),
        answer="Ocean kostet 6 Euro je Person und Monat, für 40 Personen also 240 Euro [1].",
        tags=("lang:de",),
    ),
    Question(
        text="シフト交換に管理者の承認は必要ですか？",
        pages=("shifts/swap", "shifts/rest-times", "plans/compare"),
        answer="休息時間や週の上限に触れない限り、承認は不要です。触れる場合のみ管理者の承認が必要になります[1]。",
        tags=("lang:ja",),
    ),
    Question(
        text="هل يمكنني تصدير ساعات العمل إلى ملف Excel؟",
        pages=("export/payroll", "people/import", "api/limits"),
        answer="نعم. من «Reports» ثم «Hours» تحصل على سطر لكل شخص ويوم بصيغة CSV أو XLSX [1].",
        tags=("lang:ar",),
    ),
)
