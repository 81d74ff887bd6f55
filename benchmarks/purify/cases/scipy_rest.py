"""SciPy 1.9.3: distances, matrices, optimisation helpers, clusters, units, transforms."""

import numpy as np

from benchmarks.purify.case import Case, call
from benchmarks.purify.corpus import SCIPY

DISTANCE, MATRICES = "scipy/spatial/distance.py", "scipy/linalg/_special_matrices.py"
OPTIMIZE, BOUNDS = "scipy/optimize/_optimize.py", "scipy/optimize/_lsq/common.py"
UNITS, HANKEL = "scipy/constants/_constants.py", "scipy/fft/_fftlog.py"

_LINKS = np.asarray([[1, 2, 0.4], [3, 4, 0.5], [5, 6, 0.9]])

CASES = [
    Case("euclidean", SCIPY, DISTANCE, "euclidean", lambda r: [call(r.x(6), r.x(6)), call(r.x(4), r.x(4), r.p(4))], "hard"),
    Case("sqeuclidean", SCIPY, DISTANCE, "sqeuclidean", lambda r: [call(r.x(6), r.x(6)), call(r.x(4), r.x(4), r.p(4))]),
    Case("correlation", SCIPY, DISTANCE, "correlation", lambda r: [call(r.x(6), r.x(6)), call(r.x(4), r.x(4), r.p(4))]),
    Case("cosine", SCIPY, DISTANCE, "cosine", lambda r: [call(r.x(6), r.x(6)), call(r.x(4), r.x(4), r.p(4))]),
    Case("seuclidean", SCIPY, DISTANCE, "seuclidean", lambda r: [call(r.x(6), r.x(6), r.p(6)), call(r.x(4), r.x(4), r.p(4))]),
    Case("cityblock", SCIPY, DISTANCE, "cityblock", lambda r: [call(r.x(6), r.x(6)), call(r.x(4), r.x(4), r.p(4))]),
    Case("mahalanobis", SCIPY, DISTANCE, "mahalanobis", lambda r: [call(r.x(4), r.x(4), r.spd(4)), call(r.x(2), r.x(2), r.spd(2))]),
    Case("chebyshev", SCIPY, DISTANCE, "chebyshev", lambda r: [call(r.x(6), r.x(6)), call(r.x(4), r.x(4), r.p(4))]),
    Case("braycurtis", SCIPY, DISTANCE, "braycurtis", lambda r: [call(r.x(6), r.x(6)), call(r.x(4), r.x(4), r.p(4))]),
    Case("canberra", SCIPY, DISTANCE, "canberra", lambda r: [call(r.x(6), r.x(6)), call(r.x(4), r.x(4), r.p(4))]),
    Case("jensenshannon", SCIPY, DISTANCE, "jensenshannon", lambda r: [call(r.p(6), r.p(6)), call(r.p(4, 3), r.p(4, 3), base=2.0)], "hard"),
    Case("minkowski", SCIPY, DISTANCE, "minkowski", lambda r: [call(r.x(6), r.x(6), 3), call(r.x(4), r.x(4), 1, r.p(4))], "hard"),
    Case("hamming", SCIPY, DISTANCE, "hamming", lambda r: [call(r.i(3, 8), r.i(3, 8)), call(r.i(3, 8), r.i(3, 8), r.p(8))]),
    Case("procrustes", SCIPY, "scipy/spatial/_procrustes.py", "procrustes", lambda r: [call(r.x(5, 2), r.x(5, 2)), call(r.x(6, 3), r.x(6, 3))], "hard"),
    Case("toeplitz", SCIPY, MATRICES, "toeplitz", lambda r: [call(r.x(4)), call(r.x(4), r.x(3))], "hard"),
    Case("hankel", SCIPY, MATRICES, "hankel", lambda r: [call(r.x(4)), call(r.x(4), r.x(3))], "hard"),
    Case("circulant", SCIPY, MATRICES, "circulant", lambda r: [call(r.x(4)), call(r.x(7))], "hard"),
    Case("leslie", SCIPY, MATRICES, "leslie", lambda r: [call(r.p(4), r.p(3)), call(r.p(3), r.p(2))]),
    Case("companion", SCIPY, MATRICES, "companion", lambda r: [call(r.p(4)), call(r.p(3))]),
    Case("helmert", SCIPY, MATRICES, "helmert", lambda r: [call(5), call(3, full=True)]),
    Case("hilbert_matrix", SCIPY, MATRICES, "hilbert", lambda r: [call(4), call(7)]),
    Case("dft", SCIPY, MATRICES, "dft", lambda r: [call(5), call(4, scale="sqrtn")]),
    Case("fiedler", SCIPY, MATRICES, "fiedler", lambda r: [call(r.x(5)), call(r.x(1))]),
    Case("kron", SCIPY, MATRICES, "kron", lambda r: [call(r.x(2, 3), r.x(3, 2)), call(r.x(2, 2), r.x(2, 2))]),
    Case("hadamard", SCIPY, MATRICES, "hadamard", lambda r: [call(8), call(4, dtype=float)]),
    Case("rosen", SCIPY, OPTIMIZE, "rosen", lambda r: [call(r.x(5)), call(r.x(3, 4))]),
    Case("rosen_der", SCIPY, OPTIMIZE, "rosen_der", lambda r: [call(r.x(5)), call(r.x(3))]),
    Case("rosen_hess", SCIPY, OPTIMIZE, "rosen_hess", lambda r: [call(r.x(5)), call(r.x(3))]),
    Case("rosen_hess_prod", SCIPY, OPTIMIZE, "rosen_hess_prod", lambda r: [call(r.x(5), r.x(5)), call(r.x(3), r.x(3))]),
    Case("evaluate_quadratic", SCIPY, BOUNDS, "evaluate_quadratic", lambda r: [call(r.x(4, 3), r.x(3), r.x(3)), call(r.x(4, 3), r.x(3), r.x(2, 3), r.p(3))]),
    Case("build_quadratic_1d", SCIPY, BOUNDS, "build_quadratic_1d", lambda r: [call(r.x(4, 3), r.x(3), r.x(3)), call(r.x(4, 3), r.x(3), r.x(3), r.p(3), r.x(3))]),
    Case("in_bounds", SCIPY, BOUNDS, "in_bounds", lambda r: [call(r.u(4), r.u(4) - 1, r.u(4) + 1), call(r.x(4), r.u(4), r.u(4) + 1)]),
    Case("step_size_to_bound", SCIPY, BOUNDS, "step_size_to_bound", lambda r: [call(r.u(4), r.x(4), r.u(4) - 1, r.u(4) + 1), call(r.u(2), r.x(2), r.u(2) - 1, r.u(2) + 1)], "hard"),
    Case("find_active_constraints", SCIPY, BOUNDS, "find_active_constraints", lambda r: [call(r.u(4), r.u(4) - 1, r.u(4) + 1), call(r.u(4), r.u(4), r.u(4) + 1, rtol=0.2)], "hard"),
    Case("make_strictly_feasible", SCIPY, BOUNDS, "make_strictly_feasible", lambda r: [call(r.u(4), r.u(4) - 1, r.u(4) + 1), call(r.u(4) * 2, r.u(4), r.u(4) + 1)], "hard"),
    Case("cl_scaling_vector", SCIPY, BOUNDS, "CL_scaling_vector", lambda r: [call(r.u(4), r.x(4), r.u(4) - 1, r.u(4) + 1), call(r.u(3), r.x(3), r.u(3) - 1, r.u(3) + 1)], "hard"),
    Case("compute_jac_scale", SCIPY, BOUNDS, "compute_jac_scale", lambda r: [call(r.x(4, 3)), call(r.x(4, 3), r.p(3))], "hard"),
    Case("intersect_trust_region", SCIPY, BOUNDS, "intersect_trust_region", lambda r: [call(r.u(3) * 0.1, r.x(3), 2.0), call(r.u(2) * 0.1, r.x(2), 1.0)]),
    Case("whiten", SCIPY, "scipy/cluster/vq.py", "whiten", lambda r: [call(r.x(9, 3)), call(r.x(5, 2))], "hard"),
    Case("from_mlab_linkage", SCIPY, "scipy/cluster/hierarchy.py", "from_mlab_linkage", lambda r: [call(_LINKS), call(_LINKS * 1.0)], "hard"),
    Case("convert_temperature", SCIPY, UNITS, "convert_temperature", lambda r: [call(r.p(5), "Celsius", "K"), call(r.p(2, 2), "F", "Rankine"), call(r.p(3), "K", "F")]),
    Case("fhtcoeff", SCIPY, HANKEL, "fhtcoeff", lambda r: [call(16, 0.1, 0.5), call(9, 0.2, 1.0, offset=0.1, bias=0.2)], "hard"),
    Case("gaussian_kernel1d", SCIPY, "scipy/ndimage/_filters.py", "_gaussian_kernel1d", lambda r: [call(1.5, 0, 6), call(2.0, 1, 8), call(2.0, 2, 5)], "hard"),
    Case("savgol_coeffs", SCIPY, "scipy/signal/_savitzky_golay.py", "savgol_coeffs", lambda r: [call(5, 2), call(7, 3, deriv=1, use="dot")], "hard"),
    Case("czt_points", SCIPY, "scipy/signal/_czt.py", "czt_points", lambda r: [call(6), call(5, a=0.9)]),
]
