"""Numbers of any magnitude as people read them: ``12.34``, ``1,234,567``, ``0.00001234``."""

from __future__ import annotations

import math

_DIGITS = 4  # that are worth reading of a measured figure
_PLAIN = (1e-7, 1e15)  # from and up to which a number is written without a power of ten
_EXACT = 15  # digits that a float64 keeps of what somebody wrote down


def show_number(value: float, sign: str = "") -> str:
    """Return a measured number in four digits at least, with all digits before the point.

    :param value: the number.
    :param sign: ``+`` shows the sign of numbers above 0, too.
    """
    if value == 0 or not math.isfinite(value):
        return f"{value:{sign}g}"
    size = abs(value)
    if not _PLAIN[0] <= size < _PLAIN[1]:
        return f"{value:{sign}.{_DIGITS - 1}e}"
    decimals = max(0, _DIGITS - 1 - math.floor(math.log10(size)))
    return f"{value:{sign},.{decimals}f}"


def show_exactly(value: float) -> str:
    """Return a number that somebody wrote down, such as a limit, without rounding it.

    :param value: the number.
    """
    if value == 0 or not math.isfinite(value):
        return f"{value:g}"
    if not _PLAIN[0] <= abs(value) < _PLAIN[1]:
        return f"{value:.{_EXACT}g}"
    decimals = max(0, _EXACT - 1 - math.floor(math.log10(abs(value))))
    text = f"{value:,.{decimals}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def show_share(value: float, sign: str = "") -> str:
    """Return a measured share in percent with two decimals: ``2.13 %``.

    :param value: the share, 0.02 for two percent.
    :param sign: as for :func:`show_number`.
    """
    return f"{100 * value:{sign},.2f} %" if math.isfinite(value) else f"{value:{sign}g}"


def show_share_exactly(value: float) -> str:
    """Return a share that somebody wrote down in percent: ``2 %``.

    :param value: the share.
    """
    return f"{100 * value:.12g} %"
