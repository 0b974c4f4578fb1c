"""Numbers as people write them: thousands, decimal commas, words."""

import numpy as np
import pandas as pd
import pytest

from advisor.predict.rows import _numbers

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
    found = _numbers(pd.Series(written, dtype=object))
    np.testing.assert_array_equal(found, meant)
