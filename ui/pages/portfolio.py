"""The portfolio page; its parts are in `ui/portfolio`."""

from ui.portfolio.page import PortfolioPage

PAGE = PortfolioPage
