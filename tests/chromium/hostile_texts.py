"""Texts that would break a page that does not escape them."""

import pytest

HOSTILE = {
    "elements": "<script>alert(1)</script><img src=x onerror=alert(2)></td>",
    "quotes": '" onmouseover="alert(1)" \' {{ 7|add:7 }}{% now %}&lt;&amp;',
    "directions": "\u202egnp.\u200fevil 👩\u200d👩\u200d👧 🦄",
    "long": "W" * 128,
}

each = pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
