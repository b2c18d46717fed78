"""Rosenbrock methods as numbers, each checking its own order conditions when it is made.

One step of a method with s stages, W = I - gamma h J, and stages U_i:

    W U_i = gamma h f(t + alpha_i h, y + sum_j A_ij U_j) + gamma sum_j C_ij U_j + gamma gamma_i h^2 df/dt
    y_1   = y + sum_j m_j U_j,      error = sum_j e_j U_j
    y(t + theta h) = (1 - theta) y + theta (y_1 + (1 - theta) sum_r theta^r sum_j H_rj U_j)

E. Hairer, G. Wanner, Solving Ordinary Differential Equations II, 1996, section IV.7.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cache, cached_property
from itertools import combinations_with_replacement
from typing import Final

import numpy as np
from numpy.typing import NDArray

from troponin.errors import SolverError, UnknownNameError

__all__ = ["MAX_STAGES", "TABLEAUS", "Tableau", "tableau_named"]

_ROUNDING: Final = 1e-9  # what the printed digits of the published coefficients leave of a condition

MAX_STAGES: Final = 8
"""Stages for which loops are generated."""

Tree = tuple["Tree", ...]
Matrix = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Tableau:
    """The coefficients of one method in the notation above, and the orders it claims.

    order, embedded, dense    order of y_1, of y_1 - error, and of the dense output inside a step
    Raises SolverError when a claimed order condition does not hold.
    """

    name: str
    order: int
    embedded: int
    dense: int
    gamma: float
    a: Matrix
    c: Matrix
    m: Matrix
    e: Matrix
    h: Matrix

    def __post_init__(self) -> None:
        b = self.m @ self.mixing
        complaints = self._broken("y_1", self.order, b, 1.0)
        complaints += self._broken("y_1 - error", self.embedded, (self.m - self.e) @ self.mixing, 1.0)
        for theta in (0.25, 0.6):
            complaints += self._broken(f"y({theta})", self.dense, self.weights(theta) @ self.mixing, theta)
        if self.stages > MAX_STAGES:
            complaints.append(f"{self.stages} stages, at most {MAX_STAGES} are provided for")
        if complaints:
            raise SolverError("; ".join(complaints), where=f"tableau {self.name}", remedy="Check the printed digits.")

    @property
    def stages(self) -> int:
        """Number of stages."""
        return self.m.size

    @cached_property
    def mixing(self) -> Matrix:
        """Gamma, the matrix gamma_ij of the untransformed method: the inverse of diag(1 / gamma) - C."""
        return _inverse(np.eye(self.stages) / self.gamma - self.c)

    @cached_property
    def alpha(self) -> Matrix:
        """Where in the step each stage evaluates f: the row sums of alpha_ij = A Gamma."""
        sums: Matrix = (self.a @ self.mixing).sum(axis=1)
        return sums

    @cached_property
    def gammas(self) -> Matrix:
        """The row sums gamma_i, factors of df/dt."""
        sums: Matrix = self.mixing.sum(axis=1)
        return sums

    @cached_property
    def increments(self) -> NDArray[np.int64]:
        """One for each stage whose point is the point before plus the stage before, else zero; then one for y_1.

        y_1 counts when it is the last stage's point plus the last stage and that stage is the error.
        """
        unit = np.eye(self.stages)
        rows = [i > 1 and np.array_equal(self.a[i], self.a[i - 1] + unit[i - 1]) for i in range(self.stages)]
        accurate = np.array_equal(self.m, self.a[-1] + unit[-1]) and np.array_equal(self.e, unit[-1])
        return np.array([*rows, accurate], dtype=np.int64)

    def weights(self, theta: float) -> Matrix:
        """Factors of the stages in y(t + theta h) - y."""
        powers = theta ** np.arange(self.h.shape[0])
        result: Matrix = theta * (self.m + (1 - theta) * (powers @ self.h))
        return result

    def _broken(self, what: str, order: int, b: Matrix, theta: float) -> list[str]:
        """The order conditions sum_i b_i Phi_i(tree) = theta^r / density(tree) that do not hold."""
        complaints = []
        alpha = self.a @ self.mixing
        beta = alpha + self.mixing
        for size in range(1, order + 1):
            for tree in trees(size):
                wanted = theta**size / density(tree)
                got = float(b @ _elementary(tree, alpha, beta))
                if not abs(got - wanted) < _ROUNDING:
                    complaints.append(f"{what}, tree {tree} of order {size}: got {got:.12g}, expected {wanted:.12g}")
        return complaints


@cache
def trees(size: int) -> tuple[Tree, ...]:
    """All rooted trees with so many vertices, a tree being the sorted tuple of its branches."""
    if size == 1:
        return ((),)
    found: set[Tree] = set()
    for branches in range(1, size):
        for sizes in combinations_with_replacement(range(1, size), branches):
            if sum(sizes) == size - 1:
                found |= {tuple(sorted(choice)) for choice in _choices(sizes)}
    return tuple(sorted(found))


def _choices(sizes: tuple[int, ...]) -> list[Tree]:
    if not sizes:
        return [()]
    return [(first, *rest) for first in trees(sizes[0]) for rest in _choices(sizes[1:])]


def vertices(tree: Tree) -> int:
    """Number of vertices of a tree."""
    return 1 + sum(vertices(branch) for branch in tree)


def density(tree: Tree) -> int:
    """The product over all vertices of the number of vertices above and at each."""
    return vertices(tree) * math.prod(density(branch) for branch in tree)


def _elementary(tree: Tree, alpha: Matrix, beta: Matrix) -> Matrix:
    """Phi_i(tree): a vertex with one branch sums with beta_ij, one with several with alpha_ij."""
    if len(tree) == 1:
        single: Matrix = beta @ _elementary(tree[0], alpha, beta)
        return single
    product = np.ones(alpha.shape[0])
    for branch in tree:
        product = product * (alpha @ _elementary(branch, alpha, beta))
    return product


def _inverse(matrix: Matrix) -> Matrix:
    return np.asarray(np.linalg.inv(matrix), dtype=np.float64)


def _lower(rows: list[list[float]], size: int) -> Matrix:
    matrix = np.zeros((size, size))
    for i, row in enumerate(rows, start=1):
        matrix[i, : len(row)] = row
    return matrix


def _stiffly_accurate(
    name: str, orders: tuple[int, int, int], gamma: float, a: list[list[float]], c: list[list[float]], h: Matrix
) -> Tableau:
    """A method whose last stage is its error: y_1 = y + (A's last row) U + U_s."""
    size = len(a) + 1
    matrix = _lower(a, size)
    last = np.eye(size)[-1]
    return Tableau(name, *orders, gamma, matrix, _lower(c, size), matrix[-1] + last, last, h)


def _ros34pw2() -> Tableau:
    """Order 3 in 4 stages, a W-method for index-1 problems.

    J. Rang, L. Angermann, New Rosenbrock W-methods of order 3 for partial differential algebraic
    equations of index 1, BIT 45 (2005) 761-787, doi 10.1007/s10543-005-0035-y.  The paper has no dense
    output; the one here is the only cubic one of order 3, and it also meets sum b_i w_ij alpha_j^2 =
    theta^2, the condition of order 2 for algebraic components.
    """
    gamma = 0.435866521508459004
    a = _lower(
        [
            [2.0],
            [1.41921731745576473749, -0.259232211672969725669],
            [4.18476048231916042397, -0.285192017355495874842, 2.29428036027904180827],
        ],
        4,
    )
    c = _lower(
        [
            [-4.58856072055808361654],
            [-4.18476048231916042397, 0.285192017355495874842],
            [-6.36817920012835703147, -6.79562094446683584437, 2.87009860433105590261],
        ],
        4,
    )
    m = np.append(a[-1, :3], 1.0)
    coarse = np.array([3.90701053467119185925, 1.11804787782050318867, 0.521650232611490682899, 0.5])
    mixing = _inverse(np.eye(4) / gamma - c)
    return Tableau("ROS34PW2", 3, 2, 3, gamma, a, c, m, m - coarse, _cubic(a @ mixing, mixing))


def _cubic(alpha: Matrix, mixing: Matrix) -> Matrix:
    """H of the dense output b(theta) that meets the four conditions of order 3 with four stages."""
    beta, ones = alpha + mixing, np.ones(4)
    conditions = np.array([ones, beta @ ones, (alpha @ ones) ** 2, beta @ beta @ ones])
    # b(theta) = conditions^-1 (theta, theta^2/2, theta^3/3, theta^3/6), then stages in place of rates
    wanted = np.array([[1, 0, 0], [0, 1 / 2, 0], [0, 0, 1 / 3], [0, 0, 1 / 6]])
    powers = np.linalg.solve(mixing.T, np.linalg.solve(conditions, wanted)).T
    result: Matrix = np.array([-(powers[1] + powers[2]), -powers[2]])
    return result


def _rodas4() -> Tableau:
    """Order 4 in 6 stages (Hairer and Wanner 1996, code RODAS)."""
    a = [
        [1.544],
        [0.9466785280815826, 0.2557011698983284],
        [3.314825187068521, 2.896124015972201, 0.9986419139977817],
        [1.221224509226641, 6.019134481288629, 12.53708332932087, -0.6878860361058950],
        [1.221224509226641, 6.019134481288629, 12.53708332932087, -0.6878860361058950, 1.0],
    ]
    c = [
        [-5.6688],
        [-2.430093356833875, -0.2063599157091915],
        [-0.1073529058151375, -9.594562251023355, -20.47028614809616],
        [7.496443313967647, -10.24680431464352, -33.99990352819905, 11.70890893206160],
        [8.083246795921522, -7.981132988064893, -31.52159432874371, 16.31930543123136, -6.058818238834054],
    ]
    h = [
        [10.12623508344586, -7.487995877610167, -34.80091861555747, -7.992771707568823, 1.025137723295662, 0.0],
        [-0.6762803392801253, 6.087714651680015, 16.43084320892478, 24.76722511418386, -6.594389125716872, 0.0],
    ]
    return _stiffly_accurate("Rodas4", (4, 3, 3), 0.25, a, c, np.array(h))


def _rodas5p() -> Tableau:
    """Order 5 in 8 stages.

    G. Steinebach, Construction of Rosenbrock-Wanner method Rodas5P and numerical benchmarks within the
    Julia Differential Equations package, BIT 63 (2023) 27, doi 10.1007/s10543-023-00967-x.
    """
    sixth = [
        -7.502846399306121,
        2.561846144803919,
        -11.627539656261098,
        -0.18268767659942256,
        0.030198172008377946,
    ]
    a = [
        [3.0],
        [2.849394379747939, 0.45842242204463923],
        [-6.954028509809101, 2.489845061869568, -10.358996098473584],
        [2.8029986275628964, 0.5072464736228206, -0.3988312541770524, -0.04721187230404641],
        sixth,
        [*sixth, 1.0],
        [*sixth, 1.0, 1.0],
    ]
    c = [
        [-14.155112264123755],
        [-17.97296035885952, -2.859693295451294],
        [147.12150275711716, -1.41221402718213, 71.68940251302358],
        [165.43517024871676, -0.4592823456491126, 42.90938336958603, -5.961986721573306],
        [24.854864614690072, -3.0009227002832186, 47.4931110020768, 5.5814197821558125, -0.6610691825249471],
        [
            30.91273214028599,
            -3.1208243349937974,
            77.79954646070892,
            34.28646028294783,
            -19.097331116725623,
            -28.087943162872662,
        ],
        [
            37.80277123390563,
            -3.2571969029072276,
            112.26918849496327,
            66.9347231244047,
            -40.06618937091002,
            -54.66780262877968,
            -9.48861652309627,
        ],
    ]
    h = [
        [
            25.948786856663858,
            -2.5579724845846235,
            10.433815404888879,
            -2.3679251022685204,
            0.524948541321073,
            1.1241088310450404,
            0.4272876194431874,
            -0.17202221070155493,
        ],
        [
            -9.91568850695171,
            -0.9689944594115154,
            3.0438037242978453,
            -24.495224566215796,
            20.176138334709044,
            15.98066361424651,
            -6.789040303419874,
            -6.710236069923372,
        ],
        [
            11.419903575922262,
            2.8879645146136994,
            72.92137995996029,
            80.12511834622643,
            -52.072871366152654,
            -59.78993625266729,
            -0.15582684282751913,
            4.883087185713722,
        ],
    ]
    return _stiffly_accurate("Rodas5P", (5, 4, 4), 0.21193756319429014, a, c, np.array(h))


TABLEAUS: Final = {"ROS34PW2": _ros34pw2, "Rodas4": _rodas4, "Rodas5P": _rodas5p}
"""The methods by name; each is made, and checked, when it is first asked for."""


@cache
def tableau_named(name: str) -> Tableau:
    """The checked coefficients of a method; raises UnknownNameError."""
    if name not in TABLEAUS:
        raise UnknownNameError("Rosenbrock method", name, TABLEAUS)
    return TABLEAUS[name]()
