"""Columns of comments in the forms that people have them in."""

from __future__ import annotations

from typing import Any, Iterable, Optional


def column(values: Any, name: str = "comments") -> Iterable[Any]:
    """What to iterate over: a list of Python objects where that is faster than the object itself.

    Refuses what would be iterated over by mistake: the letters of a string, the names of the columns of a table.
    """
    if isinstance(values, (list, tuple)):
        return values
    if isinstance(values, (str, bytes)):
        raise TypeError(f"{name}: one {type(values).__name__}, expected several: write [{name[:-1]}]")
    if isinstance(values, dict) or is_lazy(values) or hasattr(values, "columns"):
        raise TypeError(f"{name}: a {type(values).__name__}, expected one column of it, such as table[\"text\"]")
    if not hasattr(values, "__iter__"):
        raise TypeError(f"{name}: {type(values).__name__}, expected a list, an array, a Series or another iterable of str")
    dimensions = getattr(values, "ndim", 1)
    if dimensions != 1:
        raise ValueError(f"{name}: an array of {dimensions} dimensions, expected 1: one column, such as array[:, 0]")
    for method in ("to_list", "tolist", "to_pylist"):
        listed = getattr(values, method, None)
        if callable(listed):
            result: Iterable[Any] = listed()
            return result
    result = values
    return result


def is_lazy(values: Any) -> bool:
    """True for a table that is not computed yet; asking for its columns may be costly."""
    return hasattr(values, "collect_schema") and not hasattr(values, "to_series")


def keep(missing: str) -> bool:
    """True if comments that are missing are kept."""
    if missing not in ("raise", "keep"):
        raise ValueError(f"missing: {missing!r}, expected 'raise' or 'keep'")
    return missing == "keep"


def thread_count(threads: Optional[int]) -> int:
    """Number of threads, 0 for all cores."""
    if threads is None:
        return 0
    if isinstance(threads, bool) or not isinstance(threads, int):
        raise TypeError(f"threads: {type(threads).__name__}, expected an int, or None for all cores")
    if not 1 <= threads <= 512:
        raise ValueError(f"threads: {threads}, expected 1 to 512, or None for all cores")
    return threads
