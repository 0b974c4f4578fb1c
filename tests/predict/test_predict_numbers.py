"""Numbers as people write them: thousands, decimal commas, words."""

import numpy as np
import pandas as pd
import pytest

from advisor.predict.cells import numbers

NOT = np.nan


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        (["1,234", "12,345,678", "5"], [1234.0, 12345678.0, 5.0]),
        (["3,14", "1234,5", "2"], [3.14, 1234.5, 2.0]),
        (["1.234,5", "0,25"], [1234.5, 0.25]),
        (["1,234.5", "7"], [1234.5, 7.0]),
        (["3,14", "1,234.5"], [NOT, NOT]),
        (["12 mJ", "n/a", "", None, "1e-3", " 8 "], [NOT, NOT, NOT, NOT, 1e-3, 8.0]),
    ],
)
def test_text_is_read_as_its_writer_meant_it_or_not_at_all(written, meant):
    found, own_units = numbers(pd.Series(written, dtype=object))
    np.testing.assert_array_equal(found, meant)
    assert own_units == 0


def test_a_unit_in_a_cell_is_converted_into_that_of_the_column_or_makes_a_gap():
    written = pd.Series(["12 mJ", "3 J/inference", "0.5", "7 s", "2,5 mJ"], dtype=object)
    found, own_units = numbers(written, "J")
    np.testing.assert_allclose(found, [0.012, 3.0, 0.5, NOT, 0.0025])
    assert own_units == 3
