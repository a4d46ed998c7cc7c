"""Codes as users type them."""

from collections.abc import Callable

FULL_WIDTH = str.maketrans("0123456789", "０１２３４５６７８９")  # noqa: RUF001
ARABIC = str.maketrans("0123456789", "٠١٢٣٤٥٦٧٨٩")

#: Spellings of six digits.
TYPED: list[Callable[[str], str]] = [
    lambda code: f"{code[:3]} {code[3:]}",
    lambda code: f"{code[:3]}-{code[3:]}",
    lambda code: f"{code[:3]}\u2013{code[3:]}",  # an en dash
    lambda code: f"{code[:3]}\u00a0{code[3:]}",  # a space that does not break
    lambda code: f"\u200b{code}\ufeff",
    lambda code: f"\t{' '.join(code)}\r\n",
    lambda code: code.translate(FULL_WIDTH),
    lambda code: code.translate(ARABIC),
    lambda code: code.replace("0", "O").replace("1", "l"),
]
