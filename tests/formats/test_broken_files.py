"""Broken files: whatever is done to a file, it is read or refused with file and line, and quickly.

A longer run of the same mutations: TROPONIN_FUZZ=100000 pytest tests/formats/test_broken_files.py
"""

from __future__ import annotations

import os
import random
import re
import time
from pathlib import Path

import pytest

from troponin.errors import FormatError
from troponin.formats.registry import read, write
from troponin.library.catalogue import load_library

MODEL = load_library("hodgkin-huxley-1952", "squid")
EASYML = """V; .nodal(); .external(Vm);
Iion; .nodal(); .external();
V_init = -80; .units(mV);
if (V > -40) { a_m = 0.1*exp(V/10); } else { a_m = 1; }
b_m = (V < -60 ? 1 : pow(2, -V/20));
group { g = 0.1; E = -80; } .param();
Iion = g*m*(V - E); /* the only current */
"""
GOTRAN = """parameters("INa", g = ScalarParam(4.0, unit="mS*uF**-1", description="conductance"), E = 50)
states(V = -80.0, m = 0.1)
expressions("INa")
i = Conditional(And(Gt(V, -40), Lt(time, 10)), g*m**3*(V - E), 0) # A/F
dm_dt = (1 - m)/(2 + exp(-V/10))
dV_dt = -i
"""
BASES = {
    "model.cellml": write(MODEL, "cellml"),
    "old.cellml": write(MODEL, "cellml-1.1"),
    "model.mmt": write(MODEL, "mmt"),
    "model.ode": GOTRAN,
    "model.model": EASYML,
}
COUNT = int(os.environ.get("TROPONIN_FUZZ", "150"))
LONGEST = 20.0  # seconds for one small file on a busy machine; a hang is much longer

NUMBERS = [b"1e400", b"9" * 500, b"-1", b"0", b"nan", b"1e-5e", b"1_0", b"inf"]
SIGNS = [
    b"(",
    b")",
    b"[",
    b"]",
    b"<",
    b">",
    b'"',
    b"=",
    b"\\",
    b"#",
    b"{",
    b"}",
    b";",
    b"^",
    b"-",
    b"\x00",
    b"\xff",
    b"\n",
]


def spot(pattern: bytes, data: bytes, dice: random.Random) -> slice:
    """Where the pattern is found, at one of its places; the beginning where it is nowhere."""
    places = [slice(*found.span()) for found in re.finditer(pattern, data)]
    return dice.choice(places) if places else slice(0, 0)


def mutated(data: bytes, dice: random.Random) -> bytes:
    """The bytes with a few things done to them."""
    for _ in range(dice.choice([1, 1, 1, 2, 5])):
        low = dice.randrange(len(data) + 1)
        high = min(len(data), low + dice.choice([1, 2, 5, 20, 200]))
        before, cut, after = data[:low], data[low:high], data[high:]
        one, other = spot(rb"[A-Za-z_]+", data, dice), spot(rb"[A-Za-z_]+", data, dice)
        number = spot(rb"\d+(\.\d+)?", data, dice)
        data = dice.choice(
            [
                before + after,
                before + cut + cut + after,
                before,
                before + dice.choice(SIGNS) + cut + after,
                before + bytes(dice.randrange(256) for _ in range(3)) + cut + after,
                before + cut.swapcase() + after,
                data[: one.start] + data[other] + data[one.stop :],
                data[: number.start] + dice.choice(NUMBERS) + data[number.stop :],
            ]
        )
    return data


def refusal(path: Path) -> FormatError | None:
    """Why a file is refused; any other exception is a failure."""
    try:
        read(path)
    except FormatError as fault:
        return fault
    return None


@pytest.mark.parametrize("name", BASES)
def test_a_mutated_file_is_read_or_refused_with_its_place(name: str, tmp_path: Path) -> None:
    dice = random.Random(20261124)
    base = BASES[name].encode()
    path = tmp_path / name
    refused = 0
    for number in range(COUNT):
        data = mutated(base, dice)
        path.write_bytes(data)
        began = time.perf_counter()
        fault = refusal(path)
        if fault is not None:
            refused += 1
            assert re.fullmatch(rf"{re.escape(str(path))}:\d+", fault.where or ""), (number, str(fault))
        assert time.perf_counter() - began < LONGEST, number
    assert refused > COUNT // 4  # the mutations do break things
    print(f"{name}: {COUNT} mutated files, {refused} refused, none crashed")


@pytest.mark.parametrize("extension", [".cellml", ".mmt", ".ode", ".model", ".txt", ""])
def test_what_is_no_model_is_refused(extension: str, tmp_path: Path) -> None:
    path = tmp_path / f"file{extension}"
    for data in (
        b"",
        b"\x00" * 100,
        b"\xff\xfe" * 50,
        b"hello",
        b"(" * 10_000,
        b"<a>" * 5_000,
        b"x = " + b"-" * 100_000,
    ):
        path.write_bytes(data)
        with pytest.raises(FormatError) as caught:
            read(path)
        assert (caught.value.where or "").startswith(f"{path}:")


@pytest.mark.parametrize("name", BASES)
def test_a_number_of_ten_megabytes_is_refused(name: str, tmp_path: Path) -> None:
    before = {".cellml": 'initial_value="', ".mmt": "\nmembrane.v = -", ".ode": "E = ", ".model": "V_init = -"}
    path = tmp_path / name
    base, start = BASES[name], before[path.suffix]
    assert start in base
    path.write_text(base.replace(start, start + "1" * 10_000_000, 1))
    began = time.perf_counter()
    with pytest.raises(FormatError):
        read(path)
    assert time.perf_counter() - began < LONGEST


def test_a_file_that_is_not_there_is_said_to_be_so(tmp_path: Path) -> None:
    with pytest.raises(FormatError, match="cannot be read"):
        read(tmp_path / "absent.cellml")
    with pytest.raises(FormatError, match="cannot be read"):
        read(tmp_path)


def test_deep_nesting_is_refused_and_long_sums_are_not(tmp_path: Path) -> None:
    path = tmp_path / "deep.ode"
    path.write_text(f"states(x=1)\ndx_dt = {'(' * 3000}x{')' * 3000}\n")
    with pytest.raises(FormatError, match="deeper"):
        read(path)
    path.write_text(f"states(x=1)\ndx_dt = {' + '.join(['x'] * 5000)}\n")
    assert len(read(path).model.states) == 1
