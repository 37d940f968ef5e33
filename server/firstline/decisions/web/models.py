"""Decision models: the list, one version as it is drawn and in words, and their deployment."""

from uuid import UUID

from django.contrib import messages
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_GET, require_http_methods

from firstline import clock
from firstline.decisions import access, actions, diagram, queries
from firstline.decisions.outline import Outline
from firstline.decisions.problems import DecisionProblems, ModelProblem
from firstline.decisions.web import findings, tables
from firstline.decisions.web.policy import with_drawing
from firstline.ui.language import page_language
from firstline.ui.paging import page_of, read_key

PAGE_SIZE = 50
MAX_QUESTION = 200
MAX_FILES = 20
MAX_FILE_BYTES = 1024 * 1024
# The whole model as a diagram, beside the names of its nodes.
OVERVIEW = "overview"
KINDS = {
    "decision": gettext_lazy("decision"),
    "input": gettext_lazy("input"),
    "knowledge": gettext_lazy("function"),
    "service": gettext_lazy("decision service"),
    "source": gettext_lazy("source of knowledge"),
}


@require_GET
def listing(request: HttpRequest) -> HttpResponse:
    """List the models by their latest version, and find one."""
    principal = access.access_decisions(request)
    text = request.GET.get("q", "").replace("\x00", "")[:MAX_QUESTION]
    found = queries.latest_versions(text=text, before=read_key(request.GET.get("after", "")), limit=PAGE_SIZE + 1)
    context = {
        "page": page_of(found, size=PAGE_SIZE, key=lambda row: (row.deployed_at, row.id)),
        "q": text,
        "may_deploy": access.may_deploy(principal),
    }
    return render(request, "decisions/list.html", context)


@require_GET
@with_drawing
def model(request: HttpRequest, version_id: UUID) -> HttpResponse:
    """Show a version: its diagram, or one decision of it, with how often its rules matched."""
    principal = access.access_decisions(request)
    version = access.access_version(principal, version_id)
    outline = queries.load_version(version.id).outline
    versions = queries.versions_of(version.key, language=page_language())
    node = outline.nodes.get(_view(outline, request.GET.get("view", "")))
    hits = queries.hits(principal=principal, version_id=version.id)
    context = {
        "version": version,
        "row": next((row for row in versions if row.id == version.id), None),
        "versions": versions,
        "latest": versions[0] if versions else None,
        "outline": outline,
        "node": node,
        "box": tables.box_view(node, outline, hits=hits) if node else None,
        "requires": [outline.nodes[one] for one in node.requires if one in outline.nodes] if node else (),
        "parts": [] if node else _parts(outline),
        "view": node.id if node else OVERVIEW,
        "findings": findings.views(queries.findings_of(version.id), outline, node_id=node.id if node else ""),
        "has_tables": bool(outline.tables()),
        "may_deploy": access.may_deploy(principal),
    }
    return render(request, "decisions/model.html", context)


def _view(outline: Outline, wanted: str) -> str:
    """Choose what is shown: what was asked for; else the only thing there is to see; else the whole."""
    shown = outline.with_logic
    if any(node.id == wanted for node in shown):
        return wanted
    return shown[0].id if len(shown) == 1 and wanted != OVERVIEW else ""


def _parts(outline: Outline) -> list[dict[str, object]]:
    """List what is in a model, each with what it needs."""
    return [
        {
            "node": node,
            "kind": KINDS[node.kind],
            "needs": [outline.nodes[one].name for one in node.requires if one in outline.nodes],
        }
        for node in outline.nodes.values()
    ]


@require_GET
def xml(request: HttpRequest, version_id: UUID) -> HttpResponse:
    """Give the file as it was deployed."""
    version = access.access_version(access.access_decisions(request), version_id)
    return _file(version.xml, name=f"decision-{version.number}.dmn")


@require_GET
def drawing(request: HttpRequest, version_id: UUID) -> HttpResponse:
    """Give the file as the drawing takes it."""
    version = access.access_version(access.access_decisions(request), version_id)
    return _file(diagram.drawing(version.xml))


def _file(text: str, *, name: str = "") -> HttpResponse:
    answer = HttpResponse(text, content_type="application/xml; charset=utf-8")
    # A version never changes.
    answer["Cache-Control"] = "private, max-age=86400, immutable"
    if name:
        answer["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer


# --- deploying ---


@require_http_methods(["GET", "POST"])
def deploy(request: HttpRequest) -> HttpResponse:
    """Take in DMN files: a new version of each that has changed, or every mistake in them."""
    principal = access.access_decisions(request)
    access.require_may_deploy(principal)
    if request.method == "GET":
        return _form(request, ())
    try:
        files = _read(request.FILES.getlist("files"))
        deployed = actions.deploy_files(files=files, principal=principal, now=clock.now())
    except DecisionProblems as error:
        return _form(request, error.problems, status=422)
    for one in deployed:
        _tell(request, one)
    target = (
        reverse("decisions:model", args=[deployed[0].version_id]) if len(deployed) == 1 else reverse("decisions:list")
    )
    return HttpResponseRedirect(target)


def _form(request: HttpRequest, problems: object, *, status: int = 200) -> HttpResponse:
    context = {"problems": problems, "max_files": MAX_FILES, "max_mb": MAX_FILE_BYTES // 2**20}
    return render(request, "decisions/deploy.html", context, status=status)


def _tell(request: HttpRequest, one: actions.Deployed) -> None:
    named = {"name": one.name, "number": one.number}
    if one.is_new:
        messages.success(request, _("“%(name)s” is deployed as version %(number)s.") % named, extra_tags="good")
    else:
        messages.info(
            request, _("“%(name)s” is the same as version %(number)s; nothing was changed.") % named, extra_tags="plain"
        )


def _read(uploaded: "list[UploadedFile[bytes]]") -> dict[str, str]:
    """Read what was sent, within bounds.

    Raises: DecisionProblems.
    """
    problems = [] if uploaded else [ModelProblem(file="", element_id="", message=_("Choose at least one DMN file."))]
    if len(uploaded) > MAX_FILES:
        message = ngettext("At most %(n)s file can be deployed at once.", "At most %(n)s files can be deployed at once.", MAX_FILES)  # fmt: skip
        problems.append(ModelProblem(file="", element_id="", message=message % {"n": MAX_FILES}))
    files: dict[str, str] = {}
    for one in uploaded[:MAX_FILES]:
        name = _name(one)
        try:
            files[_free(name, files)] = _text(one)
        except ValueError as error:
            problems.append(ModelProblem(file=name, element_id="", message=str(error)))
    if problems:
        raise DecisionProblems(problems)
    return files


def _name(one: "UploadedFile[bytes]") -> str:
    return "".join(sign for sign in (one.name or "model.dmn") if sign.isprintable())[:120]


def _free(name: str, taken: dict[str, str]) -> str:
    number, found = 1, name
    while found in taken:
        number += 1
        found = f"{name} ({number})"
    return found


def _text(one: "UploadedFile[bytes]") -> str:
    """Read a file as text.

    Raises: ValueError with a sentence.
    """
    data: bytes = one.read(MAX_FILE_BYTES + 1)
    if len(data) > MAX_FILE_BYTES:
        raise ValueError(_("The file is larger than %(n)s MB.") % {"n": MAX_FILE_BYTES // 2**20})
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise ValueError(_("The file is not UTF-8 text; save it as UTF-8.")) from None
    if "\x00" in text:
        raise ValueError(_("The file holds the character NUL; it is no text."))
    return text.replace("\r\n", "\n")
