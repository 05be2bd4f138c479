"""The client's page, its service worker, its manifest and its files. None shows personal data."""

import json
from dataclasses import dataclass

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.gzip import gzip_page
from django.views.decorators.http import require_safe

from web.access import public_page
from web.app.shell import SERVICE_WORKER, Shell, ShellFile, load_shell

SCOPE = "/app/"
#: A version's files never change; a page of an earlier version gets the current ones, unkept.
_FOR_A_YEAR = "public, max-age=31536000, immutable"


@dataclass(frozen=True, slots=True)
class Look:
    """A name and an icon for the home screen; none says what the client is for."""

    name: str
    icon: str
    colour: str


LOOKS = {
    "between": Look("Between", "between", "#0b5654"),
    "notes": Look("Notes", "notes", "#3d4f6b"),
    "days": Look("Days", "days", "#6b4f3d"),
}
DEFAULT_LOOK = "between"


@public_page
@gzip_page
@require_safe
def client_page(request: HttpRequest) -> HttpResponse:
    """Return the page that starts the client; it is the same for everybody."""
    shell = load_shell()
    context = {"root": _root(shell), "modules": shell.first_modules()}
    return render(request, "app/page.html", context)


@public_page
@gzip_page
@require_safe
def service_worker(request: HttpRequest) -> HttpResponse:
    """Return the worker's code under the version and the names of what it keeps."""
    shell = load_shell()
    root = _root(shell)
    kept = {"version": shell.version, "files": [f"{root}{name}" for name in shell.kept()]}
    head = f"const SHELL = {json.dumps(kept)};\n".encode()
    return HttpResponse(
        head + shell.files[SERVICE_WORKER].content, content_type="text/javascript; charset=utf-8"
    )


@public_page
@require_safe
def manifest(request: HttpRequest) -> HttpResponse:
    """Return what a home screen is told, under the look that was chosen (``?look=``)."""
    look = LOOKS.get(request.GET.get("look", DEFAULT_LOOK))
    if look is None:
        raise Http404
    root = _root(load_shell())
    body = {
        "id": SCOPE, "name": look.name, "short_name": look.name, "start_url": SCOPE,
        "scope": SCOPE, "display": "standalone", "background_color": "#fbfaf7",
        "theme_color": look.colour,
        "icons": [
            {"src": f"{root}icons/{look.icon}.svg", "sizes": "any", "type": "image/svg+xml"},
            {"src": f"{root}icons/{look.icon}.png", "sizes": "192x192", "type": "image/png"},
            {"src": f"{root}icons/{look.icon}-512.png", "sizes": "512x512", "type": "image/png"},
        ],
    }  # fmt: skip
    return JsonResponse(body, content_type="application/manifest+json")


@public_page
@require_safe
def shell_file(request: HttpRequest, version: str, name: str) -> HttpResponse:
    """Return one file of the client, for a year if the address names the current version."""
    shell = load_shell()
    file = shell.files.get(name)
    if file is None:
        raise Http404
    response = _encoded(request, file)
    response["Cache-Control"] = _FOR_A_YEAR if version == shell.version else "no-store"
    return response


def _encoded(request: HttpRequest, file: ShellFile) -> HttpResponse:
    is_smaller = len(file.compressed) < len(file.content)
    takes_gzip = is_smaller and "gzip" in request.headers.get("Accept-Encoding", "")
    response = HttpResponse(
        file.compressed if takes_gzip else file.content, content_type=file.content_type
    )
    response["Vary"] = "Accept-Encoding"
    if takes_gzip:
        response["Content-Encoding"] = "gzip"
    return response


def _root(shell: Shell) -> str:
    """Return the folder of this version's files."""
    return reverse("app:client") + f"shell/{shell.version}/"
