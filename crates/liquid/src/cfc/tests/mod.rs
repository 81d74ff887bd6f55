//! The kernel against its definition, and against itself.

#![allow(clippy::many_single_char_names)] // the letters of the equations
#![allow(clippy::float_cmp)] // bits are compared
#![allow(clippy::cast_possible_truncation, clippy::cast_precision_loss)] // small numbers, and numbers of f32

mod case;
mod reference;
mod tape;

use super::{Activation, Mode};
use crate::lanes::Real;
use case::{Case, Numbers, Random, Time};
use simd::Level;

const MODES: [Mode; 4] = [Mode::Default, Mode::NoGate, Mode::Pure, Mode::Solution];
const ACTIVATIONS: [Activation; 5] =
    [Activation::LecunTanh, Activation::Tanh, Activation::Relu, Activation::Silu, Activation::Gelu];
const TIMES: [Time; 3] = [Time::One, Time::PerStep, Time::PerRow];

/// Everything differs from case to case, so that few of them meet every pair of choices.
fn cases(count: usize) -> impl Iterator<Item = (Case, Numbers)> {
    let mut random = Random(7);
    (0..count).map(move |i| {
        let mut pick = |from: &[usize]| from[random.word() as usize % from.len()];
        let units = pick(&[1, 3, 7, 8, 18]);
        let layers = pick(&[0, 1, 1, 2]);
        let case = Case {
            mode: MODES[i % 4],
            activation: ACTIVATIONS[i % 5],
            backbone: (0..layers).map(|_| pick(&[1, 3, 9, 17])).collect(),
            lstm: i % 3 == 2,
            time: TIMES[pick(&[0, 1, 2])],
            masked: pick(&[0, 1]) == 1,
            batch: pick(&[0, 1, 2, 5, 17]),
            steps: pick(&[0, 1, 2, 6]),
            inputs: pick(&[1, 3, 7]),
            units,
        };
        let numbers = case.numbers(i as u64);
        (case, numbers)
    })
}

fn assert_close(found: &Numbers, expected: &Numbers, bound: f64, about: &str) {
    for ((name, found), (_, expected)) in found.named().into_iter().zip(expected.named()) {
        let size = expected.iter().fold(1.0_f64, |size, x| size.max(x.abs()));
        for (i, (f, e)) in found.iter().zip(expected).enumerate() {
            assert!((f - e).abs() <= bound * size, "{about}: {name}[{i}] is {f}, not {e}");
        }
    }
}

/// `bound` in units of the last place of the largest number of each kind, or of 1. A sum of 30 terms loses some 5 of
/// them (the root of 30, as signs differ), a function at most 4; three products and functions in each of 6 steps: below
/// 3 * 6 * 5 = 90 were nothing damped on its way, and the measured worst is 9.
fn check<T: Real>(count: usize, epsilon: f64, bound: f64) {
    for (i, (case, numbers)) in cases(count).enumerate() {
        let expected = reference::run(&case, &numbers);
        for level in Level::available() {
            let mut found = case.run::<T>(level, &numbers, 1, true);
            found.dt[case.batch * case.steps..].fill(0.0); // given for no row, and still there
            assert_close(&found, &expected, bound * epsilon, &format!("{level} case {i} {case:?}"));
        }
    }
}

#[test]
fn outputs_and_gradients_are_those_of_the_definition() {
    check::<f64>(240, f64::EPSILON, 100.0);
    check::<f32>(120, f64::from(f32::EPSILON), 100.0);
}

fn a_case(mode: Mode, lstm: bool, time: Time, masked: bool, batch: usize) -> (Case, Numbers) {
    let (activation, backbone) = (Activation::LecunTanh, vec![17]);
    let case = Case { mode, activation, backbone, lstm, time, masked, batch, steps: 4, inputs: 3, units: 9 };
    let numbers = case.numbers(batch as u64);
    (case, numbers)
}

#[test]
fn wide_layers_agree_with_the_definition() {
    for (i, (inputs, units, width)) in [(65, 7, 3), (7, 65, 1), (3, 33, 65), (1, 1, 65)].into_iter().enumerate() {
        for mode in MODES {
            let (mut case, _) = a_case(mode, i % 2 == 0, Time::PerRow, true, 3);
            (case.inputs, case.units, case.backbone, case.steps) = (inputs, units, vec![width], 3);
            let numbers = case.numbers(i as u64);
            let expected = reference::run(&case, &numbers);
            for level in Level::available() {
                let about = format!("{level} {case:?}");
                assert_close(&case.run::<f64>(level, &numbers, 1, true), &expected, 100.0 * f64::EPSILON, &about);
            }
        }
    }
}

/// The rows of `numbers` from `first` to `last`.
fn rows(case: &Case, numbers: &Numbers, first: usize, last: usize) -> (Case, Numbers) {
    let cut = |v: &[f64]| v[v.len() / case.batch * first..v.len() / case.batch * last].to_vec();
    let part = Numbers {
        parameters: numbers.parameters.clone(),
        x: cut(&numbers.x),
        h: cut(&numbers.h),
        c: cut(&numbers.c),
        dt: if case.time == Time::PerRow { cut(&numbers.dt) } else { numbers.dt.clone() },
        mask: numbers.mask[first * case.steps..last * case.steps].to_vec(),
        y: cut(&numbers.y),
        last_h: cut(&numbers.last_h),
        last_c: cut(&numbers.last_c),
    };
    (Case { batch: last - first, ..case.clone() }, part)
}

fn check_rows<T: Real>() {
    for (i, mode) in MODES.into_iter().enumerate() {
        let (case, numbers) = a_case(mode, i % 2 == 0, TIMES[i % 3], i % 2 == 1, 40);
        for level in Level::available() {
            let all = case.run::<T>(level, &numbers, 1, true);
            for (first, last) in [(0, 1), (5, 6), (39, 40), (0, 40), (3, 20), (7, 40), (20, 37)] {
                let (part, cut) = rows(&case, &numbers, first, last);
                let found = part.run::<T>(level, &cut, 1, true);
                let per_row = case.steps * case.units;
                assert_eq!(found.y, all.y[first * per_row..last * per_row], "{level} {mode:?} {first}");
                assert_eq!(found.x, all.x[first * case.steps * case.inputs..last * case.steps * case.inputs]);
                assert_eq!(found.last_h, all.last_h[first * case.units..last * case.units]);
                assert_eq!(found.h, all.h[first * case.units..last * case.units]);
            }
        }
    }
}

#[test]
fn a_row_has_the_same_bits_in_any_batch() {
    check_rows::<f32>();
    check_rows::<f64>();
}

#[test]
fn every_batch_up_to_40_rows_has_the_rows_of_the_largest() {
    let (case, numbers) = a_case(Mode::Default, true, Time::PerRow, true, 40);
    for level in Level::available() {
        let all = case.run::<f32>(level, &numbers, 1, false);
        for batch in 0..40 {
            let (part, cut) = rows(&case, &numbers, 0, batch);
            let found = part.run::<f32>(level, &cut, 1, false);
            assert_eq!(found.y, all.y[..batch * case.steps * case.units], "{level} {batch}");
            assert_eq!(found.last_c, all.last_c[..batch * case.units], "{level} {batch}");
        }
    }
}

#[test]
fn the_number_of_threads_changes_no_bit() {
    let (case, numbers) = a_case(Mode::Default, true, Time::PerRow, true, 150);
    for level in Level::available() {
        let one = case.run::<f32>(level, &numbers, 1, true);
        for threads in [2, 3, 7] {
            assert_eq!(case.run::<f32>(level, &numbers, threads, true), one, "{level} {threads}");
        }
    }
}

#[test]
fn more_blocks_than_sums_agree_with_the_definition() {
    let case = Case {
        mode: Mode::Default,
        activation: Activation::Tanh,
        backbone: vec![],
        lstm: false,
        time: Time::One,
        masked: false,
        batch: 64 * 4 + 9, // of the narrowest registers of f64, two at a time, more than 64 blocks
        steps: 2,
        inputs: 1,
        units: 2,
    };
    let numbers = case.numbers(3);
    let expected = reference::run(&case, &numbers);
    for level in Level::available() {
        let found = case.run::<f64>(level, &numbers, 2, true);
        assert_close(&found, &expected, 100.0 * f64::EPSILON, &level.to_string());
    }
}

/// Steps `first` to `last`, from a given state.
fn steps(case: &Case, numbers: &Numbers, (first, last): (usize, usize), (h, c): (&[f64], &[f64])) -> (Case, Numbers) {
    fn cut<T: Copy>(v: &[T], case: &Case, (first, last): (usize, usize), width: usize) -> Vec<T> {
        let row = |row: usize| v[(row * case.steps + first) * width..(row * case.steps + last) * width].iter().copied();
        (0..case.batch).flat_map(row).collect()
    }
    let part = Numbers {
        parameters: numbers.parameters.clone(),
        x: cut(&numbers.x, case, (first, last), case.inputs),
        h: h.to_vec(),
        c: c.to_vec(),
        dt: match case.time {
            Time::One => numbers.dt.clone(),
            Time::PerStep => numbers.dt[first..last].to_vec(),
            Time::PerRow => cut(&numbers.dt, case, (first, last), 1),
        },
        mask: cut(&numbers.mask, case, (first, last), 1),
        y: cut(&numbers.y, case, (first, last), case.units),
        last_h: numbers.last_h.clone(),
        last_c: numbers.last_c.clone(),
    };
    (Case { steps: last - first, ..case.clone() }, part)
}

#[test]
fn any_chunking_of_the_steps_has_the_same_bits() {
    for (i, mode) in MODES.into_iter().enumerate() {
        let (mut case, _) = a_case(mode, i % 2 == 0, TIMES[i % 3], i % 2 == 1, 5);
        case.steps = 23;
        let numbers = case.numbers(2);
        for level in Level::available() {
            let whole = case.run::<f32>(level, &numbers, 1, false);
            let (mut h, mut c) = (numbers.h.clone(), numbers.c.clone());
            for cut in [0, 1, 2, 7, 20, 23].windows(2) {
                let (part, given) = steps(&case, &numbers, (cut[0], cut[1]), (&h, &c));
                let found = part.run::<f32>(level, &given, 1, false);
                let at =
                    |row: usize| (row * case.steps + cut[0]) * case.units..(row * case.steps + cut[1]) * case.units;
                let expected: Vec<f64> = (0..case.batch).flat_map(|row| whole.y[at(row)].iter().copied()).collect();
                assert_eq!(found.y, expected, "{level} {mode:?} {cut:?}");
                (h, c) = (found.last_h, found.last_c);
            }
            assert_eq!((h, c), (whole.last_h, whole.last_c));
        }
    }
}

#[test]
fn single_steps_have_the_bits_of_the_sequence() {
    for (i, (mut case, _)) in cases(120).enumerate() {
        (case.masked, case.batch, case.steps) = (false, 2, 4);
        if case.time == Time::One && !case.mode.has_vectors() {
            case.time = Time::PerStep; // one elapsed time for all merges two heads, and rounds once less
        }
        let numbers = case.numbers(i as u64);
        for level in Level::available() {
            let (y64, y32) =
                (case.run::<f64>(level, &numbers, 1, false).y, case.run::<f32>(level, &numbers, 1, false).y);
            let per_row = case.steps * case.units;
            for row in 0..2 {
                let at = row * per_row..(row + 1) * per_row;
                assert_eq!(case.walk::<f64>(level, &numbers, row), y64[at.clone()], "{level} {case:?}");
                assert_eq!(case.walk::<f32>(level, &numbers, row), y32[at], "{level} {case:?}");
            }
        }
    }
}

#[test]
fn a_nan_stays_in_its_row() {
    for mode in MODES {
        let (case, mut numbers) = a_case(mode, true, Time::PerRow, false, 20);
        let clean = case.run::<f32>(Level::best(), &numbers, 1, true);
        let bad = 6;
        numbers.x[bad * case.steps * case.inputs] = f64::NAN;
        for level in Level::available() {
            let clean =
                if level == Level::best() { clean.clone() } else { case.run::<f32>(level, &rid(&numbers), 1, true) };
            let found = case.run::<f32>(level, &numbers, 1, true);
            let width = case.steps * case.units;
            for row in 0..case.batch {
                let (found, clean) = (&found.y[row * width..][..width], &clean.y[row * width..][..width]);
                assert!(
                    if row == bad { found.iter().all(|y| y.is_nan()) } else { found == clean },
                    "{level} {mode:?} {row}"
                );
            }
            let width = case.steps * case.inputs;
            assert!(
                found.x[..bad * width] == clean.x[..bad * width]
                    && found.x[(bad + 1) * width..] == clean.x[(bad + 1) * width..]
            );
        }
    }
}

/// The same numbers with zeros for what is not a number.
fn rid(numbers: &Numbers) -> Numbers {
    let mut clean = numbers.clone();
    clean.x.iter_mut().filter(|x| x.is_nan()).for_each(|x| *x = 0.0);
    clean
}

#[test]
fn what_the_mask_leaves_out_is_not_looked_at() {
    for mode in MODES {
        let (case, numbers) = a_case(mode, true, Time::PerRow, true, 9);
        let mut hostile = numbers.clone();
        for (i, _) in numbers.mask.iter().enumerate().filter(|(_, kept)| **kept == 0) {
            hostile.x[i * case.inputs..][..case.inputs].fill(f64::NAN);
            hostile.dt[i] = f64::INFINITY;
        }
        for level in Level::available() {
            let expected = case.run::<f32>(level, &numbers, 1, true);
            assert_eq!(case.run::<f32>(level, &hostile, 1, true), expected, "{level} {mode:?}");
        }
    }
}

#[test]
fn gradients_are_central_differences() {
    const STEP: f64 = 1e-5; // third derivatives times STEP squared, and rounding over STEP: both 1e-10 times some 10
    for (i, (case, numbers)) in
        cases(240).enumerate().filter(|(_, (case, _))| case.batch > 0 && case.batch < 6 && case.steps > 0)
    {
        if case.activation == Activation::Relu {
            continue; // it has a corner
        }
        let level = Level::best();
        let grads = case.run::<f64>(level, &numbers, 1, true);
        let loss = |numbers: &Numbers| {
            let out = case.run::<f64>(level, numbers, 1, false);
            let dot = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>();
            dot(&out.y, &numbers.y) + dot(&out.last_h, &numbers.last_h) + dot(&out.last_c, &numbers.last_c)
        };
        let mut random = Random(i as u64);
        let mut direction = numbers.like();
        direction.parameters.iter_mut().for_each(|p| *p = random.numbers(p.len(), 1.0));
        direction.x = random.numbers(numbers.x.len(), 1.0);
        direction.h = random.numbers(numbers.h.len(), 1.0);
        direction.c = random.numbers(numbers.c.len(), 1.0);
        let moved = |by: f64| {
            let add = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a + by * b).collect::<Vec<f64>>();
            let mut there = numbers.clone();
            there.parameters = numbers.parameters.iter().zip(&direction.parameters).map(|(a, b)| add(a, b)).collect();
            there.x = add(&numbers.x, &direction.x);
            there.h = add(&numbers.h, &direction.h);
            there.c = add(&numbers.c, &direction.c);
            there
        };
        let slope = (loss(&moved(STEP)) - loss(&moved(-STEP))) / (2.0 * STEP);
        let (named, grads) = (direction.named(), grads.named());
        let inner = named
            .iter()
            .zip(&grads)
            .filter(|((name, _), _)| !name.starts_with("last") && !["y", "dt"].contains(&&name[..]));
        let terms: Vec<f64> = inner.flat_map(|((_, d), (_, g))| d.iter().zip(*g).map(|(d, g)| d * g)).collect();
        let (found, size) = (terms.iter().sum::<f64>(), terms.iter().map(|x| x.abs()).sum::<f64>().max(1.0));
        assert!((found - slope).abs() <= 1e-7 * size, "{case:?}: {found} for {slope}");
    }
}

#[test]
fn a_stop_is_an_error() {
    for batch in [3, 20] {
        let (case, numbers) = a_case(Mode::Default, false, Time::One, false, batch);
        let parameters: Vec<Vec<f64>> = numbers.parameters.clone();
        let cell = case.cell(&parameters);
        let shape = super::Shape { batch, steps: case.steps, inputs: case.inputs, units: case.units };
        let state = super::State { h: &numbers.h[..], c: None };
        let sequence = super::Sequence { shape, x: &numbers.x, state, dt: super::Dt::One(1.0), mask: None };
        let out = || super::Out { y: None, last: None };
        for threads in [1, 2] {
            assert!(super::forward(Level::best(), &cell, &sequence, out(), false, threads, &|| true).is_err());
            assert!(super::forward(Level::best(), &cell, &sequence, out(), true, threads, &|| true).is_err());
        }
    }
}
