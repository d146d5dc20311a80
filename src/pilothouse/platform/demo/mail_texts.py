"""E-mails that reach Fjordline, and what sorting makes of them."""

# ruff: noqa: E501 - a wide script counts double, and its signs are meant

from __future__ import annotations

from dataclasses import dataclass

CLASSIFY = (
    "Sort one e-mail to Fjordline. Reply as JSON with queue (orders, returns, billing, press, "
    "suppliers, jobs, spam), priority (1 to 4), language (two letters) and summary (one sentence "
    "in English)."
)
DRAFT = (
    "Draft a reply for a colleague to check. Keep the language of the e-mail. Promise nothing that "
    "the summary does not say."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Mail:
    """One e-mail and what becomes of it."""

    subject: str
    body: str
    queue: str
    priority: int
    language: str
    summary: str
    draft: str = ""
    """"" where no reply is drafted."""


MAILS: tuple[Mail, ...] = (
    Mail(
        subject="Fwd: RE: invoice 2026-11802",
        body="Hello, invoice 2026-11802 lists two tents, we received one. Could you send a credit "
        "note? Our accounts close on the 30th. Regards, H. Lindqvist, Kallhäll scouts",
        queue="billing",
        priority=2,
        language="en",
        summary="A scout group was invoiced for two tents, got one, and wants a credit note.",
        draft="Dear H. Lindqvist, thank you for writing. We are checking with the warehouse how "
        "many tents left for you, and will send the credit note or the second tent well before "
        "the 30th.",
    ),
    Mail(
        subject="Kündigung meines Abos",
        body="Sehr geehrte Damen und Herren, hiermit kündige ich mein Katalog-Abo zum nächsten "
        "Termin. Bitte bestätigen Sie mir das schriftlich. Mit freundlichen Grüßen, J. Brandl",
        queue="orders",
        priority=3,
        language="de",
        summary="A customer cancels the catalogue subscription and wants a confirmation.",
        draft="Guten Tag J. Brandl, wir haben Ihre Kündigung erhalten und bestätigen sie Ihnen, "
        "sobald sie eingetragen ist. Viele Grüße aus Bergen",
    ),
    Mail(
        subject="Review sample for our winter issue",
        body="Hi, I edit the gear pages of a hiking magazine and would like to test the Rim -10 "
        "for our January issue. Is a sample possible, and by when do you need it back?",
        queue="press",
        priority=3,
        language="en",
        summary="A magazine asks for a sleeping bag to test for its January issue.",
        draft="Hello, thank you for asking. Our press desk will tell you this week whether a Rim "
        "-10 is free, and on which terms.",
    ),
    Mail(
        subject="Price list from 1 January",
        body="Dear partners, attached is our price list valid from 1 January. Aluminium poles rise "
        "by 4.5 percent, cord stays the same. Orders until 15 December at the old prices.",
        queue="suppliers",
        priority=2,
        language="en",
        summary="A supplier raises the price of poles by 4.5 percent from January.",
    ),
    Mail(
        subject="CONGRATULATIONS your domain expires",
        body="Act within 24 hours or your domain will be lost. Send the fee in gift cards.",
        queue="spam",
        priority=4,
        language="en",
        summary="A phishing attempt about a domain name.",
    ),
    Mail(
        subject="Zelt undicht nach einer Nacht",
        body="Hallo, unser Lyng 2 war nach einer Nacht im Regen innen nass, obwohl es neu ist. Wir "
        "fahren am Samstag wieder los. Was können wir tun? Familie Öztürk",
        queue="returns",
        priority=1,
        language="de",
        summary="A new tent leaks; the family leaves again on Saturday.",
        draft="Guten Tag Familie Öztürk, das darf bei einem neuen Zelt nicht sein. Wir prüfen heute, "
        "ob ein Ersatzzelt bis Freitag bei Ihnen sein kann, und melden uns noch am Nachmittag.",
    ),
    Mail(
        subject="領収書の再発行のお願い",
        body="先月購入したバックパックの領収書を再発行していただけますか。宛名は株式会社みなと企画でお願いいたします。",
        queue="billing",
        priority=3,
        language="ja",
        summary="A customer wants a receipt for a pack issued again in a company's name.",
        draft="お問い合わせありがとうございます。担当者が購入記録を確認し、領収書の再発行についてご連絡いたします。",
    ),
    Mail(
        subject="Application: workshop, sewing",
        body="Good morning, I saw that your repair workshop grows. I have sewn sails for nine years "
        "and would like to apply. May I send my papers? Kind regards, Maren Solli",
        queue="jobs",
        priority=3,
        language="en",
        summary="A sailmaker asks to apply to the repair workshop.",
        draft="Dear Maren Solli, thank you for your interest. Please send your papers in reply to "
        "this e-mail; the workshop reads each application itself.",
    ),
    Mail(
        subject="Order for 24 headlamps",
        body="We organise a night run on 12 December and need 24 Nordlys 300 until the 8th. Is "
        "there a price for that number, and can we pay on invoice?",
        queue="orders",
        priority=2,
        language="en",
        summary="A club wants 24 headlamps until 8 December and asks for a price and an invoice.",
        draft="Hello, we will check that 24 Nordlys 300 can reach you by the 8th and send you a "
        "written offer tomorrow, with payment on invoice if that is possible.",
    ),
    Mail(
        subject="استفسار عن موعد وصول الشحنة",
        body="مرحباً، طلبت موقداً وقدراً قبل أسبوعين ولم يصلني شيء بعد. أرجو إعلامي بموعد الوصول.",
        queue="orders",
        priority=2,
        language="ar",
        summary="A customer asks when a stove and a pot ordered two weeks ago will arrive.",
        draft="مرحباً، شكراً لرسالتك. سنتحقق من حالة الشحنة اليوم ونكتب لك بالموعد المتوقع.",
    ),
)
