"""Call the client's modules from a test, in the browser that has to run them."""

import json
from typing import Any

from playwright.sync_api import Page

from web.app.shell import load_shell


def call(page: Page, module: str, expression: str, **values: Any) -> Any:
    """Evaluate an expression over one module, ``m``; what is passed in stands by its name."""
    address = f"/app/shell/{load_shell().version}/{module}.js"
    names = "".join(f"const {name} = {json.dumps(value)};" for name, value in values.items())
    return page.evaluate(
        f"async () => {{ const m = await import('{address}'); {names} return {expression}; }}"
    )
