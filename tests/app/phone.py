"""One phone: what a thumb does on it, and what it says."""

import re
import time
from dataclasses import dataclass, field
from typing import Any

from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, expect

from tests.cast import PASSWORD, Cast

#: A cheap Android phone: 360 px wide, slow enough to matter, touched by a thumb.
VIEWPORT = {"width": 360, "height": 740}


@dataclass
class Phone:
    """A browser of its own with the client open in it."""

    context: BrowserContext
    page: Page
    complaints: list[str] = field(default_factory=list)

    def hear(self, message: ConsoleMessage) -> None:
        """Note what the browser complains of; requests that a test cuts off are no fault."""
        if message.type in {"error", "warning"} and "ERR_INTERNET" not in message.text:
            self.complaints.append(f"{message.text} {message.location['url']}")

    def open(self, address: str = "/app/") -> "Phone":
        """Open the client, as its icon does."""
        self.page.goto(address)
        expect(self.page.locator("h1")).to_be_visible()
        return self

    def sign_in(self, username: str, password: str = PASSWORD) -> "Phone":
        """Sign in by the form."""
        self.open()
        self.press("Sign in")
        self.page.get_by_label("Name").fill(username)
        self.page.get_by_label("Password").fill(password)
        self.press("Sign in")
        expect(self.heading).to_contain_text(re.compile("Maya|Noah"))
        return self

    @property
    def heading(self) -> Any:
        """Return the heading of the screen in front."""
        return self.page.get_by_role("heading", level=1)

    @property
    def state(self) -> Any:
        """Return what the phone says of what was saved."""
        return self.page.get_by_role("status").first

    def press(self, name: str | re.Pattern[str], *, exact: bool = True) -> None:
        """Press a button by its accessible name."""
        self.page.get_by_role("button", name=name, exact=exact).first.click()

    def slide(self, name: str, value: int) -> None:
        """Tap a scale where a value stands."""
        scale = self.page.get_by_role("slider", name=name)
        scale.scroll_into_view_if_needed()
        box = scale.bounding_box()
        assert box is not None
        low, high = (int(scale.get_attribute(end) or 0) for end in ("min", "max"))
        # The thumb is 48 px wide, and its middle reaches from 24 px to 24 px before the end.
        x = 24 + (box["width"] - 48) * (value - low) / (high - low)
        scale.click(position={"x": x, "y": box["height"] / 2})

    def log_craving(self, value: int) -> None:
        """Log a craving: two taps from Today."""
        self.press(re.compile("I have a craving"), exact=False)
        self.slide("How strong is it?", value)
        expect(self.state).to_contain_text(f"{value} / 10")

    def save(self) -> None:
        """Press Save, and wait until the phone says that it is."""
        self.press("Save")
        expect(self.state).to_contain_text(re.compile(r"Saved on this phone|Sent\."))

    def wait_until_ready(self) -> None:
        """Wait until everything is there that a phone needs without a connection."""
        self.page.evaluate("navigator.serviceWorker.ready.then(() => true)")
        self.until("caches.keys().then((names) => names.length === 1)")
        self.until(
            "performance.getEntriesByType('resource')"
            ".some((one) => one.name.endsWith('/api/v1/instruments'))"
        )

    def until(self, expression: str, *, seconds: float = 15) -> None:
        """Ask the page again and again until it says that something is so."""
        ends = time.monotonic() + seconds
        while not self.page.evaluate(expression):
            assert time.monotonic() < ends, expression
            self.page.wait_for_timeout(50)

    def wake(self) -> None:
        """Look at the phone again, as after it lay in a pocket."""
        self.page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")

    def wait_until_sent(self) -> None:
        """Wait until nothing waits on this phone."""
        self.until(f"({WAITING}).then((count) => count === 0)")

    def offline(self, *, is_cut: bool = True) -> None:
        """Cut the connection, or bring it back."""
        self.context.set_offline(is_cut)


#: How many boxes stand in the outbox of whoever is signed in, read by a page from its storage.
WAITING = """(async () => {
  for (const {name} of await indexedDB.databases()) {
    if (!name.startsWith('between-')) continue;
    const database = await new Promise((done) => {
      const asked = indexedDB.open(name); asked.onsuccess = () => done(asked.result);
    });
    const count = await new Promise((done) => {
      const asked = database.transaction('outbox').objectStore('outbox').count();
      asked.onsuccess = () => done(asked.result);
    });
    database.close();
    if (count) return count;
  }
  return 0;
})()"""


@dataclass
class Clinic:
    """A running server, its people, and phones for them."""

    url: str
    cast: Cast
    chromium: Browser

    def phone(self, **profile: Any) -> Phone:
        """Take a phone out of its box."""
        context = self.chromium.new_context(
            **{
                "viewport": VIEWPORT, "has_touch": True, "is_mobile": True, "base_url": self.url,
                "device_scale_factor": 2, "locale": "en-US", "timezone_id": "America/Chicago",
                **profile,
            }
        )  # fmt: skip
        phone = Phone(context, context.new_page())
        phone.page.on("console", phone.hear)
        phone.page.on("pageerror", lambda error: phone.complaints.append(str(error)))
        return phone
