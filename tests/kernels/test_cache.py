"""The cache on disk: found again, rebuilt when damaged, done without when it cannot be written, bounded."""

import os
import stat
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from dataclasses import replace
from multiprocessing import get_context

import pytest

from troponin.kernels import cache as cache_module
from troponin.kernels import shelf
from troponin.kernels.cache import Cache, clear, default_cache, entries, find, keep
from troponin.kernels.fingerprint import deciding_parameters, fingerprint
from troponin.kernels.kernel import compile_model
from troponin.kernels.target import host

from .machine import Cell
from .models import branching, hodgkin_huxley, many_gates


@pytest.fixture(autouse=True)
def _empty_memory(monkeypatch):
    monkeypatch.setattr(shelf, "_loaded", {})


def rates(kernel):
    y = [s.initial for s in hodgkin_huxley().states]
    return Cell(kernel, y).rates().tolist()


def test_a_second_process_would_find_the_code(tmp_path, monkeypatch):
    cache = Cache(tmp_path)
    first = rates(compile_model(hodgkin_huxley(), cache=cache))
    monkeypatch.setattr(shelf, "_loaded", {})
    monkeypatch.setattr("troponin.kernels.shelf.flatten", lambda model: pytest.fail("built anew"))
    assert rates(compile_model(hodgkin_huxley(), cache=cache)) == first
    assert [entry.label for entry in entries(cache)] == ["squid W=1 core"]


def test_other_monitors_leave_the_core_alone(tmp_path):
    cache = Cache(tmp_path)
    compile_model(hodgkin_huxley(), monitors=["v"], cache=cache)
    compile_model(hodgkin_huxley(), monitors=["I"], cache=cache)
    assert len(entries(cache)) == 3


@pytest.mark.parametrize("damage", [b"", b"junk", b"\0" * 5000])
def test_a_damaged_file_is_written_anew_in_silence(tmp_path, monkeypatch, damage, recwarn):
    cache = Cache(tmp_path)
    first = rates(compile_model(hodgkin_huxley(), cache=cache))
    (file,) = tmp_path.glob("*.kernel")
    good = file.read_bytes()
    file.write_bytes(damage or good[: len(good) // 2])
    monkeypatch.setattr(shelf, "_loaded", {})
    assert rates(compile_model(hodgkin_huxley(), cache=cache)) == first
    assert file.read_bytes() == good
    assert not recwarn.list


def test_one_wrong_byte_is_noticed(tmp_path):
    cache = Cache(tmp_path)
    keep(cache, "key", b"code" * 100, {"label": "x"})
    (file,) = tmp_path.glob("*.kernel")
    content = bytearray(file.read_bytes())
    content[-1] ^= 1
    file.write_bytes(content)
    assert find(cache, "key") is None


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="the superuser may write anywhere")
def test_a_folder_that_may_not_be_written_to_is_done_without(tmp_path):
    tmp_path.chmod(stat.S_IRUSR | stat.S_IXUSR)
    assert rates(compile_model(hodgkin_huxley(), cache=Cache(tmp_path)))


def test_a_folder_that_cannot_exist_is_done_without(tmp_path):
    (tmp_path / "file").write_text("in the way")
    cache = Cache(tmp_path / "file" / "folder")
    assert rates(compile_model(hodgkin_huxley(), cache=cache))
    assert entries(cache) == []


def test_no_folder_means_no_files(tmp_path, monkeypatch):
    monkeypatch.setenv("TROPONIN_CACHE", "off")
    assert default_cache().folder is None
    assert rates(compile_model(hodgkin_huxley(), cache=default_cache()))
    monkeypatch.setenv("TROPONIN_CACHE", str(tmp_path))
    assert default_cache().folder == tmp_path


def test_the_least_recently_used_files_go_first(tmp_path):
    cache = Cache(tmp_path, limit=3000)
    for day, key in enumerate("abc"):
        keep(cache, key, bytes(900), {"label": key})
        os.utime(tmp_path / f"{key}.kernel", (1e9 + day, 1e9 + day))
    assert find(cache, "a") is not None  # used now, so no longer the oldest
    keep(cache, "d", bytes(900), {"label": "d"})
    assert {entry.key for entry in entries(cache)} == {"a", "c", "d"}


def test_clearing_removes_every_file(tmp_path):
    cache = Cache(tmp_path)
    keep(cache, "a", b"1", {})
    keep(cache, "b", b"2", {})
    (tmp_path / "left-over.part").write_bytes(b"half of a file")
    assert clear(cache) == 3
    assert list(tmp_path.iterdir()) == []


def test_a_damaged_file_is_listed_as_such(tmp_path):
    cache = Cache(tmp_path)
    keep(cache, "good", b"1", {"label": "a cell"})
    (tmp_path / "bad.kernel").write_bytes(b"no")
    assert {(entry.key, entry.label) for entry in entries(cache)} == {("good", "a cell"), ("bad", "damaged")}


def test_threads_can_compile_at_the_same_time(tmp_path):
    models = [hodgkin_huxley(), branching(), many_gates(5), many_gates(6)]

    def work(model):
        return Cell(compile_model(model, cache=Cache(tmp_path)), [s.initial for s in model.states]).rates().tolist()

    alone = [work(model) for model in models]
    shelf._loaded.clear()
    clear(Cache(tmp_path))
    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(work, models)) == alone


def _compile_in(folder):
    return rates(compile_model(hodgkin_huxley(), cache=Cache(folder)))


def test_processes_can_fill_one_folder_at_the_same_time(tmp_path):
    with ProcessPoolExecutor(3, mp_context=get_context("spawn")) as pool:
        results = list(pool.map(_compile_in, [tmp_path] * 3))
    assert results[0] == results[1] == results[2]
    assert [path.suffix for path in tmp_path.iterdir()] == [".kernel"]


def test_the_fingerprint_knows_equations_and_not_values():
    cell = hodgkin_huxley()
    key = fingerprint(cell, 1, (), host())
    assert fingerprint(cell.with_values({"gNa": 1.0, "v": -80.0}), 1, (), host()) == key
    assert fingerprint(cell, 2, (), host()) != key
    assert fingerprint(cell, 1, ("gNa",), host()) != key
    assert fingerprint(cell, 1, (), replace(host(), cpu="other")) != key
    fewer = replace(cell, states=(replace(cell.states[0], rate=-cell.states[0].rate), *cell.states[1:]))
    assert fingerprint(fewer, 1, (), host()) != key


def test_the_fingerprint_knows_values_that_decide():
    cell = branching()
    assert deciding_parameters(cell) == ("kind", "n")
    assert deciding_parameters(cell, ("kind",)) == ("n",)
    key = fingerprint(cell, 1, (), host())
    assert fingerprint(cell.with_values({"kind": 2.0}), 1, (), host()) != key
    assert fingerprint(cell.with_values({"k": 2.0}), 1, (), host()) == key
    assert cache_module.SUFFIX == ".kernel"


def test_a_list_goes_past_what_cannot_be_read(tmp_path):
    store = Cache(tmp_path)
    assert keep(store, "one", b"code", {"label": "a model"})
    (tmp_path / "folder.kernel").mkdir()
    assert [entry.label for entry in entries(store)] == ["a model"]
