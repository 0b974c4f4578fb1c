"""The variants page; its parts are in `ui/variants`."""

from ui.variants.page import VariantsPage

PAGE = VariantsPage
