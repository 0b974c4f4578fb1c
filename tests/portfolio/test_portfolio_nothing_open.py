"""An inventory of which nothing is known has no options, and that is no error."""

from advisor.portfolio import Model, footprint, portfolio_options
from advisor.portfolio.inventory import inventory_frame


def test_bare_models_have_no_options():
    inventory = inventory_frame([Model(id="a", name="A"), Model(id="b", name="B")])
    assert portfolio_options(inventory, footprint(inventory)).empty
