//! The kernels against wide integers, at every level of this machine.

#![allow(clippy::float_cmp)] // the nearest double is one double

use crate::elementwise::{Operation, Second, elementwise};
use crate::floats::to_floats;
use crate::order::{argmax, argsort, compare, sign};
use crate::product::{Shape, matmul};
use crate::{Golden, Width};
use dashu_int::IBig;
use proptest::prelude::*;
use simd::Level;

fn never() -> bool {
    false
}

fn check_elementwise<T: Width + std::fmt::Debug>(x: &[(T, T)], y: &[(T, T)]) {
    let plane = |x: &[(T, T)]| -> (Vec<T>, Vec<T>) { x.iter().copied().unzip() };
    let len = x.len();
    let ((xa, xb), (ya, yb)) = (plane(x), plane(y));
    for operation in [Operation::Add, Operation::Subtract, Operation::Multiply] {
        for splat in [false, true] {
            if splat && len == 0 {
                continue;
            }
            let want: Vec<(T, T)> = (0..len)
                .map(|i| {
                    let ((a, b), (c, d)) = (x[i], y[if splat { 0 } else { i }]);
                    match operation {
                        Operation::Add => (a.plus(c), b.plus(d)),
                        Operation::Subtract => (a.minus(c), b.minus(d)),
                        Operation::Multiply => {
                            (a.times(c).plus(b.times(d)), a.times(d).plus(b.times(c)).plus(b.times(d)))
                        }
                    }
                })
                .collect();
            for level in Level::available() {
                let (mut a, mut b) = (vec![T::default(); len], vec![T::default(); len]);
                let second = if splat { Second::All(ya[0], yb[0]) } else { Second::Each(&ya, &yb) };
                let extent = elementwise(level, operation, &mut a, &mut b, (&xa, &xb), second);
                assert_eq!(a.iter().copied().zip(b.iter().copied()).collect::<Vec<_>>(), want);
                let bounds = |plane: &[T]| plane.iter().map(|x| x.wide().unsigned_abs()).max().unwrap_or(0);
                assert_eq!(extent.bounds(), (bounds(&a), bounds(&b)));
            }
        }
    }
}

fn wide_sign(a: i128, b: i128) -> i8 {
    Golden::integral(a.into(), b.into()).sign()
}

proptest! {
    #[test]
    fn elementwise_is_the_ring_at_every_level_and_length(x in prop::collection::vec(any::<[i64; 4]>(), 0..68)) {
        let split = |shift: u32| -> (Vec<_>, Vec<_>) {
            x.iter().map(|v| ((v[0] >> shift, v[1] >> shift), (v[2] >> shift, v[3] >> shift))).unzip()
        };
        let (p, q) = split(34);
        check_elementwise(&p, &q);
        let narrow = |x: &[(i64, i64)], shift: u32| -> Vec<(i32, i32)> {
            x.iter().map(|&(a, b)| (i32::try_from(a >> shift).unwrap(), i32::try_from(b >> shift).unwrap())).collect()
        };
        check_elementwise(&narrow(&p, 15), &narrow(&q, 15));
        let tiny = |x: &[(i64, i64)]| -> Vec<(i8, i8)> {
            x.iter().map(|&(a, b)| (i8::try_from(a >> 27).unwrap(), i8::try_from(b >> 27).unwrap())).collect()
        };
        check_elementwise(&tiny(&p), &tiny(&q));
    }

    #[test]
    fn signs_are_those_of_big_integers(a in any::<i64>(), b in any::<i64>(), c in any::<i64>(), d in any::<i64>()) {
        prop_assert_eq!(sign(a.into(), b.into()), wide_sign(a.into(), b.into()));
        let (p, q) = (i128::from(a) - i128::from(c), i128::from(b) - i128::from(d));
        prop_assert_eq!(compare((a, b), (c, d)) as i8, wide_sign(p, q));
    }

    #[test]
    fn a_stable_sort_orders_by_value(row in prop::collection::vec((-3i64..3, -3i64..3), 1..40)) {
        let (a, b): (Vec<_>, Vec<_>) = row.iter().copied().unzip();
        let mut order = vec![0; row.len()];
        argsort(&mut order, &a, &b, &|| false).unwrap();
        let numbers: Vec<_> = row.iter().map(|&(a, b)| Golden::integral(a.into(), b.into())).collect();
        let mut want: Vec<usize> = (0..row.len()).collect();
        want.sort_by_key(|&i| numbers[i].clone());
        prop_assert_eq!(order.iter().map(|&i| usize::try_from(i).unwrap()).collect::<Vec<_>>(), want);
        let best = numbers.iter().max().unwrap();
        prop_assert_eq!(usize::try_from(argmax(&a, &b)).unwrap(), numbers.iter().position(|x| x == best).unwrap());
    }

    #[test]
    fn doubles_are_the_nearest(values in prop::collection::vec((any::<i64>(), any::<i64>(), 0u32..64), 0..20), den in 1i64..1000) {
        let (a, b): (Vec<i64>, Vec<i64>) = values.iter().map(|&(a, b, s)| (a >> s, b >> s)).unzip();
        for den in [1, den] {
            for level in Level::available() {
                let mut out = vec![0.0; a.len()];
                to_floats(level, &mut out, &a, &b, &den.into()).unwrap();
                for (i, x) in out.into_iter().enumerate() {
                    prop_assert_eq!(x, Golden::new(a[i].into(), b[i].into(), den.into()).unwrap().to_f64().unwrap());
                }
            }
        }
    }

    #[test]
    fn matrix_products_are_those_of_the_ring(
        (rows, depth, columns) in (0usize..40, 0usize..70, 0usize..70), seed in any::<u64>(), threads in 1usize..4,
    ) {
        check_matmul(rows, depth, columns, seed, threads, 100);
    }
}

/// A sequence of numbers in `-size..=size` that looks random.
fn numbers(count: usize, seed: u64, size: i64) -> Vec<i16> {
    let mut state = seed | 1;
    (0..count)
        .map(|_| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            i16::try_from(i64::try_from(state >> 33).unwrap() % (2 * size + 1) - size).unwrap()
        })
        .collect()
}

fn check_matmul(rows: usize, depth: usize, columns: usize, seed: u64, threads: usize, size: i64) {
    let (xa, xb) = (numbers(rows * depth, seed, size), numbers(rows * depth, !seed, size));
    let (ya, yb) = (numbers(depth * columns, seed ^ 0xFF, size), numbers(depth * columns, !seed ^ 0xFF, size));
    let shape = Shape { rows, depth, columns };
    let mut want = vec![(0i64, 0i64); rows * columns];
    for i in 0..rows {
        for k in 0..depth {
            for j in 0..columns {
                let [a, b, c, d] =
                    [xa[i * depth + k], xb[i * depth + k], ya[k * columns + j], yb[k * columns + j]].map(i64::from);
                want[i * columns + j].0 += a * c + b * d;
                want[i * columns + j].1 += a * d + b * c + b * d;
            }
        }
    }
    for level in Level::available() {
        let (mut a, mut b) = (vec![0i64; rows * columns], vec![0i64; rows * columns]);
        let bound = 3 * size * size;
        let block = usize::try_from(i64::from(i32::MAX) / bound).unwrap();
        matmul(level, shape, block, &mut a, &mut b, (&xa, &xb), (&ya, &yb), threads, &never).unwrap();
        assert_eq!(a.iter().copied().zip(b.iter().copied()).collect::<Vec<_>>(), want);
        if i64::try_from(depth).unwrap() * bound <= i64::from(i32::MAX) {
            let (mut a, mut b) = (vec![0i32; rows * columns], vec![0i32; rows * columns]);
            matmul(level, shape, depth.max(2), &mut a, &mut b, (&xa, &xb), (&ya, &yb), threads, &never).unwrap();
            assert!(a.iter().zip(&b).zip(&want).all(|((&a, &b), &w)| (i64::from(a), i64::from(b)) == w));
        }
    }
}

#[test]
fn the_largest_sixteen_bit_factors_are_right_in_blocks_of_two() {
    check_matmul(13, 33, 35, 5, 2, 16_383);
    check_matmul(3, 4100, 2, 6, 1, 16_383);
}

#[test]
fn the_smallest_distance_between_wide_numbers_has_a_sign() {
    // neighbours in the Fibonacci sequence at the end of 64 bits, whose difference to zero is 1e-19
    let (f91, f92) = (4_660_046_610_375_530_309_i64, 7_540_113_804_746_346_429_i64);
    assert_eq!(sign(f92.into(), (-f91).into()), wide_sign(f92.into(), (-f91).into()));
    let out = Golden::integral(f92.into(), IBig::from(-f91)).to_f64().unwrap();
    let mut floats = [0.0];
    to_floats(Level::best(), &mut floats, &[f92], &[-f91], &IBig::ONE).unwrap();
    assert_eq!(floats, [out]);
    assert!(out.abs() < 2e-19 && out != 0.0);
}

#[test]
fn a_long_row_is_sorted_in_runs_and_stops_when_told() {
    // three runs and a rest, with many equal elements: a stable order is the only right one
    let n = 3 * (1_i64 << 16) + 5;
    let a: Vec<i64> = (0..n).map(|i| (i * 7919) % 101 - 50).collect();
    let b: Vec<i64> = (0..n).map(|i| (i * 104_729) % 7 - 3).collect();
    let (mut order, mut wanted) = (vec![0; a.len()], (0..n).collect::<Vec<_>>());
    let at = |i: i64| (a[usize::try_from(i).unwrap()], b[usize::try_from(i).unwrap()]);
    wanted.sort_by(|&i, &j| compare(at(i), at(j)));
    argsort(&mut order, &a, &b, &|| false).unwrap();
    assert!(order == wanted);
    for stop in 0..12 {
        let asked = std::cell::Cell::new(0);
        let poll = || {
            asked.set(asked.get() + 1);
            asked.get() > stop
        };
        assert_eq!(argsort(&mut order, &a, &b, &poll), Err(threads::Stopped), "{stop}");
    }
}
