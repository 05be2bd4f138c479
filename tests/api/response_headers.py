"""What every answer must carry, whoever asked and whatever came of it (SECURITY R13)."""

from typing import Any

#: Answers that a phone may keep and ask about again; all others are never stored.
KEPT = {
    "GET api/v1/crisis-resources": "public, no-cache",
    "GET api/v1/consents/texts": "public, no-cache",
    "GET api/v1/skills": "private, no-cache",
    "GET api/v1/instruments": "private, no-cache",
    "GET api/v1/instruments/<slug:instrument>": "private, no-cache",
}
ALWAYS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
}
TELLING = ("Server", "X-Powered-By", "Access-Control-Allow-Origin")
#: What a program of any origin opens, by a secret of its own and no cookie of ours: SMART Health
#: Links have it so.
TO_ANY_ORIGIN = {"POST api/v1/shl/<slug:link>", "GET api/v1/shl/files/<slug:ticket>"}
#: What a page may load: nothing that is not named, from here alone, and no script within it.
OF_PAGES = (
    "default-src 'none'", "script-src 'self'", "style-src 'self'", "frame-ancestors 'none'",
    "base-uri 'none'", "form-action 'self'",
)  # fmt: skip


def faults_of(door: str, response: Any) -> list[str]:
    """List what is missing or wrong in the head of an answer at a door."""
    headers = response.headers
    faults = [
        f"{name}: {headers.get(name)}" for name, v in ALWAYS.items() if headers.get(name) != v
    ]
    told = TELLING[:-1] if door in TO_ANY_ORIGIN else TELLING
    faults += [f"{name} is told" for name in told if name in headers]
    faults += [] if headers.get("X-Request-Id") else ["no X-Request-Id"]
    kept = KEPT.get(door, "no-store") if response.status_code in (200, 304) else "no-store"
    # Django's own pages say more against caches than we do.
    if kept not in headers.get("Cache-Control", ""):
        faults.append(f"Cache-Control: {headers.get('Cache-Control')}")
    if not door.split(" ", 1)[1].startswith("api/v1/"):
        csp = headers.get("Content-Security-Policy", "")
        faults += [f"CSP lacks {rule}" for rule in OF_PAGES if rule not in csp]
        faults += [f"CSP has {word}" for word in ("unsafe-", "*", "http:") if word in csp]
    for cookie in response.cookies.values():
        if cookie["max-age"] == 0:
            continue  # It is taken back.
        if not (cookie["httponly"] or cookie.key == "csrftoken") or cookie["samesite"] != "Lax":
            faults.append(f"cookie {cookie.key}")
    return faults
