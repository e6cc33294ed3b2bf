"""HTML of explanations and trainings for notebooks. All texts are escaped."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, List, Optional

if TYPE_CHECKING:
    from ._training import Trained
    from ._verdict import Evidence, Explanation

# Marks of the classes: not by colour alone. Others are marked like the third.
MARKS = {
    "abusive": "background:#f8d0cb;color:#000;border-bottom:2px solid #b3261e",
    "critical": "background:#fde7b0;color:#000;border-bottom:2px dashed #8a6100",
}
OTHER = "background:#d5e8d4;color:#000;border-bottom:2px dotted #3b6e3a"


def explanation(of: "Explanation") -> str:
    """The comment with its evidence marked, and the verdict above it."""
    verdict = of.verdict
    shares = ", ".join(f"{escape(name)} {share:.1%}" for name, share in verdict.probabilities.items())
    said = f"<b>{escape(verdict.label or 'no comment')}</b>"
    if verdict.decision:
        why = f": {verdict.rule}" if verdict.rule else ""
        said += f" &rarr; {escape(verdict.decision)} ({escape((verdict.reason or '') + why)})"
    return (
        f'<div><div dir="ltr"><small>{said} &middot; {shares}</small></div>'
        f'<div dir="auto" style="white-space:pre-wrap;unicode-bidi:plaintext;line-height:1.8">{marked(of)}</div></div>'
    )


def marked(of: "Explanation") -> str:
    """The comment with each piece marked by the strongest evidence for it."""
    strongest: List[Optional["Evidence"]] = [None] * len(of.text)
    for piece in reversed(of.evidence):  # the greatest weights come last, and stay
        strongest[piece.start : piece.end] = [piece] * (piece.end - piece.start)
    parts = []
    start = 0
    for end in range(1, len(of.text) + 1):
        if end < len(of.text) and strongest[end] is strongest[start]:
            continue
        evidence, text = strongest[start], escape(of.text[start:end])
        if evidence is None:
            parts.append(text)
        else:
            title = escape(f"{evidence.label} {evidence.weight:+.2f}")
            parts.append(f'<mark style="{MARKS.get(evidence.label, OTHER)}" title="{title}">{text}</mark>')
        start = end
    return "".join(parts)


def trained(of: "Trained") -> str:
    """The figures of a training as a table."""
    rows = [
        f"<tr><th>{escape(name)}</th><td>{c.precision:.3f}</td><td>{c.recall:.3f}</td><td>{c.f1:.3f}</td>"
        f"<td>{c.support:,}</td></tr>"
        for name, c in of.figures.classes.items()
    ]
    head = "<tr><th>class</th><th>precision</th><th>recall</th><th>F1</th><th>comments</th></tr>"
    lines = escape(str(of)).splitlines()
    decided = "".join(f"<div>{line}</div>" for line in lines if line.startswith(("publish", "reject", "no threshold")))
    return (
        f'<div dir="ltr"><div>macro-F1 {of.figures.macro_f1:.3f} on {of.figures.held_out:,} held-out comments</div>'
        f"<table>{head}{''.join(rows)}</table>{decided}</div>"
    )
