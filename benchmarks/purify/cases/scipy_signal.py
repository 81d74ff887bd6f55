"""scipy.signal 1.9.3: windows, wavelets, waveforms, filter design, extension of edges."""

from benchmarks.purify.case import Case, call
from benchmarks.purify.corpus import SCIPY

WINDOWS, WAVES = "scipy/signal/windows/_windows.py", "scipy/signal/_waveforms.py"
DESIGN, TOOLS = "scipy/signal/_filter_design.py", "scipy/signal/_signaltools.py"
EDGES, SPLINES = "scipy/signal/_arraytools.py", "scipy/signal/_bsplines.py"
WAVELETS, STATES = "scipy/signal/_wavelets.py", "scipy/signal/_lti_conversion.py"

CASES = [
    Case("general_cosine", SCIPY, WINDOWS, "general_cosine", lambda r: [call(16, r.p(4)), call(9, r.p(3), sym=False)]),
    Case("triang", SCIPY, WINDOWS, "triang", lambda r: [call(16), call(15), call(8, sym=False)]),
    Case("parzen", SCIPY, WINDOWS, "parzen", lambda r: [call(16), call(15, sym=False)], "hard"),
    Case("bohman", SCIPY, WINDOWS, "bohman", lambda r: [call(16), call(11, sym=False)]),
    Case("hann", SCIPY, WINDOWS, "hann", lambda r: [call(16), call(1), call(7, sym=False)]),
    Case("tukey", SCIPY, WINDOWS, "tukey", lambda r: [call(16), call(21, alpha=0.3), call(9, alpha=0)]),
    Case("barthann", SCIPY, WINDOWS, "barthann", lambda r: [call(16), call(11, sym=False)]),
    Case("bartlett_window", SCIPY, WINDOWS, "bartlett", lambda r: [call(16), call(11, sym=False)]),
    Case("general_hamming", SCIPY, WINDOWS, "general_hamming", lambda r: [call(16, 0.7), call(9, 0.5, sym=False)]),
    Case("kaiser", SCIPY, WINDOWS, "kaiser", lambda r: [call(16, 8.0), call(9, 14.0, sym=False)], "hard"),
    Case("gaussian_window", SCIPY, WINDOWS, "gaussian", lambda r: [call(16, 3.0), call(9, 1.5, sym=False)]),
    Case("general_gaussian", SCIPY, WINDOWS, "general_gaussian", lambda r: [call(16, 1.5, 3.0), call(9, 0.5, 2.0)]),
    Case("cosine_window", SCIPY, WINDOWS, "cosine", lambda r: [call(16), call(9, sym=False)]),
    Case("exponential_window", SCIPY, WINDOWS, "exponential", lambda r: [call(16, tau=3.0), call(9, 2.0, 1.5, False)]),
    Case("taylor", SCIPY, WINDOWS, "taylor", lambda r: [call(16), call(21, nbar=5, sll=40)], "hard"),
    Case("chebwin", SCIPY, WINDOWS, "chebwin", lambda r: [call(16, 60), call(15, 80)], "hard"),
    Case("morlet", SCIPY, WAVELETS, "morlet", lambda r: [call(32), call(21, w=3.0, s=0.5, complete=False)]),
    Case("morlet2", SCIPY, WAVELETS, "morlet2", lambda r: [call(32, 4.0), call(21, 2.0, w=6)]),
    Case("ricker", SCIPY, WAVELETS, "ricker", lambda r: [call(30, 4.0), call(9, 1.5)]),
    Case("qmf", SCIPY, WAVELETS, "qmf", lambda r: [call(r.x(8)), call(r.x(5))]),
    Case("sawtooth", SCIPY, WAVES, "sawtooth", lambda r: [call(r.x(40)), call(r.x(20), 0.3)], "hard"),
    Case("square", SCIPY, WAVES, "square", lambda r: [call(r.x(40)), call(r.x(20), 0.3)], "hard"),
    Case(
        "chirp",
        SCIPY,
        WAVES,
        "chirp",
        lambda r: [
            call(r.u(20), 1.0, 1.0, 6.0),
            call(r.u(20), 1.0, 1.0, 6.0, method="quadratic"),
            call(r.u(20), 1.0, 1.0, 6.0, method="logarithmic", phi=30),
            call(r.u(20), 5.0, 1.0, 2.0, method="hyperbolic"),
        ],
    ),
    Case("gausspulse", SCIPY, WAVES, "gausspulse", lambda r: [call(r.x(20), fc=5), call(r.x(9), retquad=True)]),
    Case(
        "bilinear_zpk",
        SCIPY,
        DESIGN,
        "bilinear_zpk",
        lambda r: [call(r.c(2), r.c(4), 1.5, 10.0), call(r.c(3), r.c(3), 2.0, 1.0)],
    ),
    Case(
        "lp2lp_zpk", SCIPY, DESIGN, "lp2lp_zpk", lambda r: [call(r.c(2), r.c(4), 1.5, 0.7), call(r.c(3), r.c(3), 2.0)]
    ),
    Case(
        "lp2hp_zpk", SCIPY, DESIGN, "lp2hp_zpk", lambda r: [call(r.c(2), r.c(4), 1.5, 0.7), call(r.c(3), r.c(3), 2.0)]
    ),
    Case(
        "lp2bp_zpk",
        SCIPY,
        DESIGN,
        "lp2bp_zpk",
        lambda r: [call(r.c(2), r.c(4), 1.5, 0.7, 0.3), call(r.c(3), r.c(3), 2.0)],
    ),
    Case(
        "lp2bs_zpk",
        SCIPY,
        DESIGN,
        "lp2bs_zpk",
        lambda r: [call(r.c(2), r.c(4), 1.5, 0.7, 0.3), call(r.c(3), r.c(3), 2.0)],
    ),
    Case("zpk2tf", SCIPY, DESIGN, "zpk2tf", lambda r: [call(r.x(2), r.x(4), 1.5), call(r.x(3), r.x(3), 2.0)], "hard"),
    Case("buttap", SCIPY, DESIGN, "buttap", lambda r: [call(4), call(5)]),
    Case("cheb1ap", SCIPY, DESIGN, "cheb1ap", lambda r: [call(4, 1.0), call(5, 0.5), call(0, 1.0)]),
    Case("cheb2ap", SCIPY, DESIGN, "cheb2ap", lambda r: [call(4, 40.0), call(5, 20.0)]),
    Case("bilinear", SCIPY, DESIGN, "bilinear", lambda r: [call(r.x(3), r.x(4), 2.0), call(r.x(2), r.x(2))], "hard"),
    Case(
        "freqz_zpk",
        SCIPY,
        DESIGN,
        "freqz_zpk",
        lambda r: [call(r.c(2), r.c(3), 1.5, worN=r.u(9)), call(r.c(3), r.c(2), 1.0, 16)],
        "hard",
    ),
    Case("hilbert", SCIPY, TOOLS, "hilbert", lambda r: [call(r.x(16)), call(r.x(3, 15), axis=1)], "hard"),
    Case("vectorstrength", SCIPY, TOOLS, "vectorstrength", lambda r: [call(r.p(20), 1.3), call(r.p(20), r.p(3))]),
    Case(
        "correlation_lags",
        SCIPY,
        TOOLS,
        "correlation_lags",
        lambda r: [call(8, 5), call(8, 5, mode="same"), call(4, 6, mode="valid")],
    ),
    Case("odd_ext", SCIPY, EDGES, "odd_ext", lambda r: [call(r.x(3, 8), 2), call(r.x(8, 3), 3, axis=0)]),
    Case("even_ext", SCIPY, EDGES, "even_ext", lambda r: [call(r.x(3, 8), 2), call(r.x(8, 3), 3, axis=0)]),
    Case("const_ext", SCIPY, EDGES, "const_ext", lambda r: [call(r.x(3, 8), 2), call(r.x(8, 3), 3, axis=0)]),
    Case("gauss_spline", SCIPY, SPLINES, "gauss_spline", lambda r: [call(r.x(9), 3), call(r.x(2, 5), 2)]),
    Case("cubic", SCIPY, SPLINES, "cubic", lambda r: [call(r.x(30)), call(r.x(2, 9))], "hard"),
    Case(
        "abcd_normalize",
        SCIPY,
        STATES,
        "abcd_normalize",
        lambda r: [call(r.x(3, 3), r.x(3, 2), r.x(1, 3), r.x(1, 2)), call(r.x(3, 3), r.x(3, 2), r.x(1, 3))],
    ),
]
