"""An opioid is known however people write it, and what only looks like one is left alone."""

import pytest

from journaling.safety.opioids import is_opioid, normalized_words, opioid_list, opioid_names

BY_NAME = (
    "Heroin", "heroine", "HEROÍNA", "heroína", "héroïne", "herion", "he\u0301roi\u0308ne",
    "ＨＥＲＯＩＮ", "her\u200boin", "heroin.", "mexican black tar heroin", "черный героин",
    "海洛因", "吸食海洛因", "fentanyl (smoked)", "fent", "fetty", "fentynal", "fentanilo",
    "carfentanilo", "acetylfentanyl", "para-fluorofentanyl", "some china white",
    "protonitazene", "isotonitazenes", "U-47700", "Oxy 30", "oxy30", "OXY30mg", "oxys",
    "oxy-30", "OxyContin", "oxycodone/apap", "Roxicodone 30", "roxies", "roxy's", "perc 10",
    "perc10", "Percocets", "perk 30", "percs", "vicodin ES", "Norco 10mg",
    "hydrocodone-acetaminophen", "Dilaudid", "opana er", "ULTRAM", "duragesic patch",
    "ms-contin", "tramadol 50mg", "codeine syrup", "Tylenol 3", "Tylenol #3", "tylenol no. 4",
    "T3s", "Tylenol with codeine", "co-codamol", "methadone", "Suboxone strips",
    "buprenorphine", "bupe", "7-OH", "7oh", "７－ＯＨ", "7-hydroxymitragynine", "KRATOM tea",
    "kratum", "tianeptine", "zaza", "M30", "m-30s", "blues", "blue 30s", "30s", "smack",
    "dope", "lean", "speedball", "pain pills", "painkiller", "opiáceos", "opio", "morfina",
    "codeína", "oxicodona", "metadona", "chiva", "H", "some h", "coke and h", "h + meth",
    "xanax, percs", "dog food", "fentanylpatch", "blackheroin", "oxycodonehcl", "carfent", "h3roin",
    "her0in", "0xy 30", "m0rphine", "h e r o i n", "H.E.R.O.I.N", "f-e-n-t", "hеrоin", "fеntаnyl",
    "fεntαnyl", "героина", "героином", "китайський героїн", "фентанила", "метадоном",
    "ヘロインを吸った", "الهيروين", "हेरोइन", "เสพเฮโรอีน", "perks", "bup", "sub", "O-DSMT", "DHC",
    "tylenol III", "pressed 30s", "Tramacet", "V 4812",
)  # fmt: skip
ANYTHING_ELSE = (
    "wine", "alcohol", "", "—", "pain", "vitamin h", "heroine film", "heroic", "heroes",
    "heron", "perch", "percussion", "percentage", "percolated coffee", "codeless", "codex",
    "codependency", "oxygen", "oxytocin", "morphology", "tramp", "opinion", "opportunity",
    "opal", "narcan", "naloxone", "naltrexone", "vivitrol", "horse riding", "junk food",
    "tarte", "chives", "chivas regal", "dopamine", "dopey", "leaning", "lean meat",
    "blue cheese", "bluesky", "subway", "cocaine", "meth", "methamphetamine",
    "methylphenidate", "methane", "ketamine", "mdma", "thc 30", "weed", "tylenol",
    "tylenol pm", "ibuprofen", "gabapentin", "xanax", "7 up", "7 beers", "30 cigarettes",
    "t-shirt", "demerara rum", "apomorphine", "lean on me", "hero sandwich", "h2o", "a b c d",
    "sub sandwich", "boy scout cookies", "героиня", "пиво", "морс", "コーヒー", "7up", "k2 spice",
    "mdm4", "smackdown", "norcal weed", "apache helicopter",
)  # fmt: skip


@pytest.mark.parametrize("name", BY_NAME)
def test_an_opioid_is_known_however_it_is_written(name: str) -> None:
    assert is_opioid(name)


@pytest.mark.parametrize("name", ANYTHING_ELSE)
def test_nothing_else_is_taken_for_an_opioid(name: str) -> None:
    assert not is_opioid(name)


def test_every_name_of_the_list_is_found_alone_between_words_and_in_plural() -> None:
    for name in opioid_names() - {name for name in opioid_names() if "*" in name}:
        for text in (name, name.upper(), f"two {name}s yesterday", f"({name})"):
            assert is_opioid(text), text


def test_the_list_is_clean_and_says_where_each_name_comes_from() -> None:
    every = [name for group in opioid_list()["groups"] for name in group["names"]]
    apart = [*opioid_list()["alone"]["names"], *opioid_list()["never"]["names"]]

    assert len(every) > 300
    assert len({*every, *apart}) == len(every) + len(apart)
    assert all(name.strip("*") == normalized_words(name) for name in [*every, *apart])
    assert all(len(group["source"]) > 20 for group in opioid_list()["groups"])


def test_the_list_has_a_version_and_a_line_for_who_signs_it() -> None:
    assert opioid_list()["version"] >= 2
    assert set(opioid_list()["signed_off"]) == {"clinician", "licence", "on", "says"}
    assert "named clinician" in opioid_list()["signed_off"]["says"]
