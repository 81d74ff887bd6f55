"""scikit-learn 1.1.3: what its estimators and metrics compute, with the checks of their inputs left out."""

from collections.abc import Callable

from benchmarks.purify.case import Call, Case, Inputs, call
from benchmarks.purify.corpus import SKLEARN

MATH, REGRESSION = "sklearn/utils/extmath.py", "sklearn/metrics/_regression.py"
RANKING, PAIRS = "sklearn/metrics/_ranking.py", "sklearn/metrics/pairwise.py"
MIXTURE, BAYES = "sklearn/mixture/_gaussian_mixture.py", "sklearn/mixture/_bayesian_mixture.py"
COVARIANCE, SHRUNK = "sklearn/covariance/_empirical_covariance.py", "sklearn/covariance/_shrunk_covariance.py"
GRAPH, LAYERS = "sklearn/covariance/_graph_lasso.py", "sklearn/neural_network/_base.py"
ICA, PCA, NMF = "sklearn/decomposition/_fastica.py", "sklearn/decomposition/_pca.py", "sklearn/decomposition/_nmf.py"
PLS, SCALING = "sklearn/cross_decomposition/_pls.py", "sklearn/preprocessing/_data.py"
RIDGE, SELECT = "sklearn/linear_model/_ridge.py", "sklearn/feature_selection/_univariate_selection.py"

TARGETS = """
def _check_reg_targets(y_true, y_pred, multioutput, dtype="numeric"):
    if y_true.ndim == 1:
        y_true = y_true.reshape((-1, 1))
    if y_pred.ndim == 1:
        y_pred = y_pred.reshape((-1, 1))
    y_type = "continuous" if y_true.shape[1] == 1 else "continuous-multioutput"
    return y_type, y_true, y_pred, multioutput
"""
CHECKS = {
    "_check_reg_targets": TARGETS,
    "check_consistent_length": "def check_consistent_length(*arrays):\n    pass",
    "check_array": "def check_array(array, **kwargs):\n    return array",
    "column_or_1d": "def column_or_1d(y, **kwargs):\n    return y",
    "check_random_state": "def check_random_state(seed):\n    return seed",
    "check_pairwise_arrays": "def check_pairwise_arrays(X, Y, **kwargs):\n    return X, X if Y is None else Y",
    "check_paired_arrays": "def check_paired_arrays(X, Y):\n    return X, Y",
    "_check_sample_weight": "def _check_sample_weight(sample_weight, X, **kwargs):\n    return sample_weight",
    "check_is_fitted": "def check_is_fitted(estimator):\n    pass",
    "_num_samples": "def _num_samples(x):\n    return x.shape[0]",
    "csr_row_norms": "def csr_row_norms(X):\n    raise TypeError('sparse')",
    "inplace_csr_row_normalize_l1": "def inplace_csr_row_normalize_l1(X):\n    raise TypeError('sparse')",
    "inplace_csr_row_normalize_l2": "def inplace_csr_row_normalize_l2(X):\n    raise TypeError('sparse')",
    "min_max_axis": "def min_max_axis(X, axis):\n    raise TypeError('sparse')",
    "sparse_mean_variance_axis": "def sparse_mean_variance_axis(X, axis):\n    raise TypeError('sparse')",
    "issparse": "def issparse(x):\n    return False",
}


def core(name: str, path: str, function: str, inputs: Callable[[Inputs], list[Call]]) -> Case:
    return Case(name, SKLEARN, path, function, inputs, "core", CHECKS)


def hard(name: str, path: str, function: str, inputs: Callable[[Inputs], list[Call]]) -> Case:
    return Case(name, SKLEARN, path, function, inputs, "hard", CHECKS)


CASES = [
    core("squared_norm", MATH, "squared_norm", lambda r: [call(r.x(9)), call(r.x(3, 4))]),
    core("row_norms", MATH, "row_norms", lambda r: [call(r.x(5, 3)), call(r.x(3, 4), squared=True)]),
    core("fast_logdet", MATH, "fast_logdet", lambda r: [call(r.spd(4)), call(-r.spd(3))]),
    core("extmath_softmax", MATH, "softmax", lambda r: [call(r.x(5, 3)), call(r.x(2, 4), copy=True)]),
    core("make_nonnegative", MATH, "make_nonnegative", lambda r: [call(r.x(5, 3)), call(r.p(2, 4), min_value=0.5)]),
    hard(
        "svd_flip",
        MATH,
        "svd_flip",
        lambda r: [call(r.x(5, 3), r.x(3, 4)), call(r.x(4, 4), r.x(4, 4), u_based_decision=False)],
    ),
    core("vector_sign_flip", MATH, "_deterministic_vector_sign_flip", lambda r: [call(r.x(5, 3)), call(r.x(2, 4))]),
    hard("stable_cumsum", MATH, "stable_cumsum", lambda r: [call(r.x(9)), call(r.x(3, 4), axis=1)]),
    hard(
        "weighted_mode",
        MATH,
        "weighted_mode",
        lambda r: [call(r.i(3, 9) * 1.0, r.p(9)), call(r.i(3, 5, 4) * 1.0, r.p(5, 4), axis=1)],
    ),
    hard(
        "incremental_mean_and_var",
        MATH,
        "_incremental_mean_and_var",
        lambda r: [
            call(r.x(6, 3), r.x(3), r.p(3), 4 * (r.u(3) > -1)),
            call(r.x(9, 2), r.x(2), r.p(2), 7 * (r.u(2) > -1), r.p(9)),
        ],
    ),
    core(
        "mean_absolute_error",
        REGRESSION,
        "mean_absolute_error",
        lambda r: [call(r.x(9), r.x(9)), call(r.x(5, 2), r.x(5, 2), multioutput="raw_values")],
    ),
    core(
        "mean_pinball_loss",
        REGRESSION,
        "mean_pinball_loss",
        lambda r: [call(r.x(9), r.x(9), alpha=0.3), call(r.x(5, 2), r.x(5, 2), sample_weight=r.p(5))],
    ),
    core(
        "mean_absolute_percentage",
        REGRESSION,
        "mean_absolute_percentage_error",
        lambda r: [call(r.x(9), r.x(9)), call(r.x(5, 2), r.x(5, 2), multioutput="raw_values")],
    ),
    core(
        "mean_squared_error",
        REGRESSION,
        "mean_squared_error",
        lambda r: [
            call(r.x(9), r.x(9)),
            call(r.x(5, 2), r.x(5, 2), squared=False),
            call(r.x(4), r.x(4), sample_weight=r.p(4)),
        ],
    ),
    core(
        "mean_squared_log_error",
        REGRESSION,
        "mean_squared_log_error",
        lambda r: [call(r.p(9), r.p(9)), call(r.p(5, 2), r.p(5, 2), squared=False)],
    ),
    hard(
        "median_absolute_error",
        REGRESSION,
        "median_absolute_error",
        lambda r: [call(r.x(9), r.x(9)), call(r.x(5, 2), r.x(5, 2), sample_weight=r.p(5))],
    ),
    hard(
        "explained_variance",
        REGRESSION,
        "explained_variance_score",
        lambda r: [call(r.x(9), r.x(9)), call(r.x(5, 2), r.x(5, 2), multioutput="variance_weighted")],
    ),
    hard(
        "r2_score",
        REGRESSION,
        "r2_score",
        lambda r: [
            call(r.x(9), r.x(9)),
            call(r.x(5, 2), r.x(5, 2), multioutput="raw_values"),
            call(r.x(5), r.x(5), sample_weight=r.p(5)),
        ],
    ),
    core("max_error", REGRESSION, "max_error", lambda r: [call(r.x(9), r.x(9)), call(r.x(5), r.x(5))]),
    hard(
        "mean_tweedie",
        REGRESSION,
        "_mean_tweedie_deviance",
        lambda r: [
            call(r.p(9), r.p(9), None, 1),
            call(r.p(9), r.p(9), r.p(9), 1.5),
            call(r.p(9), r.p(9), None, 2),
            call(r.p(5), r.p(5), None, -1),
        ],
    ),
    hard(
        "dcg_sample_scores",
        RANKING,
        "_dcg_sample_scores",
        lambda r: [call(r.p(3, 5), r.x(3, 5), ignore_ties=True), call(r.p(2, 6), r.x(2, 6), k=3)],
    ),
    core(
        "paired_euclidean",
        PAIRS,
        "paired_euclidean_distances",
        lambda r: [call(r.x(5, 3), r.x(5, 3)), call(r.x(2, 4), r.x(2, 4))],
    ),
    core(
        "paired_cosine",
        PAIRS,
        "paired_cosine_distances",
        lambda r: [call(r.x(5, 3), r.x(5, 3)), call(r.x(2, 4), r.x(2, 4))],
    ),
    hard(
        "paired_manhattan",
        PAIRS,
        "paired_manhattan_distances",
        lambda r: [call(r.x(5, 3), r.x(5, 3)), call(r.x(2, 4), r.x(2, 4))],
    ),
    hard(
        "euclidean_distances",
        PAIRS,
        "_euclidean_distances",
        lambda r: [call(r.x(5, 3), r.x(4, 3)), call(r.x(2, 4), r.x(3, 4), squared=True)],
    ),
    hard("cosine_distances", PAIRS, "cosine_distances", lambda r: [call(r.x(5, 3)), call(r.x(2, 4), r.x(3, 4))]),
    hard("cosine_similarity", PAIRS, "cosine_similarity", lambda r: [call(r.x(5, 3)), call(r.x(2, 4), r.x(3, 4))]),
    core(
        "polynomial_kernel",
        PAIRS,
        "polynomial_kernel",
        lambda r: [call(r.x(5, 3)), call(r.x(2, 4), r.x(3, 4), degree=2, gamma=0.5)],
    ),
    core("sigmoid_kernel", PAIRS, "sigmoid_kernel", lambda r: [call(r.x(5, 3)), call(r.x(2, 4), r.x(3, 4), gamma=0.5)]),
    core("linear_kernel", PAIRS, "linear_kernel", lambda r: [call(r.x(5, 3)), call(r.x(2, 4), r.x(3, 4))]),
    hard("rbf_kernel", PAIRS, "rbf_kernel", lambda r: [call(r.x(5, 3)), call(r.x(2, 4), r.x(3, 4), gamma=0.5)]),
    hard(
        "constant_feature",
        SCALING,
        "_is_constant_feature",
        lambda r: [call(r.p(5), r.x(5), 9), call(r.p(3) * 1e-20, r.x(3), 100)],
    ),
    hard(
        "zeros_in_scale",
        SCALING,
        "_handle_zeros_in_scale",
        lambda r: [call(r.p(5)), call(r.u(6) * (r.u(6) > 0.5)), call(0.0)],
    ),
    core("add_dummy_feature", SCALING, "add_dummy_feature", lambda r: [call(r.x(5, 2)), call(r.x(3, 3), value=2.0)]),
    hard(
        "normalize_rows",
        SCALING,
        "normalize",
        lambda r: [call(r.x(5, 3)), call(r.x(4, 3), norm="l1", axis=0), call(r.x(4, 3), norm="max")],
    ),
    core(
        "log_likelihood", COVARIANCE, "log_likelihood", lambda r: [call(r.spd(4), r.spd(4)), call(r.spd(2), r.spd(2))]
    ),
    core(
        "empirical_covariance",
        COVARIANCE,
        "empirical_covariance",
        lambda r: [call(r.x(9, 3)), call(r.x(6, 2), assume_centered=True)],
    ),
    core("shrunk_covariance", SHRUNK, "shrunk_covariance", lambda r: [call(r.spd(4)), call(r.spd(3), shrinkage=0.4)]),
    hard(
        "ledoit_wolf_shrinkage",
        SHRUNK,
        "ledoit_wolf_shrinkage",
        lambda r: [call(r.x(9, 3)), call(r.x(12, 4), block_size=2)],
    ),
    hard("oas", SHRUNK, "oas", lambda r: [call(r.x(9, 3)), call(r.x(12, 4), assume_centered=True)]),
    core(
        "lasso_objective", GRAPH, "_objective", lambda r: [call(r.spd(4), r.spd(4), 0.3), call(r.spd(2), r.spd(2), 0.1)]
    ),
    core(
        "lasso_dual_gap", GRAPH, "_dual_gap", lambda r: [call(r.spd(4), r.spd(4), 0.3), call(r.spd(2), r.spd(2), 0.1)]
    ),
    core("alpha_max", GRAPH, "alpha_max", lambda r: [call(r.spd(4)), call(r.spd(3))]),
    hard(
        "covariances_full",
        MIXTURE,
        "_estimate_gaussian_covariances_full",
        lambda r: [
            call(r.u(9, 2), r.x(9, 3), r.p(2), r.x(2, 3), 1e-6),
            call(r.u(5, 3), r.x(5, 2), r.p(3), r.x(3, 2), 0.1),
        ],
    ),
    hard(
        "covariances_tied",
        MIXTURE,
        "_estimate_gaussian_covariances_tied",
        lambda r: [
            call(r.u(9, 2), r.x(9, 3), r.p(2), r.x(2, 3), 1e-6),
            call(r.u(5, 3), r.x(5, 2), r.p(3), r.x(3, 2), 0.1),
        ],
    ),
    core(
        "covariances_diag",
        MIXTURE,
        "_estimate_gaussian_covariances_diag",
        lambda r: [
            call(r.u(9, 2), r.x(9, 3), r.p(2), r.x(2, 3), 1e-6),
            call(r.u(5, 3), r.x(5, 2), r.p(3), r.x(3, 2), 0.1),
        ],
    ),
    core(
        "covariances_spherical",
        MIXTURE,
        "_estimate_gaussian_covariances_spherical",
        lambda r: [
            call(r.u(9, 2), r.x(9, 3), r.p(2), r.x(2, 3), 1e-6),
            call(r.u(5, 3), r.x(5, 2), r.p(3), r.x(3, 2), 0.1),
        ],
    ),
    hard(
        "gaussian_parameters",
        MIXTURE,
        "_estimate_gaussian_parameters",
        lambda r: [call(r.x(9, 3), r.u(9, 2), 1e-6, "diag"), call(r.x(9, 3), r.u(9, 2), 1e-6, "full")],
    ),
    hard(
        "precision_cholesky",
        MIXTURE,
        "_compute_precision_cholesky",
        lambda r: [call(r.spd(3), "tied"), call(r.p(2, 3), "diag"), call(r.spd(3)[None] + r.p(2, 1, 1), "full")],
    ),
    core(
        "log_det_cholesky",
        MIXTURE,
        "_compute_log_det_cholesky",
        lambda r: [call(r.p(2, 3, 3), "full", 3), call(r.p(2, 3), "diag", 3), call(r.p(2), "spherical", 3)],
    ),
    hard(
        "log_gaussian_prob",
        MIXTURE,
        "_estimate_log_gaussian_prob",
        lambda r: [
            call(r.x(9, 3), r.x(2, 3), r.p(2, 3), "diag"),
            call(r.x(9, 3), r.x(2, 3), r.p(2, 3, 3), "full"),
            call(r.x(9, 3), r.x(2, 3), r.p(2), "spherical"),
        ],
    ),
    core("log_dirichlet_norm", BAYES, "_log_dirichlet_norm", lambda r: [call(r.p(4)), call(r.p(7))]),
    core(
        "log_wishart_norm",
        BAYES,
        "_log_wishart_norm",
        lambda r: [call(5 + r.p(4), r.x(4), 3), call(5 + r.p(2), r.x(2), 2)],
    ),
    core(
        "gs_decorrelation", ICA, "_gs_decorrelation", lambda r: [call(r.x(4), r.x(3, 4), 2), call(r.x(3), r.x(3, 3), 1)]
    ),
    hard("sym_decorrelation", ICA, "_sym_decorrelation", lambda r: [call(r.x(4, 4)), call(r.x(3, 3))]),
    hard("ica_logcosh", ICA, "_logcosh", lambda r: [call(r.x(3, 9), {"alpha": 1.5}), call(r.x(2, 5), {})]),
    core("ica_exp", ICA, "_exp", lambda r: [call(r.x(3, 9), {}), call(r.x(2, 5), None)]),
    core("ica_cube", ICA, "_cube", lambda r: [call(r.x(3, 9), {}), call(r.x(2, 5), None)]),
    hard(
        "assess_dimension",
        PCA,
        "_assess_dimension",
        lambda r: [call(-1 * -r.p(5).cumsum()[::-1].copy(), 2, 50), call(r.p(4).cumsum()[::-1].copy(), 3, 30)],
    ),
    core("nmf_norm", NMF, "norm", lambda r: [call(r.x(9)), call(r.x(3, 4))]),
    core("trace_dot", NMF, "trace_dot", lambda r: [call(r.x(3, 4), r.x(3, 4)), call(r.x(5, 2), r.x(5, 2))]),
    core(
        "center_scale_xy",
        PLS,
        "_center_scale_xy",
        lambda r: [call(r.x(9, 3), r.x(9, 2)), call(r.x(6, 2), r.x(6, 2), scale=False)],
    ),
    hard(
        "pls_svd_vectors",
        PLS,
        "_get_first_singular_vectors_svd",
        lambda r: [call(r.x(9, 3), r.x(9, 2)), call(r.x(6, 2), r.x(6, 2))],
    ),
    core("squared_loss", LAYERS, "squared_loss", lambda r: [call(r.x(9), r.x(9)), call(r.x(3, 4), r.x(3, 4))]),
    hard("network_log_loss", LAYERS, "log_loss", lambda r: [call(r.w(5, 3), r.w(5, 3)), call(r.u(4, 1), r.u(4, 1))]),
    hard(
        "binary_log_loss", LAYERS, "binary_log_loss", lambda r: [call(r.u(5, 1), r.u(5, 1)), call(r.u(4, 2), r.u(4, 2))]
    ),
    hard(
        "ridge_cholesky",
        RIDGE,
        "_solve_cholesky",
        lambda r: [call(r.x(9, 3), r.x(9, 1), r.p(1)), call(r.x(9, 3), r.x(9, 2), r.p(2))],
    ),
    hard(
        "ridge_svd",
        RIDGE,
        "_solve_svd",
        lambda r: [call(r.x(9, 3), r.x(9, 1), r.p(1)), call(r.x(9, 3), r.x(9, 2), r.p(2))],
    ),
    core("chisquare", SELECT, "_chisquare", lambda r: [call(r.p(3, 4), r.p(3, 4)), call(r.p(2, 2), r.p(2, 2))]),
    hard(
        "weighted_percentile",
        "sklearn/utils/stats.py",
        "_weighted_percentile",
        lambda r: [call(r.x(9), r.p(9)), call(r.x(9, 3), r.p(9), 30)],
    ),
    hard(
        "class_means",
        "sklearn/discriminant_analysis.py",
        "_class_means",
        lambda r: [call(r.x(9, 3), r.i(2, 9)), call(r.x(12, 2), r.i(3, 12))],
    ),
    core(
        "generalized_average",
        "sklearn/metrics/cluster/_supervised.py",
        "_generalized_average",
        lambda r: [call(0.3, 0.7, "geometric"), call(0.3, 0.7, "max")],
    ),
    hard(
        "cluster_entropy",
        "sklearn/metrics/cluster/_supervised.py",
        "entropy",
        lambda r: [call(r.i(3, 12)), call(r.i(5, 30))],
    ),
    hard(
        "ortho_rotation",
        "sklearn/decomposition/_factor_analysis.py",
        "_ortho_rotation",
        lambda r: [call(r.x(4, 2)), call(r.x(5, 3), method="quartimax")],
    ),
]
