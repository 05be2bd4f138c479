"""The history of a patient's reminders: each occurrence with its outcome and reason in words."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from backend.kit.keyset import page_of
from backend.kit.languages import ENGLISH, Sentence
from notifications.models.occurrence import MailState, Occurrence, ReminderMail
from notifications.reminders.next_due import NUDGE_SLOT

State = Occurrence.State

#: Why a reminder was not sent, for readers who may see clinical facts.
SUPPRESSION_TEXTS = {
    "already_logged": Sentence(
        "Not sent: it had been done before its time.",
        "No se envió: ya estaba hecho antes de su hora.",
    ),
    "answered": Sentence("Not sent: it had been answered.", "No se envió: ya tenía respuesta."),
    "in_session": Sentence(
        "Not sent: the patient was in a session.", "No se envió: había una sesión en curso."
    ),
    "session_gone": Sentence(
        "Not sent: the session was moved, cancelled or had begun.",
        "No se envió: la sesión se movió, se canceló o ya había empezado.",
    ),
    "halved": Sentence(
        "Not sent: three in a row had no answer, so every second one is left out.",
        "No se envió: tres seguidos quedaron sin respuesta, así que se omite uno de cada dos.",
    ),
    "long_silence": Sentence(
        "Not sent: nothing was heard for 72 hours, so there is one a day.",
        "No se envió: no hubo noticias en 72 horas, así que hay uno al día.",
    ),
    "paused": Sentence(
        "Not sent: reminders were paused.", "No se envió: los recordatorios estaban en pausa."
    ),
    "quiet_hours": Sentence(
        "Not sent: it fell into the quiet hours.", "No se envió: caía en las horas de silencio."
    ),
    "not_enrolled": Sentence(
        "Not sent: the patient is not enrolled, or was discharged.",
        "No se envió: no hay inscripción, o hubo un alta.",
    ),
    "no_consent": Sentence(
        "Not sent: the consent to reminders was not in force.",
        "No se envió: el consentimiento para recordatorios no estaba vigente.",
    ),
    "switched_off": Sentence(
        "Not sent: the reminder was switched off.",
        "No se envió: el recordatorio estaba desactivado.",
    ),
    "deleted": Sentence(
        "Not sent: the reminder was deleted.", "No se envió: el recordatorio se borró."
    ),
    "bundled": Sentence(
        "Shown together with another reminder.", "Se mostró junto con otro recordatorio."
    ),
    "too_close": Sentence(
        "Not sent: another one was less than an hour before.",
        "No se envió: hubo otro menos de una hora antes.",
    ),
    "overtaken": Sentence(
        "Not repeated: another reminder came in between.",
        "No se repitió: llegó otro recordatorio entretanto.",
    ),
    "next_is_near": Sentence(
        "Not repeated: the next one was near.", "No se repitió: el siguiente estaba cerca."
    ),
    "nothing_to_repeat": Sentence(
        "Not repeated: the reminder itself was not shown.",
        "No se repitió: el recordatorio mismo no se mostró.",
    ),
    "day_full": Sentence(
        "Not sent: there were four on that day.", "No se envió: ya hubo cuatro ese día."
    ),
    "on_phone": Sentence("Shown by the phone itself.", "Lo mostró el propio teléfono."),
    "no_device": Sentence(
        "Not delivered: no phone was registered.", "No llegó: no había ningún teléfono registrado."
    ),
}
#: The reasons that reveal what a patient does, or how they are treated.
CLINICAL_REASONS = frozenset(
    {"already_logged", "answered", "in_session", "session_gone", "halved", "long_silence"}
)
NOT_SENT = Sentence("Not sent.", "No se envió.")
SENT_AGAIN = Sentence("Sent again, as a nudge.", "Enviado de nuevo, para insistir una vez.")
#: What an administrator reads in their place.
CLINICAL_REASON_TEXT = Sentence(
    "Not sent: a rule of care kept it silent; the care team sees which.",
    "No se envió: una regla de atención lo dejó en silencio; el equipo ve cuál.",
)

STATE_TEXTS = {
    State.PENDING: Sentence("Waiting: not sent yet.", "En espera: aún no se envió."),
    State.LEASED: Sentence("Being sent.", "Se está enviando."),
    State.SENT: Sentence("Sent.", "Enviado."),
    State.EXPIRED: Sentence(
        "Not delivered: its time was over before it could be sent.",
        "No llegó: su hora pasó antes de que se pudiera enviar.",
    ),
    State.UNKNOWN: Sentence(
        "Unknown: the push service did not say whether it took it.",
        "No se sabe: el servicio de avisos no dijo si lo aceptó.",
    ),
    State.DEAD_DEVICE: Sentence(
        "Not delivered: the phone's address is not valid any more.",
        "No llegó: la dirección del teléfono ya no vale.",
    ),
    State.FAILED: Sentence(
        "Not delivered: the push service refused it.", "No llegó: el servicio de avisos lo rechazó."
    ),
}
#: What is told of a reminder that goes by mail, in place of the rest.
MAIL_TEXTS = {
    MailState.SENT: (
        "sent",
        Sentence(
            "Sent by mail: no phone or browser could be told.",
            "Enviado por correo: no se pudo avisar a ningún teléfono ni navegador.",
        ),
    ),
    MailState.WAITING: (
        "waiting",
        Sentence(
            "Waiting: it goes by mail, as no phone or browser could be told.",
            "En espera: irá por correo, porque no se pudo avisar a ningún teléfono ni navegador.",
        ),
    ),
    MailState.UNKNOWN: (
        "unknown",
        Sentence(
            "Unknown: no phone or browser could be told, and the mail server did not say whether "
            "it took the mail.",
            "No se sabe: no se pudo avisar a ningún teléfono ni navegador, y el servidor de correo "
            "no dijo si aceptó el mensaje.",
        ),
    ),
    MailState.FAILED: (
        "undelivered",
        Sentence(
            "Not delivered: no phone or browser could be told, and the mail could not be sent.",
            "No llegó: no se pudo avisar a ningún teléfono ni navegador, y el correo no se pudo "
            "enviar.",
        ),
    ),
}
WAITING_TEXTS = {
    "apart": Sentence(
        "Waiting: another one was less than an hour before.",
        "En espera: hubo otro menos de una hora antes.",
    ),
    "snoozed": Sentence(
        "Waiting: the patient asked for it later.", "En espera: se pidió para más tarde."
    ),
    "nudge": Sentence(
        "Waiting: it repeats a reminder that has no answer yet.",
        "En espera: repite un recordatorio que aún no tiene respuesta.",
    ),
}

#: Where a page ends: the reminder's time, and its id for those of one instant.
HistoryPosition = tuple[datetime, UUID]


@dataclass(frozen=True, slots=True)
class HistoryLine:
    """One reminder. What only the patient and the care team may know is None for others."""

    id: UUID
    due_at: datetime
    became: str
    words: str
    sent_at: datetime | None
    purpose: str | None
    opened_at: datetime | None
    answered_at: datetime | None


def history_page(
    *,
    patient_id: UUID,
    may_see_clinical: bool,
    limit: int,
    position: HistoryPosition | None = None,
    is_backwards: bool = False,
    language: str = ENGLISH,
) -> Sequence[HistoryLine]:
    """List a patient's reminders, newest first.

    ``may_see_clinical`` adds what the care team may see; the caller has checked the right to it by
    ``care.access.open``. The words are in the language of who reads them.
    """
    rows = Occurrence.objects.filter(patient_id=patient_id).select_related("mail")
    page = page_of(rows, limit=limit, position=position, is_backwards=is_backwards, at="due_at")
    return [
        _history_line(row, may_see_clinical=may_see_clinical, language=language) for row in page
    ]


def _history_line(row: Occurrence, *, may_see_clinical: bool, language: str) -> HistoryLine:
    mail: ReminderMail | None = getattr(row, "mail", None)
    outcome = describe_outcome(
        state=row.state, reason=row.reason, slot=row.slot, may_see_clinical=may_see_clinical,
        language=language,
    )  # fmt: skip
    if mail is not None and mail.state in MAIL_TEXTS and row.state not in Occurrence.OPEN:
        became, words = MAIL_TEXTS[mail.state]
        outcome = OutcomeText(became, words.spoken(language))
    return HistoryLine(
        row.pk,
        row.due_at,
        outcome.became,
        outcome.words,
        row.sent_at if mail is None else mail.sent_at,
        row.purpose if may_see_clinical else None,
        row.opened_at if may_see_clinical else None,
        row.answered_at if may_see_clinical else None,
    )


@dataclass(frozen=True, slots=True)
class OutcomeText:
    """One line of a history. ``became`` is sent, silent, undelivered, waiting or unknown."""

    became: str
    words: str


def describe_outcome(
    *, state: str, reason: str, slot: int, may_see_clinical: bool, language: str = ENGLISH
) -> OutcomeText:
    """Describe the outcome of an occurrence in words of one language.

    Without ``may_see_clinical`` the words reveal nothing of what the patient does.
    """
    if state == State.SKIPPED:
        is_hidden = reason in CLINICAL_REASONS and not may_see_clinical
        words = CLINICAL_REASON_TEXT if is_hidden else SUPPRESSION_TEXTS.get(reason, NOT_SENT)
        became = "undelivered" if reason == "no_device" else "silent"
        return OutcomeText(became, words.spoken(language))
    if state in Occurrence.OPEN:
        may_say = may_see_clinical or reason != "nudge"
        words = WAITING_TEXTS.get(reason if may_say else "", STATE_TEXTS[State(state)])
        return OutcomeText("waiting", words.spoken(language))
    if state == State.SENT:
        words = SENT_AGAIN if slot >= NUDGE_SLOT else STATE_TEXTS[State.SENT]
        return OutcomeText("sent", words.spoken(language))
    outcome = "unknown" if state == State.UNKNOWN else "undelivered"
    code = f" ({reason})" if reason and state in {State.FAILED, State.DEAD_DEVICE} else ""
    return OutcomeText(outcome, STATE_TEXTS[State(state)].spoken(language) + code)
