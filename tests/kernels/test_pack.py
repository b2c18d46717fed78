"""The plan of packs: what is written alike shares a vector, and the plan can always be carried out."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from troponin.expr.functions import exp, log, power
from troponin.expr.graph import postorder
from troponin.expr.nodes import Apply
from troponin.expr.operations import Operation
from troponin.kernels.pack import consecutive, plan_packs
from troponin.kernels.program import Slot, slot_symbol

from .test_expressions import expressions

y = [slot_symbol("y", i) for i in range(40)]
v = y[39]


def packs_of(plan, operation):
    return [sum(node is not None for node in pack.lanes) for pack in plan.packs if pack.operation is operation]


def test_exponentials_of_one_variable_fill_whole_vectors():
    rows = [1.0 / (1.0 + exp(v * (0.1 + 0.01 * i) + 0.3 * i)) for i in range(20)]
    plan = plan_packs(rows, 8)
    for operation in (Operation.EXP, Operation.DIV):
        assert packs_of(plan, operation) == [8, 8, 4]
    # 1 + exp and a v + b follow in the same lanes
    assert sorted(packs_of(plan, Operation.ADD)) == [4, 4, 8, 8, 8, 8]


def test_gates_written_alike_are_stored_as_vectors():
    rows = [(exp(v * 0.1 + float(i)) - y[i]) * exp(v * 0.2 - float(i)) for i in range(8)]
    plan = plan_packs(rows, 8)
    pack, lane = plan.places[rows[0]]
    assert lane == 0
    assert pack.lanes == tuple(rows)


def test_one_costly_operation_stays_a_scalar():
    plan = plan_packs([log(y[0]), exp(y[1])], 8)
    assert plan.packs == []


def test_powers_share_a_vector_only_with_their_own_exponent():
    rows = [power(y[i], n) for n in (1.4, 2.3) for i in range(3)]
    plan = plan_packs(rows, 8)
    exponents = [{node.args[1].value for node in pack.lanes if node is not None} for pack in plan.packs]
    assert sorted(map(tuple, exponents)) == [(1.4,), (2.3,)]


def test_three_lanes_make_a_vector_of_four():
    plan = plan_packs([exp(y[i]) for i in range(3)], 8)
    assert [len(pack.lanes) for pack in plan.packs] == [4]


def test_two_large_trees_of_one_form_are_packed_and_two_small_ones_are_not():
    def tree(a, b):
        for i in range(12):
            a = a * b + (0.1 + i)
        return a

    large = plan_packs([tree(y[0], y[3]) * v + y[7], tree(y[5], y[2]) - y[9]], 8)
    assert packs_of(large, Operation.MUL)
    small = plan_packs([(y[0] * y[3] + 1.0) * v + y[7], (y[5] * y[2] + 2.0) - y[9]], 8)
    assert small.packs == []


@given(st.lists(expressions(), min_size=1, max_size=40), st.sampled_from([2, 4, 8]))
@settings(max_examples=60)
def test_packs_come_in_an_order_in_which_each_needs_only_those_before_it(roots, width):
    plan = plan_packs(roots, width)
    position = {pack: i for i, pack in enumerate(plan.packs)}
    for pack in plan.packs:
        lanes = [node for node in pack.lanes if node is not None]
        assert {node.operation for node in lanes} == {pack.operation}
        below = [node for node in postorder(arg for lane in lanes for arg in lane.args) if node in plan.places]
        assert all(position[plan.places[node][0]] < position[pack] for node in below)


def test_consecutive_rows_are_recognised():
    assert consecutive(y[3:7]) == Slot("y", 3)
    assert consecutive([y[3], y[5]]) is None
    assert consecutive([y[3], Apply(Operation.NEG, y[4])]) is None
    assert consecutive([y[0], slot_symbol("k", 1)]) is None


SCRIPT = """
import hashlib
from tests.kernels.models import many_gates
from troponin.kernels.part import Layout, Request, build_core
from troponin.kernels.target import host
from troponin.model.structure import flatten
code, _ = build_core(flatten(many_gates()), request=Request({lanes}, (), host()), before=Layout(0, 0))
print(hashlib.sha256(code).hexdigest())
"""


@pytest.mark.parametrize("lanes", [1, 8])
def test_every_process_makes_the_same_code(lanes):
    found = set()
    for seed in ("1", "2"):
        environment = os.environ | {"PYTHONHASHSEED": seed}
        command = [sys.executable, "-c", SCRIPT.format(lanes=lanes)]
        root = Path(__file__).parents[2]
        done = subprocess.run(command, env=environment, cwd=root, check=True, capture_output=True, text=True)
        found.add(done.stdout)
    assert len(found) == 1
