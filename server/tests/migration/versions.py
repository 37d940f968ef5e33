"""Another version of a shipped procedure: a step has another id, perhaps another name, and its timer comes sooner."""

import re
import shutil
from pathlib import Path

from firstline import clock
from firstline.procedures import actions
from firstline.procedures.models import Release

SHIPPED = Path(__file__).resolve().parents[3] / "procedures"


def another_complaint(folder: Path, *, name: str = "Investigate", version: str = "2") -> Path:
    """Copy the complaint's folder, its step `investigate` called `look_into` there."""
    copy = Path(shutil.copytree(SHIPPED / "complaint", folder / f"complaint-{version}"))
    for path in copy.rglob("*"):
        if path.suffix in {".yaml", ".bpmn"}:
            text = re.sub(r"\binvestigate\b", "look_into", path.read_text(encoding="utf-8"))
            path.write_text(
                text.replace("P7D", "P5D").replace('name="Investigate"', f'name="{name}"'), encoding="utf-8"
            )
    (copy / "guides/investigate.yaml").rename(copy / "guides/look_into.yaml")
    drawing = copy / "diagram.yaml"
    drawing.write_text(re.sub(r"\bInvestigate:", f"{name}:", drawing.read_text(encoding="utf-8")), encoding="utf-8")
    definition = copy / "procedure.yaml"
    definition.write_text(re.sub(r'version: "\d+"', f'version: "{version}"', definition.read_text(encoding="utf-8")))
    return copy


def deploy(folder: Path) -> Release:
    return actions.deploy_folder(path=folder, principal=None, now=clock.now())
