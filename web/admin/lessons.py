"""Lessons of the clinic's own in the administrator's site: every version kept, with its writer."""

import re
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.utils import timezone

from backend.kit.languages import LANGUAGES
from journaling import formatting
from journaling.education.clinic_lessons import (
    MOST_MINUTES,
    MOST_SOURCES,
    ClinicLessonDetails,
    ClinicLessonVersion,
    LessonWords,
    clinic_lesson_history,
    newest_lessons,
    write_clinic_lesson,
)
from journaling.education.lessons import ANSWERS, OWN_PREFIX, TOPICS, LessonSource
from journaling.models import ClinicLesson
from web.admin.versions import VersionedAdmin, VersionForm
from web.form_fields import LineField, LinesField, with_empty_choice
from web.templatetags.bidi import bdi

_TOPICS = [(topic, formatting.humanize(topic).capitalize()) for topic in TOPICS]
_LANGUAGE_NAMES = {"en": "English", "es": "Spanish"}
_PARTS = ("title", "paragraphs", "question", "answers", "why")
_PLACES = [(str(place), f"Answer {place + 1}") for place in range(ANSWERS)]
_WHY = "Why the right answer is right"
_LABELS = dict(zip(_PARTS, ("Title", "Text", "Question", "Answers", _WHY), strict=True))
_BLANK_LINE = re.compile(r"\n[ \t]*\n")
_SOURCE = re.compile(r"(.{1,200}); ?([^;]{1,120}); ?((?:19[5-9]|20\d)\d)")


def _area(rows: int) -> forms.Textarea:
    return forms.Textarea(attrs={"rows": rows, "dir": "auto"})


def _line(longest: int, what: str, language: str) -> LineField:
    widget = forms.TextInput(attrs={"dir": "auto"})
    label = f"{what} in {_LANGUAGE_NAMES[language]}"
    return LineField(max_length=longest, required=False, widget=widget, label=label)


def _paragraphs(language: str) -> forms.CharField:
    return forms.CharField(
        max_length=24_000, required=False, widget=_area(12),
        label=f"Text in {_LANGUAGE_NAMES[language]}",
        help_text="A blank line between paragraphs; as many in each language.",
    )  # fmt: skip


def _answers(language: str) -> LinesField:
    return LinesField(
        most=ANSWERS, longest=200, required=False, widget=_area(3),
        label=f"Answers in {_LANGUAGE_NAMES[language]}",
        help_text="Three, a line each. Later changes keep their meaning and their order.",
    )  # fmt: skip


class LessonForm(VersionForm):
    """A whole lesson, in one language at least: what is said in one alone stands for both."""

    slug = LineField(
        max_length=60, initial=OWN_PREFIX, help_text="own- and then letters, digits and dashes.",
        widget=forms.TextInput,
    )  # fmt: skip
    topic = forms.ChoiceField(choices=with_empty_choice(_TOPICS))
    minutes = forms.IntegerField(min_value=1, max_value=MOST_MINUTES)
    right = forms.ChoiceField(
        label="Right answer", choices=with_empty_choice(_PLACES),
        help_text="It keeps its place: what asks something else is another lesson.",
    )  # fmt: skip
    sources = LinesField(
        most=MOST_SOURCES, longest=340, widget=_area(3),
        help_text="A line each: title; publisher; year.",
    )  # fmt: skip
    is_withdrawn = forms.BooleanField(
        label="Withdrawn", required=False,
        help_text="Patients are no longer shown it, and nobody is given it.",
    )  # fmt: skip
    title_en, title_es = _line(120, "Title", "en"), _line(120, "Title", "es")
    paragraphs_en, paragraphs_es = _paragraphs("en"), _paragraphs("es")
    question_en, question_es = _line(300, "Question", "en"), _line(300, "Question", "es")
    answers_en, answers_es = _answers("en"), _answers("es")
    why_en, why_es = _line(500, _WHY, "en"), _line(500, _WHY, "es")

    class Meta:
        model = ClinicLesson
        fields = ("slug",)

    def shown_values(self) -> dict[str, Any]:
        """Return what the lesson says."""
        row: Any = self.instance
        details = clinic_lesson_history(clinic_id=row.clinic_id, slug=row.slug)[0].details
        shown: dict[str, Any] = {
            "topic": details.topic, "minutes": details.minutes, "right": str(details.right),
            "sources": list(map(_source_line, details.sources)),
            "is_withdrawn": details.is_withdrawn,
        }  # fmt: skip
        for language in LANGUAGES:
            words: LessonWords | None = getattr(details, language)
            if words is not None:
                shown |= {f"{part}_{language}": getattr(words, part) for part in _PARTS}
                shown[f"paragraphs_{language}"] = "\n\n".join(words.paragraphs)
        return shown

    def clean_sources(self) -> tuple[LessonSource, ...]:
        """Take a title, a publisher and a year on each line."""
        found = list(map(_SOURCE.fullmatch, self.cleaned_data["sources"]))
        if None in found:
            raise forms.ValidationError("A line each: title; publisher; year.")
        return tuple(
            LessonSource(one[1].strip(), one[2].strip(), int(one[3])) for one in found if one
        )

    def clean(self) -> dict[str, Any]:
        """Store it, once each language that is begun is whole."""
        for language in LANGUAGES:
            names = [f"{part}_{language}" for part in _PARTS]
            empty = [name for name in names if not self.cleaned_data.get(name)]
            for name in empty if len(empty) < len(names) else ():
                if name not in self.errors:
                    self.add_error(name, f"It is missing in {_LANGUAGE_NAMES[language]}.")
        return super().clean()

    def store(self, sent: dict[str, Any], *, rev: int) -> None:
        """Add the version that was sent."""
        row: Any = self.instance
        details = ClinicLessonDetails(
            topic=sent["topic"], minutes=sent["minutes"], right=int(sent["right"]),
            sources=sent["sources"], is_withdrawn=sent["is_withdrawn"],
            **{language: _words(sent, language) for language in LANGUAGES},
        )  # fmt: skip
        write_clinic_lesson(
            admin=self.writer, slug=sent.get("slug") or row.slug, rev=rev, details=details,
            now=timezone.now(),
        )  # fmt: skip

    def field_of(self, fault: str) -> str | None:
        """Return the field: words stand apart by language."""
        language, _, part = fault.partition(".")
        if language in LANGUAGES:
            return f"{part or 'title'}_{language}"
        return super().field_of(fault)


class LessonAdmin(VersionedAdmin):
    """Lessons that the clinic adds to those that ship."""

    form = LessonForm
    thing = "slug"
    fields = (
        "slug", "topic", "minutes", *(f"{part}_en" for part in _PARTS),
        *(f"{part}_es" for part in _PARTS), "right", "sources", "is_withdrawn", "rev",
    )  # fmt: skip
    list_display = ("title", "slug", "is_offered", "at")

    def newest(self, rows: "QuerySet[Any]") -> "QuerySet[Any]":
        """Narrow versions to the newest of each lesson."""
        return newest_lessons(rows)

    @admin.display(description="Title")
    def title(self, obj: ClinicLesson) -> str:
        """Return the title, isolated in its own text direction."""
        words: Any = obj.details["en"] or obj.details["es"]
        return bdi(words["title"])

    @admin.display(description="Shown to patients", boolean=True)
    def is_offered(self, obj: ClinicLesson) -> bool:
        """Whether patients are shown it."""
        return not obj.is_withdrawn

    def history_of(self, clinic_id: UUID, thing: str) -> list[tuple[Any, list[tuple[str, Any]]]]:
        """Return every version of a lesson, with its words."""
        versions = clinic_lesson_history(clinic_id=clinic_id, slug=thing)
        return [(version, _said(version)) for version in versions]


def _words(sent: dict[str, Any], language: str) -> LessonWords | None:
    title = sent[f"title_{language}"]
    if not title:
        return None
    text = sent[f"paragraphs_{language}"].replace("\r\n", "\n")
    paragraphs = tuple(one.strip() for one in _BLANK_LINE.split(text) if one.strip())
    return LessonWords(
        title, paragraphs, sent[f"question_{language}"], tuple(sent[f"answers_{language}"]),
        sent[f"why_{language}"],
    )  # fmt: skip


def _source_line(source: LessonSource) -> str:
    return f"{source.title}; {source.publisher}; {source.year}"


def _said(version: ClinicLessonVersion) -> list[tuple[str, str]]:
    details = version.details
    said = [
        ("Topic", dict(_TOPICS)[details.topic]),
        ("Minutes", str(details.minutes)),
        ("Right answer", dict(_PLACES)[str(details.right)]),
        ("Sources", "\n".join(map(_source_line, details.sources))),
        ("Shown to patients", "No: withdrawn" if details.is_withdrawn else "Yes"),
    ]
    for language in LANGUAGES:
        words: LessonWords | None = getattr(details, language)
        if words is not None:
            said += [
                (f"{_LABELS[part]} in {_LANGUAGE_NAMES[language]}", _text(getattr(words, part)))
                for part in _PARTS
            ]
    return said


def _text(said: str | tuple[str, ...]) -> str:
    return said if isinstance(said, str) else "\n".join(said)
