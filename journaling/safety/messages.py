"""What a patient reads after an answer about safety, and whether staff know of it.

The messages are plain, short and without blame, in each language of ours.
"""

from collections.abc import Collection
from enum import IntEnum

from backend.kit.languages import ENGLISH, Sentence
from journaling.safety.rules import EMERGENCY, NOTICE

THANKS = Sentence("Thank you for telling us.", "Gracias por decírnoslo.")
ASK_WHAT_CAME_BEFORE = Sentence(
    "When you are ready: what came just before? You can add it to this entry.",
    "Cuando pueda: ¿qué pasó justo antes? Puede añadirlo a esta entrada.",
)

_LEVEL_1_WITH_PLAN = Sentence(
    "This sounds hard. Start with your own plan: take one small step from it, then reach one of "
    "your people. The crisis lines are there at any hour, also when you are not sure.",
    "Esto suena difícil. Empiece por su propio plan: dé un paso pequeño de él y después hable con "
    "alguien de su gente. Las líneas de crisis están a cualquier hora, también si tiene dudas.",
)
_LEVEL_1 = Sentence(
    "This sounds hard. Try one small step first: breathe out more slowly than you breathe in, for "
    "two minutes. Then reach somebody you trust. The crisis lines are there at any hour, also when "
    "you are not sure.",
    "Esto suena difícil. Pruebe primero un paso pequeño: suelte el aire más despacio de lo que lo "
    "toma, durante dos minutos. Después hable con alguien de confianza. Las líneas de crisis están "
    "a cualquier hora, también si tiene dudas.",
)
_LEVEL_2_WITH_PLAN = Sentence(
    "Please go through your plan now, from the top, and let one of your people know. You can call "
    "or text 988 at any hour. If you can't stay safe, call 911.",
    "Por favor, siga ahora su plan desde el principio y avise a alguien de su gente. A cualquier "
    "hora puede llamar al 988 y marcar 2, o enviar AYUDA al 988. Si no puede mantenerse a salvo, "
    "llame al 911.",
)
_LEVEL_2 = Sentence(
    "Please let somebody you trust know now, and stay with them or on the phone. You can call or "
    "text 988 at any hour. If you can't stay safe, call 911.",
    "Por favor, avise ahora a alguien de confianza y quédese con esa persona o al teléfono. A "
    "cualquier hora puede llamar al 988 y marcar 2, o enviar AYUDA al 988. Si no puede mantenerse "
    "a salvo, llame al 911.",
)
_LEVEL_3 = Sentence(
    "Call 911 now if you are hurt or can't keep yourself safe. Call or text 988 to talk with "
    "somebody right away. Move away from what you could use to hurt yourself, and let somebody be "
    "with you. Then go on with your plan.",
    "Llame ahora al 911 si tiene una herida o no puede mantenerse a salvo. Llame al 988 y marque "
    "2, o envíe AYUDA al 988, para hablar con alguien de inmediato. Aléjese de lo que podría usar "
    "para hacerse daño y deje que alguien esté con usted. Después siga con su plan.",
)
_OVERDOSE = Sentence(
    "Call 911 now and say that somebody may have taken too much. Give naloxone if there is any, "
    "lay them on their side, and stay until help comes.",
    "Llame ahora al 911 y diga que alguien puede haber tomado demasiado. Dé naloxona si la hay, "
    "ponga a la persona de lado y quédese hasta que llegue la ayuda.",
)
_SEIZURE = Sentence(
    "Call 911 now. Lay them on their side, keep hard things away, put nothing in the mouth, and "
    "stay until help comes.",
    "Llame ahora al 911. Ponga a la persona de lado, aparte los objetos duros, no le ponga nada en "
    "la boca y quédese hasta que llegue la ayuda.",
)
_AFTER_USE = Sentence(
    "Are you safe right now? If anything feels wrong in your body, call 911.",
    "¿Está a salvo en este momento? Si nota algo raro en el cuerpo, llame al 911.",
)
_AFTER_BREAK = Sentence(
    "After days without opioids your tolerance is lower: an amount you were used to can stop your "
    "breathing. If you use, don't use alone, and keep naloxone within reach. If somebody can't be "
    "woken or breathes slowly, call 911 and give naloxone.",
    "Después de días sin opioides su tolerancia es menor: una cantidad a la que tenía costumbre "
    "puede parar su respiración. Si consume, que no sea a solas, y tenga naloxona a mano. Si "
    "alguien no despierta o respira despacio, llame al 911 y dé naloxona.",
)

_NOT_MONITORED = Sentence(
    "This is not an emergency service and nobody watches it round the clock.",
    "Esto no es un servicio de emergencia y nadie lo vigila a todas horas.",
)


def _unwatched(en: str, es: str) -> Sentence:
    return Sentence(f"{_NOT_MONITORED.en} {en}", f"{_NOT_MONITORED.es} {es}")


NEXT_SESSION = _unwatched(
    "Nobody at your clinic will see this before your next session.",
    "Nadie en su clínica verá esto antes de su próxima sesión.",
)
PRIVATE = _unwatched(
    "You keep this entry private, so nobody at your clinic will see it unless you share it.",
    "Usted reserva esta entrada para sí, así que nadie en su clínica la verá si no la comparte.",
)
NOT_SAVED = _unwatched(
    "What you sent was not saved, so nobody at your clinic can see it. Keep it and send it again "
    "later.",
    "Lo que envió no se guardó, así que nadie en su clínica puede verlo. Consérvelo y envíelo de "
    "nuevo más tarde.",
)
WHEN_OPEN = _unwatched(
    "Nobody at your clinic is on duty right now. Who is on duty next will be sent a notice then.",
    "Nadie en su clínica está de turno en este momento. Quien tenga el próximo turno recibirá "
    "entonces un aviso.",
)
OUT_OF_HOURS = _unwatched(
    "Nobody at your clinic is on duty right now. A notice was written to them, and they may not "
    "read it before they are back.",
    "Nadie en su clínica está de turno en este momento. Se les escribió un aviso, y puede que no "
    "lo lean antes de volver.",
)
STAFF_NOTIFIED = _unwatched(
    "A notice goes to the clinician on duty now, who may not read it at once. Don't wait for them "
    "if you need help.",
    "Un aviso va ahora al profesional de turno, que puede no leerlo enseguida. No espere su "
    "respuesta si necesita ayuda.",
)
OWN_THERAPIST = _unwatched(
    "You share this with your own therapist only. A notice was written to them, and they may not "
    "be at work.",
    "Usted comparte esto solo con su terapeuta. Se le escribió un aviso, y puede que no esté en el "
    "trabajo.",
)
OWN_THERAPIST_LATER = _unwatched(
    "You share this with your own therapist only. A notice will be written to them when the clinic "
    "is open.",
    "Usted comparte esto solo con su terapeuta. Se le escribirá un aviso cuando la clínica esté "
    "abierta.",
)


#: Where nothing is known of what was sent, or asked for, but that it could not be done.
NO_ANSWER = Sentence(
    "This could not be done just now. If it is about your safety, don't wait for it: reach one of "
    "your people, or a crisis line, which answers at any hour, also when you are not sure. If you "
    "can't stay safe, call 911.",
    "Esto no se pudo hacer ahora mismo. Si se trata de su seguridad, no espere: hable con alguien "
    "de su gente o con una línea de crisis, que responde a cualquier hora, también si tiene dudas. "
    "Si no puede mantenerse a salvo, llame al 911.",
)


def support_message(
    *, level: int, codes: Collection[str], has_plan: bool, language: str = ENGLISH
) -> str:
    """Build the message of what helps now; after use: thanks, safety, then what came before."""
    parts = _emergency_texts(codes) if level == EMERGENCY else []
    if "use" in codes:
        parts.append(THANKS)
    if "opioid_after_break" in codes:
        parts.append(_AFTER_BREAK)
    if level < EMERGENCY:
        parts.append(_support_text(level, codes, has_plan=has_plan))
    if "use" in codes:
        parts.append(ASK_WHAT_CAME_BEFORE)
    return " ".join(part.spoken(language) for part in parts)


def _support_text(level: int, codes: Collection[str], *, has_plan: bool) -> Sentence:
    if level == NOTICE and set(codes) == {"use"}:
        return _AFTER_USE
    if level == NOTICE:
        return _LEVEL_1_WITH_PLAN if has_plan else _LEVEL_1
    return _LEVEL_2_WITH_PLAN if has_plan else _LEVEL_2


def _emergency_texts(codes: Collection[str]) -> list[Sentence]:
    bodily = [
        words
        for code, words in (("overdose_signs", _OVERDOSE), ("seizure_signs", _SEIZURE))
        if code in codes
    ]
    return bodily or [_LEVEL_3]


class StaffNotice(IntEnum):
    """How far staff know, from "not saved" to "somebody at work was called"."""

    NOT_SAVED = -1
    PRIVATE = 0
    NEXT_SESSION = 1
    WHEN_OPEN = 2
    OWN_THERAPIST_LATER = 3
    OUT_OF_HOURS = 4
    OWN_THERAPIST = 5
    TOLD = 6

    @property
    def words(self) -> Sentence:
        """Return it in words for the patient, in each language."""
        return _NOTICE_TEXTS[self]

    @property
    def is_notified(self) -> bool:
        """Whether somebody who is at work was really called."""
        return self is StaffNotice.TOLD


_NOTICE_TEXTS = {
    StaffNotice.NOT_SAVED: NOT_SAVED,
    StaffNotice.PRIVATE: PRIVATE,
    StaffNotice.NEXT_SESSION: NEXT_SESSION,
    StaffNotice.WHEN_OPEN: WHEN_OPEN,
    StaffNotice.OWN_THERAPIST_LATER: OWN_THERAPIST_LATER,
    StaffNotice.OUT_OF_HOURS: OUT_OF_HOURS,
    StaffNotice.OWN_THERAPIST: OWN_THERAPIST,
    StaffNotice.TOLD: STAFF_NOTIFIED,
}
