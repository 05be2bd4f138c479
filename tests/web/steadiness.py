"""How much of a page jumps while it loads (Cumulative Layout Shift), as the browser counts it."""

from playwright.sync_api import Page

_SHIFTS = """() => new Promise(done => {
  let sum = 0;
  new PerformanceObserver(list => { for (const e of list.getEntries()) sum += e.value; })
    .observe({type: 'layout-shift', buffered: true});
  setTimeout(() => done(sum), 150);
})"""


def shift_of(page: Page) -> float:
    """Add up the layout shifts since the page began to load; 0 is none."""
    return float(page.evaluate(_SHIFTS))
