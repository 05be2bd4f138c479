"""What ships: skills and questionnaires, and what a clinic says beside them."""

from tests.contract.stage import Stage

SKILL = {
    "name": "Harbor walk", "also_known_as": "the pier", "module": "mindfulness",
    "description": "Walk to the pier and back, and name five things.", "minutes": 20,
    "ratings": [], "caution": "", "withdrawn": False,
}  # fmt: skip


def play(on: Stage) -> None:
    """Read the catalogues, and change what the clinic says."""
    found = on.maya.get("skills")
    on.maya.get("skills", If_None_Match=found.headers["ETag"])
    on.maya.get("skills?q=breath")
    on.maya.get("skills?assigned=true")
    on.maya.get("skills?module=mindfulness&limit=2")
    on.maya.get("skills?assigned=perhaps&sort=name")
    on.dr_okafor.get("skills?q=urge")
    on.sam.get("skills")
    _instruments(on)
    _of_patient(on)
    _of_clinic(on)


def _instruments(on: Stage) -> None:
    found = on.maya.get("instruments")
    on.maya.get("instruments", If_None_Match=found.headers["ETag"])
    one = on.maya.get("instruments/phq-9")
    on.maya.get("instruments/phq-9", If_None_Match=one.headers["ETag"])
    on.maya.get("instruments/phq-9?version=0")
    on.maya.get("instruments/unheard-of")
    on.dr_okafor.get("instruments/gad-7")
    on.sam.get("instruments")


def _of_patient(on: Stage) -> None:
    door = f"patients/{on.id('maya')}/skills"
    on.dr_okafor.put(f"{door}/slow-breathing", {"taught": True})
    on.dr_okafor.put(f"{door}/slow-breathing", {"taught": "yes"})
    on.dr_okafor.put(f"{door}/slow-breathing", {})
    on.dr_okafor.put(f"{door}/unheard-of", {"taught": True})
    on.dr_lind.put(f"{door}/slow-breathing", {"taught": True})
    on.dr_okafor.get(door)
    on.dr_lind.get(door)
    on.maya.get("skills?q=slow")
    on.dr_okafor.put(f"{door}/slow-breathing", {"taught": False})


def _of_clinic(on: Stage) -> None:
    on.ada.get("clinic/skills")
    on.ada.put("clinic/skills/harbor-walk", SKILL)
    on.ada.put("clinic/skills/harbor-walk", SKILL, rev=0)
    on.ada.put("clinic/skills/harbor-walk", SKILL, rev=0)
    on.ada.put("clinic/skills/harbor-walk", SKILL | {"withdrawn": True}, rev=1)
    on.ada.put("clinic/skills/new-one", {"name": "New"}, rev=0)
    on.ada.put("clinic/skills/ride-the-urge", {"minutes": 0, "module": "A B", "x": 1}, rev=1)
    on.ada.put("clinic/skills/ride-the-urge", {"ratings": ["unheard-of"], "name": None}, rev=1)
    on.ada.put("clinic/skills/ride-the-urge", {"name": "Ride it"}, rev=1)
    on.ada.get("clinic/skills")
    on.dr_okafor.get("clinic/skills")
    on.ada.get("clinic/terms")
    on.ada.put("clinic/terms", {"targets": ["shopping"], "triggers": ["night_shift"]})
    on.ada.put("clinic/terms", {"targets": ["a", "A", ""], "triggers": "none"})
    on.ada.put("clinic/terms", {"targets": []})
    on.ada.put("clinic/terms", {"targets": ["x" * 61], "triggers": ["Not A Tag"]})
    on.ada.get("clinic/terms")
    on.maya.get("targets")
