"""Published CellML files: derivatives at every probe, as two other tools computed them."""

from __future__ import annotations

from collections.abc import Mapping

from tests.formats.conformance import SHARED, Reference, need, read_reference, worst_ratio
from troponin.formats.registry import load
from troponin.model.derivatives import derivatives


def test_every_published_file_has_the_derivatives_that_other_tools_found() -> None:
    folder = SHARED / "corpus" / "cellml"
    paths = need("cellml")
    failures = []
    for path in paths:
        reference = read_reference(path)
        model = load(folder / reference["source_file"])
        if reference["override"]:
            model = model.with_values({"stim_mode.stim_flag": 0.0})
        names = [f"{s['component']}.{s['variable']}" for s in reference["states_cellml"]]
        assert sorted(names) == sorted(s.name for s in model.states), path.name

        def rates(state: Mapping[str, float], probe: Reference, model=model) -> Mapping[str, float]:  # type: ignore[no-untyped-def]
            return derivatives(model, state, probe["t"])

        ratio, place = worst_ratio(reference, rates, names)
        if not ratio <= 1.0:
            failures.append(f"{ratio:.3g} of what is allowed at {place}")
    print(f"{len(paths)} CellML files, {len(failures)} outside the acceptance rule")
    assert not failures, "\n".join(failures)


def test_every_file_of_the_corpus_can_be_read() -> None:
    need("cellml")
    files = sorted((SHARED / "corpus" / "cellml").glob("*.cellml"))
    assert files, "the corpus is there and empty"
    for file in files:
        assert load(file).states, file.name
