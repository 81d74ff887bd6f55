//! Distributions with parameters: one element at a time, in float64, with the logarithms and powers of the `libm` crate,
//! which are the same on every machine.
//!
//! Element `i` of a draw depends on the key, on `i` and on its own parameters alone. The numbers it may use:
//!
//! * `u(i)`, the float64 uniform of the 64-bit word `i`: `(w >> 11) 2**-53`;
//! * for attempt `j = 0, 1, ...` the 64-bit word `i` of `fold_in(key, 2 j + 1)`, then the one of `fold_in(key, 2 j + 2)`.
//!
//! An attempt succeeds with a probability above 0.7 (gamma: 0.95) whatever the parameters, so that no cap is needed.
//! Parameters without a meaning give nan, or 0 in integers: refusing them is the caller's work.

use crate::Key;
use crate::real::{normal_quantile, normal64, open64, uniform64};
use std::f64::consts::{FRAC_1_SQRT_2, TAU};

/// The keys of the attempts; the first few, which are nearly all, are made once.
struct Attempts {
    key: Key,
    first: [[Key; 2]; 4],
}

impl Attempts {
    fn new(key: Key) -> Self {
        Self { key, first: [0, 1, 2, 3].map(|j| Self::make(key, j)) }
    }

    fn make(key: Key, j: u64) -> [Key; 2] {
        [key.fold_in(2 * j + 1), key.fold_in(2 * j + 2)]
    }

    /// The two words of attempt `j` of element `i`.
    fn words(&self, j: u64, i: u64) -> [u64; 2] {
        let known = usize::try_from(j).ok().and_then(|j| self.first.get(j));
        known.copied().unwrap_or_else(|| Self::make(self.key, j)).map(|key| key.word64(i))
    }

    /// What `accept` makes of the first attempt that it takes.
    fn search<T>(&self, i: u64, accept: impl Fn(u64, u64) -> Option<T>) -> T {
        let mut j = 0;
        loop {
            let [a, b] = self.words(j, i);
            if let Some(value) = accept(a, b) {
                return value;
            }
            j += 1;
        }
    }
}

/// The parameter of element `k`: one number for all, or one for each.
fn at(parameter: &[f64], k: usize) -> f64 {
    if parameter.len() == 1 { parameter[0] } else { parameter[k] }
}

fn check(function: &str, len: usize, parameters: &[&[f64]]) {
    let fit = parameters.iter().all(|p| p.len() == 1 || p.len() == len);
    assert!(fit, "{function}: a parameter is neither one number nor as long as out");
}

/// Gamma with scale 1 (Marsaglia and Tsang: A simple method for generating gamma variables; ACM TOMS 26, 2000).
///
/// With `b = a`, or `b = a + 1` where `a < 1`: `d = b - 1/3` and `c = 1 / sqrt(9 d)`. An attempt takes a normal `x` from its
/// first word and a uniform `u` from its second: `t = 1 + c x`, `v = t t t`, and `d v` is accepted where `t > 0` and
/// `ln u < x x / 2 + d (1 - v + ln v)`. Where `a < 1` it is multiplied by `U ** (1 / a)`, `U` the uniform of word `i` of
/// `fold_in(key, 0)`.
///
/// # Panics
/// Where `shape` is neither one number nor as long as `out`.
pub fn gamma(key: Key, start: u64, shape: &[f64], out: &mut [f64]) {
    check("gamma", out.len(), &[shape]);
    let (attempts, boost) = (Attempts::new(key), key.fold_in(0));
    for (k, value) in out.iter_mut().enumerate() {
        let (i, a) = (start + k as u64, at(shape, k));
        *value = if a > 0.0 && a.is_finite() { gamma_at(&attempts, boost, i, a) } else { f64::NAN };
    }
}

fn gamma_at(attempts: &Attempts, boost: Key, i: u64, a: f64) -> f64 {
    let d = if a < 1.0 { a + 1.0 } else { a } - 1.0 / 3.0;
    let c = 1.0 / (9.0 * d).sqrt();
    let value = attempts.search(i, |first, second| {
        let x = normal64(first);
        let t = 1.0 + c * x;
        let v = t * t * t;
        let limit = 0.5 * x * x + d * (1.0 - v + libm::log(v));
        (t > 0.0 && libm::log(uniform64(second)) < limit).then_some(d * v)
    });
    if a < 1.0 { value * libm::pow(uniform64(boost.word64(i)), 1.0 / a) } else { value }
}

/// A sequential search looks at no more than this: below a mean of 10 what lies beyond has a probability under 1e-30.
const SEARCH_END: u32 = 64;

/// The least `k` with `u < P(0) + ... + P(k)`, where `P(k) = P(k - 1) ratio(k)`; at most `end`.
fn sequential(u: f64, first: f64, end: u32, ratio: impl Fn(f64) -> f64) -> i64 {
    let (mut k, mut term, mut sum) = (0, first, first);
    while u >= sum && k < end {
        k += 1;
        term *= ratio(f64::from(k));
        sum += term;
    }
    i64::from(k)
}

/// `ln k! - ((k + 1/2) ln(k + 1) - (k + 1) + ln(2 pi) / 2)`: what Stirling's formula at `k + 1` leaves: tabled below
/// 10, and from there `(1/12 - (1/360 - y y / 1260) y y) y` with `y = 1 / (k + 1)`, within 4e-11.
fn stirling_rest(k: f64) -> f64 {
    const SMALL: [f64; 10] = [
        0.081_061_466_795_327_26,
        0.041_340_695_955_409_3,
        0.027_677_925_684_998_34,
        0.020_790_672_103_765_093,
        0.016_644_691_189_821_193,
        0.013_876_128_823_070_748,
        0.011_896_709_945_891_77,
        0.010_411_265_261_972_096,
        0.009_255_462_182_712_733,
        0.008_330_563_433_362_87,
    ];
    if k < 10.0 {
        return SMALL[k as usize];
    }
    let y = 1.0 / (k + 1.0);
    (1.0 / 12.0 - (1.0 / 360.0 - y * y / 1260.0) * y * y) * y
}

/// Poisson.
///
/// Rate below 10: the least `k` with `u(i) < P(0) + ... + P(k)`, where `P(0) = exp(-rate)` and `P(k) = P(k - 1) (rate / k)`;
/// at most 64. Else PTRS (Hoermann: The transformed rejection method for generating Poisson random variables; Insurance:
/// Mathematics and Economics 12, 1993) with `b = 0.931 + 2.53 sqrt(rate)`, `a = -0.059 + 0.02483 b`,
/// `1/alpha = 1.1239 + 1.1328 / (b - 3.4)` and `v_r = 0.9277 - 3.6224 / (b - 2)`. An attempt takes `u = uniform - 1/2` from
/// its first word and the uniform `v` from its second: `s = 1/2 - |u|`, `k = floor((2 a / s + b) u + rate + 0.43)`;
/// accepted where `s >= 0.07` and `v <= v_r`; else rejected where `k < 0`, or `s < 0.013` and `v > s`; else accepted where
/// `ln(v (1/alpha) / (a / (s s) + b)) <= ln P(k)`. With `e = k + 1 - rate`, free of the cancellation in `k ln rate - ln k!`,
/// `ln P(k) = e - k ln1p(e / rate) - ln(2 pi (k + 1)) / 2 - stirling_rest(k)`.
///
/// Counts from `2**63` on become `2**63 - 1`.
///
/// # Panics
/// Where `rate` is neither one number nor as long as `out`.
pub fn poisson(key: Key, start: u64, rate: &[f64], out: &mut [i64]) {
    check("poisson", out.len(), &[rate]);
    let attempts = Attempts::new(key);
    for (k, value) in out.iter_mut().enumerate() {
        let (i, rate) = (start + k as u64, at(rate, k));
        *value = if (0.0..10.0).contains(&rate) {
            sequential(uniform64(key.word64(i)), libm::exp(-rate), SEARCH_END, |k| rate / k)
        } else if rate >= 10.0 && rate.is_finite() {
            ptrs(&attempts, i, rate)
        } else {
            0
        };
    }
}

fn ptrs(attempts: &Attempts, i: u64, rate: f64) -> i64 {
    let b = 0.931 + 2.53 * rate.sqrt();
    let a = -0.059 + 0.02483 * b;
    let inverse_alpha = 1.1239 + 1.1328 / (b - 3.4);
    let v_r = 0.9277 - 3.6224 / (b - 2.0);
    attempts.search(i, |first, second| {
        let (u, v) = (uniform64(first) - 0.5, uniform64(second));
        let s = 0.5 - u.abs();
        let k = ((2.0 * a / s + b) * u + rate + 0.43).floor();
        let accepted = if s >= 0.07 && v <= v_r {
            true
        } else if k < 0.0 || (s < 0.013 && v > s) {
            false
        } else {
            let e = k + 1.0 - rate;
            let ln_p = e - k * libm::log1p(e / rate) - 0.5 * libm::log(TAU * (k + 1.0)) - stirling_rest(k);
            libm::log(v * inverse_alpha / (a / (s * s) + b)) <= ln_p
        };
        accepted.then_some(k as i64)
    })
}

/// Binomial: `n` trials of probability `p`; `n` is a whole number up to `2**53`.
///
/// For `p > 1/2` it is `n` less a draw with `1 - p`. Else, where `n p < 10`: the least `k` with `u(i) < P(0) + ... + P(k)`,
/// where `P(0) = exp(n ln1p(-p))` and `P(k) = P(k - 1) ((n - k + 1) / k r)` with `r = p / (1 - p)`; at most 64 and `n`.
/// Else BTRS (Hoermann: The generation of binomial random variates; J. Statist. Comput. Simul. 46, 1993) with
/// `spq = sqrt(n p (1 - p))`, `b = 1.15 + 2.53 spq`, `a = -0.0873 + 0.0248 b + 0.01 p`, `c = n p + 0.5`,
/// `v_r = 0.92 - 4.2 / b`, `alpha = (2.83 + 5.1 / b) spq` and the mode `m = floor((n + 1) p)`. An attempt takes
/// `u = uniform - 1/2` from its first word and the uniform `v` from its second: `s = 1/2 - |u|`,
/// `k = floor((2 a / s + b) u + c)`; accepted where `s >= 0.07` and `v <= v_r`; else rejected where `k < 0` or `k > n`; else
/// accepted where `ln(v alpha / (a / (s s) + b)) <= ln(P(k) / P(m))`. With `e = k - m`, free of the cancellation between
/// factorials, this is `e ln(r (n - k + 1) / (k + 1)) - (m + 1/2) ln1p(e / (m + 1)) - (n - m + 1/2) ln1p(-e / (n - m + 1))`
/// plus `stirling_rest` of `m` and of `n - m`, less that of `k` and of `n - k`.
///
/// # Panics
/// Where `n` or `p` is neither one number nor as long as `out`.
pub fn binomial(key: Key, start: u64, n: &[f64], p: &[f64], out: &mut [i64]) {
    check("binomial", out.len(), &[n, p]);
    let attempts = Attempts::new(key);
    for (k, value) in out.iter_mut().enumerate() {
        let (i, n, p) = (start + k as u64, at(n, k), at(p, k));
        let meant = (0.0..=9_007_199_254_740_992.0).contains(&n) && (0.0..=1.0).contains(&p);
        *value = if !meant {
            0
        } else if p <= 0.5 {
            binomial_at(&attempts, i, n, p)
        } else {
            n as i64 - binomial_at(&attempts, i, n, 1.0 - p)
        };
    }
}

fn binomial_at(attempts: &Attempts, i: u64, n: f64, p: f64) -> i64 {
    let r = p / (1.0 - p);
    if n * p >= 10.0 {
        return btrs(attempts, i, n, p, r);
    }
    let end = f64::from(SEARCH_END).min(n) as u32;
    let u = uniform64(attempts.key.word64(i));
    sequential(u, libm::exp(n * libm::log1p(-p)), end, |k| (n - k + 1.0) / k * r)
}

fn btrs(attempts: &Attempts, i: u64, n: f64, p: f64, r: f64) -> i64 {
    let spq = (n * p * (1.0 - p)).sqrt();
    let b = 1.15 + 2.53 * spq;
    let a = -0.0873 + 0.0248 * b + 0.01 * p;
    let c = n * p + 0.5;
    let v_r = 0.92 - 4.2 / b;
    let alpha = (2.83 + 5.1 / b) * spq;
    let m = ((n + 1.0) * p).floor();
    let at_mode = stirling_rest(m) + stirling_rest(n - m);
    attempts.search(i, |first, second| {
        let (u, v) = (uniform64(first) - 0.5, uniform64(second));
        let s = 0.5 - u.abs();
        let k = ((2.0 * a / s + b) * u + c).floor();
        let accepted = if s >= 0.07 && v <= v_r {
            true
        } else if k < 0.0 || k > n {
            false
        } else {
            let e = k - m;
            let ratio = e * libm::log(r * (n - k + 1.0) / (k + 1.0))
                - (m + 0.5) * libm::log1p(e / (m + 1.0))
                - (n - m + 0.5) * libm::log1p(-e / (n - m + 1.0));
            let rest = at_mode - stirling_rest(k) - stirling_rest(n - k);
            libm::log(v * alpha / (a / (s * s) + b)) <= ratio + rest
        };
        accepted.then_some(k as i64)
    })
}

/// Normal with mean 0 and deviation 1, given that it lies between `lower` and `upper`; either may be infinite.
///
/// With `v = (w + 1/2) / 2**64` and `1 - v` (both from integers) of the 64-bit word `i`, `Phi(x) = erfc(-x / sqrt(2)) / 2` and
/// `S(x) = erfc(x / sqrt(2)) / 2`: `below = v Phi(upper) + (1 - v) Phi(lower)` and `above = v S(upper) + (1 - v) S(lower)`,
/// sums of positive terms that keep their digits in either tail. With `z(p)` the PPND16 quantile, the number is
/// `-z(below)` where `below < above` and `z(above)` elsewhere, put between the bounds. Beyond 38 deviations nothing is left
/// of both tails and the bound nearest to 0 is given: the mass lies within about 1/38 of it.
///
/// # Panics
/// Where `lower` or `upper` is neither one number nor as long as `out`.
pub fn truncated_normal(key: Key, start: u64, lower: &[f64], upper: &[f64], out: &mut [f64]) {
    check("truncated_normal", out.len(), &[lower, upper]);
    let tail = |x: f64| 0.5 * libm::erfc(x * FRAC_1_SQRT_2);
    for (k, value) in out.iter_mut().enumerate() {
        let (lower, upper) = (at(lower, k), at(upper, k));
        let (v, rest) = open64(key.word64(start + k as u64));
        let below = v * tail(-upper) + rest * tail(-lower);
        let above = v * tail(upper) + rest * tail(lower);
        let z = if below < above { -normal_quantile(below) } else { normal_quantile(above) };
        *value = if lower < upper { z.max(lower).min(upper) } else { f64::NAN };
    }
}
