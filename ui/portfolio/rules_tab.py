"""The bank's rules as readable TOML: tried on the portfolio before they bind."""

from __future__ import annotations

from datetime import date

import pandas as pd
from PySide6.QtGui import QFontDatabase
from PySide6.QtWidgets import QPlainTextEdit, QWidget

from advisor.portfolio import Decision, proposals, read_rules, try_rule
from advisor.portfolio.policy import EXAMPLE, Trial
from advisor.project.inventory import TERMS
from ui.i18n import tr
from ui.pages.page import Page
from ui.parts import button, caption, card, column, heading, row, soft
from ui.portfolio.picture import PortfolioPicture
from ui.tables import Column, FrameTable
from ui.theme import theme


def tried(picture: PortfolioPicture, text: str) -> list[Trial]:
    """Every rule of the text on the portfolio of today, in a job. Raises `PortfolioError`."""
    return [try_rule(rule, picture.inventory, picture.footprint) for rule in read_rules(text)]


class RulesTab(QWidget):
    """Text on the left, what it would do on the right, the models it meets below."""

    def __init__(self, page: Page) -> None:
        super().__init__()
        self.setProperty("role", "page")
        self._page = page
        self.picture: PortfolioPicture | None = None
        self.trials: list[Trial] = []
        self._shown_terms: str | None = None
        self.text = QPlainTextEdit()
        self.text.setFont(_fixed_font())
        self.text.setAccessibleName(tr("Rules as TOML"))
        self.text.setFixedHeight(theme.px(230))
        self.text.setPlainText(page.memory.get("rules") or EXAMPLE)
        self.text.textChanged.connect(self._written)
        self.try_out = button(tr("Try the rules"), self.run, kind="primary", icon_name="play")
        self.bind = button(tr("Let them bind"), self._bind, icon_name="check")
        self.propose = button(tr("Propose what binds"), self._propose, icon_name="plus")
        self.rules = FrameTable(_rule_columns(), key="rule")
        self.rules.setMinimumHeight(theme.px(150))
        self.models = FrameTable(_model_columns(), key="id")
        self.models.setMinimumHeight(theme.px(260))
        self._said = soft("")
        self.setLayout(column(self._card(), self._met(), space="large"))
        self.rules.chosen.connect(self._show_models)
        self.models.chosen.connect(page.session.select)
        self._show([])

    def show_picture(self, picture: PortfolioPicture) -> None:
        """Show another picture; the rules that bind are the text where nobody wrote another."""
        self.picture = picture
        if picture.terms.rules != self._shown_terms:
            self._shown_terms = picture.terms.rules
            if picture.terms.rules:
                self.text.setPlainText(picture.terms.rules)
        self.run()

    def run(self) -> None:
        """Try the rules on the portfolio as it is today; nothing is decided by that."""
        if self.picture is not None:
            self._page.work(tried, self.picture, self.text.toPlainText(), done=self._show)

    # -- putting together --------------------------------------------------------------------

    def _card(self) -> QWidget:
        return card(
            row(
                heading(tr("Policy rules")), 1, self.propose, self.bind, self.try_out, space="small"
            ),
            caption(
                tr(
                    "All conditions of a rule must hold; what is unknown fulfils none. Trying "
                    "changes nothing; rules that bind can be proposed for review in one step."
                )
            ),
            self.text,
            self._said,
        )

    def _met(self) -> QWidget:
        return card(heading(tr("What the rules would do today")), self.rules, self.models)

    # -- what is shown -----------------------------------------------------------------------

    def _written(self) -> None:
        self._page.memory["rules"] = self.text.toPlainText()
        self._say()

    def _say(self) -> None:
        binding = self.picture.terms.rules if self.picture is not None else ""
        same = bool(binding) and binding == self.text.toPlainText()
        self.bind.setEnabled(bool(self.trials) and not same)
        self.propose.setEnabled(bool(self.trials) and same)
        if same:
            self._said.setText(tr("These rules bind."))
        elif binding:
            self._said.setText(tr("Other rules bind; these are only tried."))
        else:
            self._said.setText(tr("No rule binds yet; these are only tried."))

    def _show(self, trials: list[Trial]) -> None:
        self.trials = trials
        self.rules.show_frame(_rule_rows(trials))
        self._show_models(trials[0].rule.name if trials else "")
        self._say()

    def _show_models(self, name: str) -> None:
        trial = next((t for t in self.trials if t.rule.name == name), None)
        found = self.picture.footprint if self.picture is not None else pd.DataFrame()
        self.models.show_frame(_model_rows(trial, found))

    # -- decisions ---------------------------------------------------------------------------

    def _bind(self) -> None:
        if self.picture is None:
            return
        after = self.picture.terms.model_copy(update={"rules": self.text.toPlainText()})
        words = tr("Let the rules bind")
        self._page.session.set(words, **{TERMS: after.model_dump(mode="json")})

    def _propose(self) -> None:
        picture, session = self.picture, self._page.session
        if picture is None:
            return
        known = {d.id for d in session.project.shelf("decisions").all()}
        made: dict[str, Decision] = {}
        left: set[str] = set()
        for trial in self.trials:
            found, without = proposals(trial, picture.options, picture.inventory, date.today())
            left.update(without)
            made |= {d.id: d for d in found if d.id not in known}
        if made:
            session.put_many("decisions", [*made.values()], tr("Propose what the rules say"))
        self._page.session.say(
            tr(
                "{n} retirements were proposed; {left} models have no option of retirement.",
                n=len(made),
                left=len(left),
            )
        )


def _fixed_font():
    font = QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont)
    font.setPixelSize(theme.px(13))
    return font


def _rule_columns() -> list[Column]:
    return [
        Column("rule", tr("Rule"), stretch=True, strong=True),
        Column("then", tr("Then"), width=220),
        Column("models", tr("Models met"), kind="number", width=110),
        Column(
            "undecided",
            tr("Not decidable"),
            kind="number",
            width=120,
            hint=tr("A figure that the rule asks for is unknown"),
        ),
        Column("carbon_kg", tr("Their carbon a year"), "figure", "kgCO2e", width=170, bar=False),
    ]


def _rule_rows(trials: list[Trial]) -> pd.DataFrame:
    records = [
        {
            "rule": t.rule.name,
            "then": t.rule.then,
            "models": len(t.models),
            "undecided": len(t.undecided),
            "carbon_kg": t.carbon_kg,
        }
        for t in trials
    ]
    columns = [c.name for c in _rule_columns()]
    return pd.DataFrame(records) if records else pd.DataFrame(columns=columns)


def _model_columns() -> list[Column]:
    return [
        Column("id", tr("Model"), width=90),
        Column("name", tr("Name"), stretch=True, strong=True),
        Column("owner", tr("Owner"), width=130),
        Column("verdict", tr("Rule says"), width=150),
        Column("carbon_kg", tr("Carbon a year"), "figure", "kgCO2e", width=150, log=True),
    ]


def _model_rows(trial: Trial | None, footprint: pd.DataFrame) -> pd.DataFrame:
    if trial is None or footprint.empty:
        return pd.DataFrame(columns=[c.name for c in _model_columns()])
    met, open_ = set(trial.models), set(trial.undecided)
    rows = footprint[footprint["id"].isin(met | open_)]
    return pd.DataFrame(
        {
            "id": rows["id"],
            "name": rows["name"],
            "owner": rows["owner"],
            "verdict": [tr("met") if i in met else tr("not decidable") for i in rows["id"]],
            "carbon_kg": rows["carbon_kg_location"],
            "carbon_kg_low": rows["carbon_kg_location_low"],
            "carbon_kg_high": rows["carbon_kg_location_high"],
            "carbon_kg_provenance": rows["energy_per_call_j_provenance"].where(
                rows["carbon_kg_location"].notna(), None
            ),
        }
    ).sort_values("carbon_kg", ascending=False, na_position="last", ignore_index=True)
