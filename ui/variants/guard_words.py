"""What the accuracy guard found for one variant, in words: before and after, test, groups."""

from __future__ import annotations

from PySide6.QtWidgets import QGridLayout, QVBoxLayout, QWidget

from advisor.candidates.guard import GuardResult
from advisor.figures import number_text, percent
from ui.i18n import figure, interval, tr
from ui.parts import caption, column, eyebrow, soft, text
from ui.theme import theme
from ui.variants.words import signed


def guard_words(guard: GuardResult) -> QVBoxLayout:
    """A column of lines."""
    words = column(space="hair")
    words.addWidget(eyebrow(tr("Accuracy guard, in pairs with its parent")))
    words.addWidget(
        text(
            tr(
                "{before} before, {after} after ({metric}, points)"
                if guard.loss.unit == "point"
                else "{before} before, {after} after ({metric})",
                before=number_text(guard.parent_points, 2),
                after=number_text(guard.variant_points, 2),
                metric=tr(guard.metric),
            )
        )
    )
    spread = interval(guard.loss)
    lost = tr("Lost: {loss}", loss=figure(guard.loss))
    words.addWidget(soft(f"{lost} ({spread})" if spread else lost))
    if guard.p_value is not None:
        words.addWidget(
            caption(
                tr(
                    "{share} of answers differ; McNemar test p = {p}",
                    share=percent(guard.changed_answers, 1),
                    p=f"{guard.p_value:.2g}",
                )
            )
        )
    if guard.group_points:
        words.addWidget(_groups(guard))
    if guard.gap_growth is not None:
        shown, spread = signed(figure(guard.gap_growth)), interval(guard.gap_growth) or "–"
        words.addWidget(
            soft(tr("Gap between groups: {growth} ({range})", growth=shown, range=spread))
        )
    words.addStretch(1)
    return words


def _groups(guard: GuardResult) -> QWidget:
    made = QWidget()
    lines = QGridLayout()
    lines.setContentsMargins(0, theme.px(4), 0, 0)
    for x, head in enumerate((tr("Group"), tr("Before"), tr("After"))):
        lines.addWidget(eyebrow(head), 0, x)
    for y, (name, after) in enumerate(guard.group_points.items(), start=1):
        before = guard.parent_group_points.get(name)
        lines.addWidget(text(name), y, 0)
        shown = number_text(before, 1) if before is not None else "–"
        lines.addWidget(text(shown), y, 1)
        lines.addWidget(text(number_text(after, 1)), y, 2)
    made.setLayout(lines)
    return made
