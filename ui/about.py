"""About: version, licence, and where every shipped figure comes from (the profiles' headers)."""

from __future__ import annotations

import pandas as pd
from PySide6.QtWidgets import QDialog, QWidget

from advisor import __version__
from advisor.profiles import ProfileError, read_profile, shipped_profiles_folder
from ui.i18n import tr
from ui.parts import button, column, heading, row, soft, title
from ui.tables import Column, FrameTable
from ui.theme import theme


class AboutDialog(QDialog):
    """Version, licence and attributions."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setWindowTitle(tr("About Carbon Advisor"))
        self.resize(theme.px(860), theme.px(560))
        table = FrameTable(
            [
                Column("profile", tr("Profile"), width=220),
                Column("source", tr("Source"), stretch=True),
                Column("licence", tr("Licence"), width=160),
                Column("checked", tr("Checked"), width=110),
            ],
            key="profile",
        )
        table.show_frame(attributions())
        self.setLayout(
            column(
                title(tr("Carbon Advisor {version}", version=__version__)),
                soft(
                    tr(
                        "Measures, reduces, controls and proves the energy and carbon of AI "
                        "models. Apache License 2.0. Fonts: Noto Sans JP, SIL Open Font Licence "
                        "1.1. Window: Qt for Python, LGPL 3."
                    )
                ),
                heading(tr("Figures shipped with the program")),
                table,
                row(1, button(tr("Close"), self.accept, kind="primary")),
                margin="page",
            )
        )


def attributions() -> pd.DataFrame:
    """One row a shipped profile: file, source, licence, date checked."""
    root = shipped_profiles_folder()
    rows: list[dict[str, str]] = []
    for path in sorted([*root.rglob("*.csv"), *root.rglob("*.toml")]):
        try:
            header = read_profile(path).header
        except ProfileError:
            continue
        rows.append(
            {
                "profile": str(path.relative_to(root)),
                "source": header.source,
                "licence": header.licence,
                "checked": header.checked,
            }
        )
    return pd.DataFrame(rows, columns=["profile", "source", "licence", "checked"])
