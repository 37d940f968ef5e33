"""Another version of a shipped procedure: a step has another id, perhaps another name, and a timer comes sooner."""

import re
import shutil
from pathlib import Path

from firstline import clock
from firstline.procedures import actions
from firstline.procedures.models import Release

SHIPPED = Path(__file__).resolve().parents[3] / "procedures"


INVESTIGATE = ("investigate", "Investigate")
DECIDE = ("decide_response", "Decide the response and redress")


def another_complaint(folder: Path, *, step: tuple[str, str] = INVESTIGATE, name: str = "", version: str = "2") -> Path:
    """Copy the complaint's folder; a step has the id `look_into` there, and perhaps another name."""
    copy = Path(shutil.copytree(SHIPPED / "complaint", folder / f"complaint-{version}"))
    id_, old_name = step
    for path in copy.rglob("*"):
        if path.suffix in {".yaml", ".bpmn"}:
            text = re.sub(rf"\b{id_}\b", "look_into", path.read_text(encoding="utf-8")).replace("P7D", "P5D")
            text = text.replace(f'name="{old_name}"', f'name="{name or old_name}"')
            path.write_text(text, encoding="utf-8")
    (copy / f"guides/{id_}.yaml").rename(copy / "guides/look_into.yaml")
    drawing = copy / "diagram.yaml"
    renamed = drawing.read_text(encoding="utf-8").replace(f"{old_name}:", f"{name or old_name}:")
    drawing.write_text(renamed, encoding="utf-8")
    definition = copy / "procedure.yaml"
    text = re.sub(r'version: "\d+"', f'version: "{version}"', definition.read_text(encoding="utf-8"))
    definition.write_text(text, encoding="utf-8")
    return copy


def deploy(folder: Path) -> Release:
    return actions.deploy_folder(path=folder, principal=None, now=clock.now())
