"""scipy.stats, special and integrate 1.9.3: moments, means, scores, transforms, sums in the log domain, quadrature."""

from benchmarks.purify.case import Case, call
from benchmarks.purify.corpus import SCIPY

STATS, MORE = "scipy/stats/_stats_py.py", "scipy/stats/_morestats.py"
SUMS, QUAD = "scipy/special/_logsumexp.py", "scipy/integrate/_quadrature.py"
TABLES = "scipy/stats/contingency.py"
# the whole helper also knows lists of strings and masked arrays
NAN = {
    "_contains_nan": "def _contains_nan(a, nan_policy='propagate', use_summation=True):\n    return False, nan_policy"
}

CASES = [
    Case(
        "gmean", SCIPY, STATS, "gmean", lambda r: [call(r.p(9)), call(r.p(3, 4), axis=1), call(r.p(5), weights=r.w(5))]
    ),
    Case("hmean", SCIPY, STATS, "hmean", lambda r: [call(r.p(9)), call(r.p(3, 4), axis=1)], "hard"),
    Case("pmean", SCIPY, STATS, "pmean", lambda r: [call(r.p(9), 3), call(r.p(3, 4), 0.5, axis=1)], "hard"),
    Case("moment", SCIPY, STATS, "moment", lambda r: [call(r.x(9), 3), call(r.x(3, 4), 2, axis=1)], "hard", NAN),
    Case("skew", SCIPY, STATS, "skew", lambda r: [call(r.x(9)), call(r.x(5, 4), axis=1, bias=False)], "hard", NAN),
    Case(
        "kurtosis",
        SCIPY,
        STATS,
        "kurtosis",
        lambda r: [call(r.x(9)), call(r.x(5, 6), axis=1, fisher=False)],
        "hard",
        NAN,
    ),
    Case("central_moment", SCIPY, STATS, "_moment", lambda r: [call(r.x(9), 3, 0), call(r.x(3, 4), 4, 1)]),
    Case(
        "zmap",
        SCIPY,
        STATS,
        "zmap",
        lambda r: [call(r.x(5), r.x(9)), call(r.x(3, 4), r.x(5, 4), axis=0, ddof=1)],
        "hard",
        NAN,
    ),
    Case("zscore", SCIPY, STATS, "zscore", lambda r: [call(r.x(9)), call(r.x(3, 4), axis=1, ddof=1)], "hard", NAN),
    Case("sem", SCIPY, STATS, "sem", lambda r: [call(r.x(9)), call(r.x(3, 4), axis=1, ddof=0)], "core", NAN),
    Case("describe", SCIPY, STATS, "describe", lambda r: [call(r.x(9)), call(r.x(6, 4), bias=False)], "hard", NAN),
    Case(
        "obrientransform",
        SCIPY,
        STATS,
        "obrientransform",
        lambda r: [call(r.x(9), r.x(9)), call(r.x(6), r.x(6), r.x(6))],
    ),
    Case(
        "median_abs_deviation",
        SCIPY,
        STATS,
        "median_abs_deviation",
        lambda r: [call(r.x(9)), call(r.x(3, 4), axis=1)],
        "hard",
        NAN,
    ),
    Case("sigmaclip", SCIPY, STATS, "sigmaclip", lambda r: [call(r.x(40), 2.0, 2.0), call(r.x(30), 1.5)], "hard"),
    Case("trimboth", SCIPY, STATS, "trimboth", lambda r: [call(r.x(20), 0.1), call(r.x(10, 3), 0.2)], "hard"),
    Case("trim_mean", SCIPY, STATS, "trim_mean", lambda r: [call(r.x(20), 0.1), call(r.x(10, 3), 0.2)], "hard"),
    Case("isconst", SCIPY, STATS, "_isconst", lambda r: [call(r.x(9)), call(r.x(1))]),
    Case("sum_of_squares", SCIPY, STATS, "_sum_of_squares", lambda r: [call(r.x(9)), call(r.x(3, 4), axis=1)]),
    Case("square_of_sums", SCIPY, STATS, "_square_of_sums", lambda r: [call(r.x(9)), call(r.x(3, 4), axis=1)]),
    Case(
        "equal_var",
        SCIPY,
        STATS,
        "_equal_var_ttest_denom",
        lambda r: [call(r.p(4), 9, r.p(4), 7), call(r.p(2), 5.0, r.p(2), 6.0)],
    ),
    Case(
        "unequal_var",
        SCIPY,
        STATS,
        "_unequal_var_ttest_denom",
        lambda r: [call(r.p(4), 9, r.p(4), 7), call(r.p(2), 5.0, r.p(2), 6.0)],
    ),
    Case(
        "variation",
        SCIPY,
        "scipy/stats/_variation.py",
        "variation",
        lambda r: [call(r.p(9)), call(r.p(3, 4), axis=1, ddof=1)],
        "hard",
        NAN,
    ),
    Case(
        "entropy",
        SCIPY,
        "scipy/stats/_entropy.py",
        "entropy",
        lambda r: [call(r.p(9)), call(r.p(3, 4), r.p(3, 4), base=2, axis=1)],
        "hard",
    ),
    Case("kstat", SCIPY, MORE, "kstat", lambda r: [call(r.x(9), 2), call(r.x(12), 4), call(r.x(9), 3)]),
    Case("kstatvar", SCIPY, MORE, "kstatvar", lambda r: [call(r.x(9), 1), call(r.x(12), 2)]),
    Case(
        "boxcox_llf",
        SCIPY,
        MORE,
        "boxcox_llf",
        lambda r: [call(0.5, r.p(20)), call(0, r.p(9, 2)), call(-1.2, r.p(9))],
        "hard",
    ),
    Case(
        "yeojohnson_transform",
        SCIPY,
        MORE,
        "_yeojohnson_transform",
        lambda r: [call(r.x(20), 0.5), call(r.x(9), 2.0), call(r.x(9), 0.0)],
        "hard",
    ),
    Case("yeojohnson_llf", SCIPY, MORE, "yeojohnson_llf", lambda r: [call(0.5, r.x(20)), call(1.3, r.x(20))], "hard"),
    Case(
        "circmean",
        SCIPY,
        MORE,
        "circmean",
        lambda r: [call(r.p(9)), call(r.p(3, 4), high=3.0, low=0.5, axis=1)],
        "hard",
        NAN,
    ),
    Case("circvar", SCIPY, MORE, "circvar", lambda r: [call(r.p(9)), call(r.p(3, 4), axis=1)], "hard", NAN),
    Case("circstd", SCIPY, MORE, "circstd", lambda r: [call(r.p(9)), call(r.p(3, 4), axis=1)], "hard", NAN),
    Case("medians_uniform", SCIPY, MORE, "_calc_uniform_order_statistic_medians", lambda r: [call(9), call(2)]),
    Case("margins", SCIPY, TABLES, "margins", lambda r: [call(r.p(3, 4)), call(r.p(2, 3, 2))]),
    Case("expected_freq", SCIPY, TABLES, "expected_freq", lambda r: [call(r.p(3, 4)), call(r.p(2, 3, 2))]),
    Case(
        "logsumexp",
        SCIPY,
        SUMS,
        "logsumexp",
        lambda r: [call(r.x(9)), call(r.x(3, 4), axis=1, keepdims=True), call(r.x(5), b=r.p(5))],
        "hard",
    ),
    Case("softmax", SCIPY, SUMS, "softmax", lambda r: [call(r.x(9)), call(r.x(3, 4), axis=1)]),
    Case("log_softmax", SCIPY, SUMS, "log_softmax", lambda r: [call(r.x(9)), call(r.x(3, 4), axis=1)]),
    Case(
        "simpson",
        SCIPY,
        QUAD,
        "simpson",
        lambda r: [call(r.x(9)), call(r.x(3, 8), dx=0.5), call(r.x(9), r.p(9).cumsum())],
        "hard",
    ),
    Case(
        "cumulative_trapezoid",
        SCIPY,
        QUAD,
        "cumulative_trapezoid",
        lambda r: [call(r.x(9)), call(r.x(3, 8), dx=0.5, initial=0), call(r.x(3, 8), r.p(8).cumsum())],
    ),
    Case("romb", SCIPY, QUAD, "romb", lambda r: [call(r.x(9)), call(r.x(3, 17), dx=0.5)]),
]
