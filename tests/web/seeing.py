"""What axe finds wrong with a page, by day and by night."""

from typing import Literal

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

Scheme = Literal["light", "dark"]
SCHEMES: tuple[Scheme, ...] = ("light", "dark")
#: What axe's own search for style sheets does is no fault of a page.
_OPTIONS = {"resultTypes": ["violations"], "preload": False}
_AXE = Axe()
#: A colour on its way from one scheme to the other is in neither.
_SETTLED = """async () => {
  for (let n = 0; n < 2; n++) await new Promise(requestAnimationFrame);
  const moving = document.getAnimations().filter(one => one instanceof CSSTransition);
  await Promise.allSettled(moving.map(one => one.finished));
}"""


def faults_of(page: Page) -> list[str]:
    """List what axe finds in each colour scheme, such as ``dark: color-contrast``.

    The page, as it stands, is shown in both; it stays in the dark one.
    """
    found = []
    for scheme in SCHEMES:
        page.emulate_media(color_scheme=scheme)
        page.evaluate(_SETTLED)
        violations = _AXE.run(page, options=_OPTIONS).response["violations"]
        found += [f"{scheme}: {fault['id']}" for fault in violations]
    return found
