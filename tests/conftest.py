"""Settings of all tests."""

from __future__ import annotations

from hypothesis import settings

# A busy machine makes an example slow without making it wrong; the time of the suite is watched as a whole.
settings.register_profile("troponin", deadline=None)
settings.load_profile("troponin")
