"""The card on the compare page where levers without a file are entered."""

from __future__ import annotations

from PySide6.QtWidgets import QComboBox, QFrame, QStackedWidget

from advisor.candidates import Candidate, UnusableDataError
from advisor.candidates.levers import LeverError, lever_named
from advisor.carbon import CarbonError
from advisor.project.cascades import learn_cascade
from advisor.project.entering import named_option
from advisor.project.operational import Settings
from ui.i18n import language, said, tr
from ui.operational.forms import CascadeForm, EnteredForm, all_forms
from ui.operational.kept import KeptOptions
from ui.pages.page import Page
from ui.parts import button, caption, column, heading, row, soft
from ui.parts.fields import labelled
from ui.ranking import Ranking
from ui.theme import theme


class OperationalCard(QFrame):
    """Forms, and what was entered. It writes through the session, so that it can be undone."""

    def __init__(self, page: Page) -> None:
        super().__init__()
        self._page, self._session = page, page.session
        self.setProperty("role", "card")
        self.forms = all_forms()
        self.lever, self._stack = QComboBox(), QStackedWidget()
        self.lever.setFixedWidth(theme.px(360))
        self._stack.setProperty("role", "clear")
        for form in self.forms:
            self.lever.addItem(tr(form.title))
            self._stack.addWidget(form)
        self._changes, self._risks = soft(""), caption("")
        self.enter = button(tr("Add to the ranking"), self._enter, kind="primary")
        self.kept = KeptOptions()
        self.setLayout(
            column(
                heading(tr("Without another file")),
                soft(
                    tr(
                        "What changes how, when or where measured models are used. It is worked "
                        "out from their measurements and your figures, stands in the ranking as "
                        "estimated, and is kept in the project."
                    )
                ),
                row(labelled(tr("What is changed"), self.lever), 1),
                self._changes,
                self._stack,
                self._risks,
                row(self.enter, 1),
                self.kept,
                margin="large",
            )
        )
        self.lever.currentIndexChanged.connect(self.choose)
        self.kept.chosen.connect(self._session.select)
        self.kept.removed.connect(self._remove)
        self.choose(page.memory.get("operational", 0))

    @property
    def form(self) -> CascadeForm | EnteredForm:
        """The form that shows."""
        return self.forms[self._stack.currentIndex()]

    def choose(self, number: int) -> None:
        """Bring a form to the front."""
        self._page.memory["operational"] = number
        self.lever.setCurrentIndex(number)
        self._stack.setCurrentIndex(number)
        for form in self.forms:  # the card is as high as the form that shows
            form.setVisible(form is self.form)
        self._stack.setFixedHeight(self.form.sizeHint().height())
        lever = lever_named(self.form.lever)
        self._changes.setText(said(lever.changes))
        self._risks.setText(tr("Risks: {risks}", risks=" ".join(said(r) for r in lever.risks)))

    def show_ranking(self, ranking: Ranking) -> None:
        """Offer the measured candidates, and show what was entered."""
        for form in self.forms:
            form.show_choices(ranking.choices, ranking.baseline)
        self.kept.show_ranking(ranking)

    # -- inside ------------------------------------------------------------------------------

    def _enter(self) -> None:
        form = self.form
        if isinstance(form, CascadeForm):
            self._learn(form)
            return
        try:
            self._put(form.settings())
        except (LeverError, CarbonError, UnusableDataError) as error:
            self._page.complain(said(error.said))

    def _learn(self, form: CascadeForm) -> None:
        project = self._session.project
        pair = [project.candidates.get(box.currentData()) for box in (form.small, form.model)]
        small, large = (c for c in pair if isinstance(c, Candidate))
        self.enter.setEnabled(False)
        task = self._page.work(
            learn_cascade, project, small, large, form.most_loss.value(),
            done=self._put, doing=tr("Learning the threshold …"),
        )  # fmt: skip
        task.ended.connect(lambda: self.enter.setEnabled(True))

    def _put(self, settings: Settings) -> None:
        option = named_option(self._session.project, settings, language=language.code)
        self._session.put("operational", option, tr("Enter {name}", name=option.name))
        self._session.select(option.key)

    def _remove(self, key: str) -> None:
        option = self._session.project.shelf("operational").get(key)
        if option is not None:
            self._session.remove("operational", key, tr("Take out {name}", name=option.name))
