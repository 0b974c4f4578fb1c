"""Carbon Advisor: everything that is true without a screen."""

from importlib.metadata import PackageNotFoundError, version

try:
    __version__ = version("carbon-advisor")
except PackageNotFoundError:  # a source tree that was never installed
    __version__ = "0+source"
