"""hmmlearn 0.3.3, filterpy 1.4.5 and numpy-ml 0.1.2: densities, filters, signals, distances."""

from benchmarks.purify.case import Case, call
from benchmarks.purify.corpus import FILTERPY, HMMLEARN, NUMPY_ML

DENSITY, DIVERGENCE = "hmmlearn/stats.py", "hmmlearn/_kl_divergence.py"
KALMAN, NOISE = "filterpy/kalman/kalman_filter.py", "filterpy/common/discretization.py"
SIGNALS, PADS = "numpy_ml/preprocessing/dsp.py", "numpy_ml/neural_nets/utils/utils.py"
METRICS, WINDOWS = "numpy_ml/utils/distance_metrics.py", "numpy_ml/utils/windows.py"

RESHAPE = {  # it is imported with a star
    "reshape_z": "def reshape_z(z, dim_z, ndim):\n    return np.atleast_2d(z).reshape((dim_z, 1))",
    "logpdf": "logpdf = None",
}

CASES = [
    Case(
        "hmm_density_diag",
        HMMLEARN,
        DENSITY,
        "_log_multivariate_normal_density_diag",
        lambda r: [call(r.x(9, 3), r.x(2, 3), r.p(2, 3)), call(r.x(5, 2), r.x(4, 2), r.p(4, 2))],
    ),
    Case(
        "hmm_density_spherical",
        HMMLEARN,
        DENSITY,
        "_log_multivariate_normal_density_spherical",
        lambda r: [call(r.x(9, 3), r.x(2, 3), r.p(2)), call(r.x(5, 2), r.x(4, 2), r.p(4, 1))],
    ),
    Case(
        "hmm_density_full",
        HMMLEARN,
        DENSITY,
        "_log_multivariate_normal_density_full",
        lambda r: [
            call(r.x(9, 3), r.x(2, 3), r.spd(3)[None] + r.p(2, 1, 1)),
            call(r.x(5, 2), r.x(1, 2), r.spd(2)[None]),
        ],
        "hard",
    ),
    Case(
        "hmm_normalize",
        HMMLEARN,
        "hmmlearn/utils.py",
        "normalize",
        lambda r: [call(r.p(9)), call(r.p(3, 4), axis=1)],
        "hard",
    ),
    Case(
        "hmm_log_normalize",
        HMMLEARN,
        "hmmlearn/utils.py",
        "log_normalize",
        lambda r: [call(r.x(9)), call(r.x(3, 4), axis=1)],
        "hard",
    ),
    Case(
        "fill_covars",
        HMMLEARN,
        "hmmlearn/utils.py",
        "fill_covars",
        lambda r: [call(r.p(2, 3), "diag", 2, 3), call(r.p(2), "spherical", 2, 3), call(r.spd(3), "tied", 2, 3)],
        "hard",
    ),
    Case(
        "kl_normal",
        HMMLEARN,
        DIVERGENCE,
        "kl_normal_distribution",
        lambda r: [call(0.7, 1.5, 0.2, 0.8), call(0.1, 2.0, 0.5, 1.0)],
    ),
    Case(
        "kl_dirichlet",
        HMMLEARN,
        DIVERGENCE,
        "kl_dirichlet",
        lambda r: [call(r.p(4), r.p(4)), call(r.p(3), r.p(3))],
        "hard",
    ),
    Case(
        "kl_gamma",
        HMMLEARN,
        DIVERGENCE,
        "kl_gamma_distribution",
        lambda r: [call(0.7, 1.5, 0.2, 0.8), call(1.1, 2.0, 0.5, 1.0)],
    ),
    Case(
        "gaussian_density",
        FILTERPY,
        "filterpy/stats/stats.py",
        "gaussian",
        lambda r: [call(r.x(9), 0.5, 2.0), call(r.x(9), 0.5, 2.0, normed=False)],
    ),
    Case(
        "multivariate_multiply",
        FILTERPY,
        "filterpy/stats/stats.py",
        "multivariate_multiply",
        lambda r: [call(r.x(3), r.spd(3), r.x(3), r.spd(3)), call(r.x(2), r.spd(2), r.x(2), r.spd(2))],
        "hard",
    ),
    Case(
        "discrete_white_noise",
        FILTERPY,
        NOISE,
        "Q_discrete_white_noise",
        lambda r: [call(2, 0.5, 1.5), call(3, 0.1), call(2, 1.0, 1.0, block_size=2)],
        "hard",
    ),
    Case(
        "van_loan",
        FILTERPY,
        NOISE,
        "van_loan_discretization",
        lambda r: [call(r.x(2, 2), r.x(2, 1), 0.1), call(r.x(3, 3), r.x(3, 3), 0.2)],
        "hard",
    ),
    Case(
        "inv_diagonal",
        FILTERPY,
        "filterpy/common/helpers.py",
        "inv_diagonal",
        lambda r: [call(r.spd(4)), call(r.spd(2))],
    ),
    Case(
        "outer_product_sum",
        FILTERPY,
        "filterpy/common/helpers.py",
        "outer_product_sum",
        lambda r: [call(r.x(5, 3)), call(r.x(5, 3), r.x(5, 3))],
    ),
    Case(
        "bayes_normalize",
        FILTERPY,
        "filterpy/discrete_bayes/discrete_bayes.py",
        "normalize",
        lambda r: [call(r.p(5)), call(r.p(9))],
    ),
    Case(
        "bayes_update",
        FILTERPY,
        "filterpy/discrete_bayes/discrete_bayes.py",
        "update",
        lambda r: [call(r.u(5), r.w(5)), call(r.u(9), r.w(9))],
    ),
    Case(
        "kalman_predict",
        FILTERPY,
        KALMAN,
        "predict",
        lambda r: [
            call(r.x(3), r.spd(3), r.x(3, 3), r.spd(3)),
            call(r.x(2, 1), r.spd(2), r.x(2, 2), 0.1, r.x(1, 1), r.x(2, 1)),
        ],
        "hard",
    ),
    Case(
        "kalman_update",
        FILTERPY,
        KALMAN,
        "update",
        lambda r: [
            call(r.x(3, 1), r.spd(3), r.x(2, 1), r.spd(2), r.x(2, 3)),
            call(r.x(2, 1), r.spd(2), r.x(1, 1), r.p(1, 1), r.x(1, 2)),
        ],
        "hard",
        RESHAPE,
    ),
    Case(
        "rts_smoother",
        FILTERPY,
        KALMAN,
        "rts_smoother",
        lambda r: [
            call(
                r.x(5, 2, 1),
                r.p(5, 2, 2) + 3 * (r.spd(2) > 2),
                [r.x(2, 2) for _ in range(5)],
                [r.spd(2) for _ in range(5)],
            )
        ],
        "hard",
    ),
    Case(
        "unscented_transform",
        FILTERPY,
        "filterpy/kalman/unscented_transform.py",
        "unscented_transform",
        lambda r: [call(r.x(7, 3), r.w(7), r.w(7)), call(r.x(5, 2), r.w(5), r.w(5), r.spd(2))],
    ),
    Case("ml_euclidean", NUMPY_ML, METRICS, "euclidean", lambda r: [call(r.x(6), r.x(6)), call(r.x(3), r.x(3))]),
    Case(
        "ml_minkowski", NUMPY_ML, METRICS, "minkowski", lambda r: [call(r.x(6), r.x(6), 3.0), call(r.x(3), r.x(3), 1)]
    ),
    Case(
        "ml_hamming", NUMPY_ML, METRICS, "hamming", lambda r: [call(r.i(2, 6), r.i(2, 6)), call(r.i(3, 9), r.i(3, 9))]
    ),
    Case("ml_blackman_harris", NUMPY_ML, WINDOWS, "blackman_harris", lambda r: [call(16), call(9, symmetric=True)]),
    Case("ml_hann", NUMPY_ML, WINDOWS, "hann", lambda r: [call(16), call(9, symmetric=True)]),
    Case("dct_loops", NUMPY_ML, SIGNALS, "DCT", lambda r: [call(r.x(8)), call(r.x(5), orthonormal=False)], "hard"),
    Case("dft_loops", NUMPY_ML, SIGNALS, "DFT", lambda r: [call(r.x(8)), call(r.x(5), positive_only=False)], "hard"),
    Case(
        "power_spectrum",
        NUMPY_ML,
        SIGNALS,
        "power_spectrum",
        lambda r: [call(r.x(3, 8)), call(r.x(2, 6), scale=True)],
        "hard",
    ),
    Case("autocorrelate", NUMPY_ML, SIGNALS, "autocorrelate1D", lambda r: [call(r.x(8)), call(r.x(5))], "hard"),
    Case("preemphasis", NUMPY_ML, SIGNALS, "preemphasis", lambda r: [call(r.x(8), 0.9), call(r.x(5), 0.5)]),
    Case("cepstral_lifter", NUMPY_ML, SIGNALS, "cepstral_lifter", lambda r: [call(r.x(4, 6), 5), call(r.x(4, 6), 0)]),
    Case(
        "mel_filterbank",
        NUMPY_ML,
        SIGNALS,
        "mel_filterbank",
        lambda r: [call(16, n_filters=5, fs=8000), call(20, n_filters=4, fs=4000, normalize=False)],
        "hard",
    ),
    Case("hz2mel", NUMPY_ML, SIGNALS, "hz2mel", lambda r: [call(1000 * r.p(5)), call(1000 * r.p(3, 2))]),
    Case(
        "pad2D",
        NUMPY_ML,
        PADS,
        "pad2D",
        lambda r: [call(r.x(2, 4, 4, 3), 1), call(r.x(1, 5, 4, 2), (1, 2, 0, 1))],
        "hard",
    ),
    Case(
        "conv2D",
        NUMPY_ML,
        PADS,
        "conv2D",
        lambda r: [call(r.x(2, 5, 5, 2), r.x(3, 3, 2, 4), 1, 1), call(r.x(1, 6, 6, 1), r.x(2, 2, 1, 2), 2, 0)],
        "hard",
    ),
    Case("dilate", NUMPY_ML, PADS, "dilate", lambda r: [call(r.x(2, 3, 3, 2), 1), call(r.x(1, 4, 4, 1), 2)], "hard"),
]
