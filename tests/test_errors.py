"""Errors: a sentence from their fields, names suggested, whole after a journey between processes."""

from __future__ import annotations

import pickle
from typing import Any

import pytest

from troponin import errors
from troponin.errors import ModelError, TroponinError, UnitError, UnknownNameError, nearest, require_kind

KINDS = [thing for name in errors.__all__ if isinstance(thing := getattr(errors, name), type)]
NAMES = ["IKr.GKr", "IKs.GKs", "membrane.v", "ICaL.PCa", "calcium.cai", "INa.GNa"]


def test_an_error_says_what_where_got_expected_and_what_to_do() -> None:
    error = UnitError("units do not fit", where="IKr.IKr", got="mV", expected="mM", remedy="Convert it.")
    assert str(error) == "IKr.IKr: units do not fit; got mV; expected mM. Convert it."


def test_what_is_not_known_is_left_out() -> None:
    assert str(TroponinError("no such thing")) == "no such thing"
    assert str(TroponinError("no such thing", got=0)) == "no such thing; got 0"


def test_every_complaint_of_a_model_has_its_line() -> None:
    error = ModelError("the model is not whole", where="small", complaints=iter(["no v", "two m"]), remedy="Mend it.")
    assert error.complaints == ("no v", "two m")
    assert str(error).splitlines() == ["small: the model is not whole. Mend it.", "  - no v", "  - two m"]


def test_one_exception_catches_them_all() -> None:
    assert all(issubclass(kind, TroponinError) for kind in KINDS)


def test_the_tree_in_the_docstring_is_the_tree_of_classes() -> None:
    drawn = [line.split()[1] for line in (errors.__doc__ or "").splitlines() if line.startswith(("├", "└"))]
    assert sorted(drawn) == sorted(kind.__name__ for kind in KINDS if kind is not TroponinError)


@pytest.mark.parametrize(
    "error",
    [
        UnitError("units do not fit", where="a.b", got="mV", expected="mM", remedy="Convert it."),
        UnknownNameError("parameter", "IKr.gkr", NAMES, where="model small"),
        ModelError("not whole", complaints=["one", "two"], where="small", remedy="Mend it."),
        errors.SolverError("the step became too small", where="cell 3", remedy="Loosen rtol."),
    ],
    ids=lambda error: type(error).__name__,
)
def test_an_error_comes_home_whole_from_another_process(error: Any) -> None:
    copy = pickle.loads(pickle.dumps(error))
    assert type(copy) is type(error)
    assert str(copy) == str(error)
    assert copy.__dict__ == error.__dict__


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("IKr.gkr", "IKr.GKr"),
        ("GKr", "IKr.GKr"),
        ("membrane.V", "membrane.v"),
        ("cai", "calcium.cai"),
        ("PCA", "ICaL.PCa"),
    ],
)
def test_the_nearest_name_comes_first(typed: str, meant: str) -> None:
    assert nearest(typed, NAMES)[0] == meant


def test_nothing_is_suggested_for_what_is_like_nothing() -> None:
    assert nearest("zzzzzzzz", NAMES) == ()
    assert str(UnknownNameError("parameter", "zzzzzzzz", NAMES)) == "unknown parameter 'zzzzzzzz'"


def test_an_unknown_name_carries_its_suggestions() -> None:
    error = UnknownNameError("parameter", "IKr.gkr", NAMES, where="model small")
    assert error.suggestions[0] == "IKr.GKr"
    assert str(error).startswith("model small: unknown parameter 'IKr.gkr'. Did you mean IKr.GKr")


def test_at_most_three_names_are_suggested() -> None:
    assert len(nearest("gate", [f"gate{i}" for i in range(20)])) == 3


def test_a_name_that_is_no_text_is_an_unknown_name() -> None:
    assert str(UnknownNameError("variable", 3, NAMES)) == "unknown variable '3'"  # type: ignore[arg-type]


def test_the_wrong_kind_is_told_with_what_is_meant_and_is_a_type_error_too() -> None:
    with pytest.raises(TypeError, match="model: this is of the wrong kind; got 'axon'; expected a Model"):
        require_kind("axon", int, "model", "a Model")
    with pytest.raises(TroponinError, match="an object of type list"):
        require_kind(list(range(100)), int, "model", "a Model")
