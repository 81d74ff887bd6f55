//! The distributions with parameters: pure in the position, right in their first moments, and ended by any parameter.

#![allow(clippy::cast_possible_truncation, clippy::cast_precision_loss, clippy::float_cmp)]

use random::{Key, binomial, gamma, poisson, truncated_normal};

const KEY: Key = Key { hi: 7, lo: 11 };
const N: usize = 20_000;

/// One whole draw and the same draw cut in three, each piece with its own parameters.
fn assert_cut_is_whole<T: Copy + Default + PartialEq>(parameters: &[f64], draw: impl Fn(u64, &[f64], &mut [T])) {
    let (start, len) = (12_345, parameters.len());
    let mut whole = vec![T::default(); len];
    draw(start, parameters, &mut whole);
    let mut pieces = vec![T::default(); len];
    let mut first = 0;
    for end in [1, 1 + len / 3, len] {
        draw(start + first as u64, &parameters[first..end], &mut pieces[first..end]);
        first = end;
    }
    assert!(whole == pieces);
    let mut same = vec![T::default(); len];
    draw(start, &parameters[..1], &mut same);
    assert!(same[0] == whole[0], "one number for all is the same as one for each");
}

#[test]
fn any_cut_is_the_whole() {
    let spread = |low: f64, step: f64| (0..500).map(|k| low + step * f64::from(k)).collect::<Vec<_>>();
    assert_cut_is_whole(&spread(0.05, 0.03), |start, shape, out| gamma(KEY, start, shape, out));
    assert_cut_is_whole(&spread(0.0, 0.1), |start, rate, out| poisson(KEY, start, rate, out));
    assert_cut_is_whole(&spread(0.0, 0.002), |start, p, out| binomial(KEY, start, &[60.0], p, out));
    assert_cut_is_whole(&spread(-3.0, 0.02), |start, lower, out| truncated_normal(KEY, start, lower, &[9.0], out));
}

/// Mean and variance of `N` draws lie within six standard errors of what they should be (`excess` is the excess kurtosis).
fn assert_moments(name: &str, draws: impl Iterator<Item = f64>, mean: f64, variance: f64, excess: f64) {
    let n = f64::from(u32::try_from(N).unwrap());
    let (sum, squares) = draws.fold((0.0, 0.0), |(s, q), x| (s + (x - mean), q + (x - mean) * (x - mean)));
    assert!((sum / n).abs() <= 6.0 * (variance / n).sqrt(), "{name}: the mean is off by {}", sum / n);
    let error = variance * ((excess + 2.0) / n).sqrt();
    assert!((squares / n - variance).abs() <= 6.0 * error, "{name}: variance {}, not {variance}", squares / n);
}

#[test]
fn mean_and_variance_are_those_of_the_distribution() {
    let (mut reals, mut counts) = (vec![0.0; N], vec![0; N]);
    for a in [0.3, 1.0, 2.5, 1000.0] {
        gamma(KEY, 0, &[a], &mut reals);
        assert_moments("gamma", reals.iter().copied(), a, a, 6.0 / a);
    }
    for rate in [0.7, 9.9, 10.0, 1e4] {
        poisson(KEY, 0, &[rate], &mut counts);
        assert_moments("poisson", counts.iter().map(|&x| x as f64), rate, rate, 1.0 / rate);
    }
    for (n, p) in [(12.0, 0.25), (12.0, 0.75), (50.0, 0.5), (1e6, 0.999), (1e6, 1e-6)] {
        binomial(KEY, 0, &[n], &[p], &mut counts);
        let variance = n * p * (1.0 - p);
        let excess = (1.0 - 6.0 * p * (1.0 - p)) / variance;
        assert_moments("binomial", counts.iter().map(|&x| x as f64), n * p, variance, excess);
        assert!(counts.iter().all(|&k| (0..=n as i64).contains(&k)));
    }
    truncated_normal(KEY, 0, &[f64::NEG_INFINITY], &[f64::INFINITY], &mut reals);
    assert_moments("normal", reals.iter().copied(), 0.0, 1.0, 0.0);
}

#[test]
fn the_tails_are_drawn_inside_their_bounds() {
    let mut out = vec![0.0; N];
    // mean and variance from 40 digits
    for (lower, upper, mean, variance) in [
        (8.0, 9.0, 8.121_188_992_979_796, 0.014_148_542_782_748_111),
        (30.0, f64::INFINITY, 30.033_259_667_433_676, 0.001_103_771_511_890_091),
        (-1.0, 2.0, 0.229_637_179_091_328_97, 0.519_762_539_211_533_9),
    ] {
        truncated_normal(KEY, 0, &[lower], &[upper], &mut out);
        assert!(out.iter().all(|&x| lower <= x && x <= upper));
        assert_moments("tail", out.iter().copied(), mean, variance, 6.0); // at most the excess of an exponential
        truncated_normal(KEY, 0, &[-upper], &[-lower], &mut out);
        assert!(out.iter().all(|&x| -upper <= x && x <= -lower));
        assert_moments("tail", out.iter().copied(), -mean, variance, 6.0);
    }
    for (lower, upper, nearest) in [(40.0, 41.0, 40.0), (f64::NEG_INFINITY, -50.0, -50.0)] {
        truncated_normal(KEY, 0, &[lower], &[upper], &mut out);
        assert!(out.iter().all(|&x| x == nearest));
    }
}

#[test]
fn parameters_without_a_meaning_come_to_an_end() {
    let (mut reals, mut counts) = ([0.0; 3], [1; 3]);
    let bad = [f64::NAN, f64::INFINITY, f64::NEG_INFINITY, -1.0];
    for x in bad {
        gamma(KEY, 0, &[x], &mut reals);
        assert!(reals.iter().all(|x| x.is_nan()));
        poisson(KEY, 0, &[x], &mut counts);
        assert_eq!(counts, [0; 3]);
        binomial(KEY, 0, &[x], &[0.5], &mut counts);
        assert_eq!(counts, [0; 3]);
        binomial(KEY, 0, &[100.0], &[x], &mut counts);
        assert_eq!(counts, [0; 3]);
        truncated_normal(KEY, 0, &[x], &[-2.0], &mut reals);
        assert!(reals.iter().all(|z| z.is_nan() || (x == f64::NEG_INFINITY && *z <= -2.0)));
    }
    for huge in [1e18, 1e300] {
        poisson(KEY, 0, &[huge], &mut counts);
        gamma(KEY, 0, &[huge], &mut reals);
        assert!(reals.iter().all(|x| (x / huge - 1.0).abs() < 1e-8));
        assert!(counts.iter().all(|&k| k > 999_999_900_000_000_000));
    }
    gamma(KEY, 0, &[0.0, f64::MIN_POSITIVE, 1e-310], &mut reals);
    assert!(reals[0].is_nan() && reals[1] == 0.0 && reals[2] == 0.0);
    let most = 9_007_199_254_740_992.0;
    binomial(KEY, 0, &[most], &[0.5, 1e-16, 1.0], &mut counts);
    assert!((counts[0] - (1 << 52)).abs() < 1 << 30 && counts[1] < 20 && counts[2] == 1 << 53);
}

#[test]
#[should_panic(expected = "neither one number nor as long as out")]
fn a_parameter_of_another_length_is_refused() {
    gamma(KEY, 0, &[1.0, 2.0], &mut [0.0; 3]);
}
