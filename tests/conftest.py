"""What all tests share: no test asserts how long something takes, Hypothesis included."""

from hypothesis import settings

settings.register_profile("no timing", deadline=None)
settings.load_profile("no timing")
