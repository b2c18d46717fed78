"""The bar on long work."""

from __future__ import annotations

import sys

import pytest

from troponin.cli.progress import progress_bar


def test_without_standard_error_there_is_no_bar(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stderr", None)
    with progress_bar("a run") as tell:
        assert tell is None
