"""What a browser finds wrong with a page: faults that axe names, and layout shift."""

from typing import Literal

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

Scheme = Literal["light", "dark"]
SCHEMES: tuple[Scheme, ...] = ("light", "dark")
_AXE = Axe()
#: A colour on its way from one scheme to the other is in neither.
_SETTLED = """async () => {
  for (let n = 0; n < 2; n++) await new Promise(requestAnimationFrame);
  const moving = document.getAnimations().filter(one => one instanceof CSSTransition);
  await Promise.allSettled(moving.map(one => one.finished));
}"""


def show_in(page: Page, scheme: Scheme) -> None:
    """Show the page, as it stands, in another colour scheme, and wait until it does."""
    page.emulate_media(color_scheme=scheme)
    page.evaluate(_SETTLED)


def faults_of(page: Page, *, preload: bool = True) -> list[str]:
    """List what axe finds in each colour scheme, such as ``dark: color-contrast``.

    The page stays in the dark one. Without ``preload`` axe fetches no style sheets of its own.
    """
    found = []
    options = {"resultTypes": ["violations"], "preload": preload}
    for scheme in SCHEMES:
        show_in(page, scheme)
        violations = _AXE.run(page, options=options).response["violations"]
        found += [f"{scheme}: {fault['id']}" for fault in violations]
    return found


_SHIFTS = """() => new Promise(done => {
  let sum = 0;
  new PerformanceObserver(list => { for (const e of list.getEntries()) sum += e.value; })
    .observe({type: 'layout-shift', buffered: true});
  setTimeout(() => done(sum), 150);
})"""


def shift_of(page: Page) -> float:
    """Add up the layout shifts since the page began to load; 0 is none."""
    return float(page.evaluate(_SHIFTS))
