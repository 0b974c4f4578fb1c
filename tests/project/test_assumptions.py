"""What nobody entered is a stated assumption; what was entered is declared."""

import pytest

from advisor.carbon import CarbonError
from advisor.project import Project
from advisor.project.assumptions import Assumptions, assume, assumptions
from advisor.quantities import Provenance


def test_assumptions_live_in_the_project(tmp_path):
    with Project.create(tmp_path / "x.advisor") as project:
        assert assumptions(project) == Assumptions()
        assume(project, Assumptions(calls_per_year=5e6, region="Japan", pue=1.4))
        assert assumptions(project).region == "Japan"
        with pytest.raises(CarbonError, match="Atlantis"):
            assume(project, Assumptions(region="Atlantis"))
        assert assumptions(project).region == "Japan"


def test_what_nobody_entered_says_so():
    said = Assumptions()
    assert said.assumed == ("calls_per_year", "region", "pue")
    for figure in (said.calls, said.pue_factor):
        assert figure.provenance is Provenance.ESTIMATED
        assert "assumed" in figure.source
    assert "assumed" in said.grid.source


def test_what_was_entered_is_declared():
    said = Assumptions(calls_per_year=2e6, region="FRA", pue=1.2)
    assert said.assumed == ()
    assert said.calls.provenance is said.pue_factor.provenance is Provenance.DECLARED
    assert said.grid.to("gCO2e/kWh").value < 100
