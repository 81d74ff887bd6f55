//! Values against wider ones, words against big integers, and the nearest element against all of them.

use super::cells::Cells;
use super::constants::Constants;
use super::gauss::Gauss;
use super::plan::Plan;
use super::words::{BITS, Words};
use super::{Function, big, nearest, rounded_quotient, shares, softmax};
use crate::Golden;
use dashu_base::{Abs, Signed};
use dashu_int::IBig;
use proptest::prelude::*;

const ALL: [Function; 9] = [
    Function::Exp,
    Function::Log,
    Function::Sin,
    Function::Cos,
    Function::Tanh,
    Function::Sigmoid,
    Function::Erf,
    Function::Gelu,
    Function::Sqrt,
];

fn golden(a: i64, b: i64, den: i64) -> Golden {
    Golden::new(a.into(), b.into(), den.into()).unwrap()
}

/// Numbers from 2^-40 to about 100, and where both parts cancel.
fn number() -> impl Strategy<Value = Golden> {
    prop_oneof![
        (-60_i64..60, -60_i64..60, 1_i64..20).prop_map(|(a, b, den)| golden(a, b, den)),
        (-1_i64 << 40..1 << 40, 0_u32..70).prop_map(|(a, k)| golden(a, a / 3, 1 << k.clamp(36, 62))),
        (1_i64..1 << 25, any::<bool>()).prop_map(|(b, up)| {
            let a = Golden::integral(0.into(), b.into()).floor();
            Golden::integral(-a - IBig::from(up), b.into())
        }),
    ]
}

fn defined(f: Function, x: Golden) -> Golden {
    match f {
        Function::Log | Function::Sqrt if x.sign() < 0 => -&x,
        Function::Log if x.is_zero() => golden(1, 1, 3),
        _ => x,
    }
}

/// The nearest element by looking at all.
fn brute(numerator: &IBig, bits: usize, bound: i64) -> (IBig, i64) {
    let x = Golden::new(numerator.clone(), 0.into(), IBig::ONE << bits).unwrap();
    let mut best: Option<(Golden, (IBig, i64))> = None;
    for b in -bound..=bound {
        let floor = (&x - &golden(0, b, 1)).floor();
        for a in [floor.clone(), floor + IBig::ONE] {
            let rest = &Golden::integral(a.clone(), b.into()) - &x;
            let far = if rest.sign() < 0 { -&rest } else { rest };
            if best.as_ref().is_none_or(|(least, _)| far < *least) {
                best = Some((far, (a, b)));
            }
        }
    }
    best.unwrap().1
}

/// The interval that words give holds the value, where they give one: whether they do.
fn check_words(words: &Words, constants: &Constants, f: Function, x: &Golden) -> bool {
    let part = |x: &IBig| i64::try_from(x).ok();
    let (Some(a), Some(b), Some(den)) = (part(x.a()), part(x.b()), part(x.den().as_ibig())) else {
        return false;
    };
    let Some(argument) = words.argument(a, b, den.into()) else { return false };
    let found = match f {
        Function::Exp => words.exp(argument),
        Function::Log => words.log(argument),
        Function::Sin => words.sine(argument, 0),
        Function::Cos => words.sine(argument, 1),
        Function::Tanh => words.tanh(argument),
        Function::Sigmoid => words.sigmoid(argument),
        Function::Sqrt => Words::sqrt(argument),
        Function::Erf => Some(Gauss::table().erf(argument)),
        Function::Gelu => Some(Gauss::table().gelu(argument)),
    };
    let Some((value, error)) = found else { return false };
    let wide = f.value(x, BITS as usize + 64, constants).unwrap();
    let far = ((IBig::from(value) << 64) - wide).abs();
    assert!(far <= (IBig::from(error) << 64) + IBig::from(big::ERROR), "{f:?} {x:?}: {value} {error} {far}");
    true
}

proptest! {
    #[test]
    fn values_agree_with_wider_ones(x in number(), index in 0..ALL.len(), bits in 8_usize..300) {
        let (f, constants) = (ALL[index], Constants::new());
        let x = defined(f, x);
        let value = f.value(&x, bits, &constants).unwrap();
        let wide = f.value(&x, bits + 200, &constants).unwrap();
        let far = ((value << 200) - wide).abs();
        prop_assert!(far <= (IBig::from(big::ERROR) << 200) + IBig::from(big::ERROR), "{f:?} {x:?} {bits}: {far}");
    }

    #[test]
    fn words_hold_the_value(x in number(), index in 0..ALL.len()) {
        let constants = Constants::new();
        check_words(&Words::new(&constants), &constants, ALL[index], &defined(ALL[index], x));
    }

    #[test]
    fn the_nearest_is_that_of_all(numerator in any::<i64>(), bits in 0_usize..70, bound in 0_i64..60) {
        let numerator = IBig::from(numerator);
        prop_assert_eq!(nearest(&numerator, bits, bound.unsigned_abs()), brute(&numerator, bits, bound));
    }

    #[test]
    fn the_table_is_the_walk(value in -1_i64 << 62..1 << 62, error in 0_u64..1 << 30, bound in 0_u64..3000) {
        let cells = Cells::new(bound, 1 << 20).unwrap();
        if let Some((a, b)) = cells.nearest((value.into(), error)) {
            for end in [i128::from(value) - i128::from(error), i128::from(value) + i128::from(error)] {
                prop_assert_eq!(nearest(&end.into(), BITS as usize, bound), (a.into(), b));
            }
        }
    }

    #[test]
    fn shares_add_up_and_keep_the_order(
        row in prop::collection::vec((-50_i64..50, -9_i64..9), 1..20), total in 1_i64..1 << 40,
    ) {
        let plan = Plan::new(100, IBig::ONE, 10);
        let row: Vec<_> = row.into_iter().map(|(a, b)| golden(a, b, 7)).collect();
        let found = shares(&plan, &row, &total.into()).unwrap();
        prop_assert_eq!(found.iter().sum::<IBig>(), IBig::from(total));
        for (x, p) in row.iter().zip(&found) {
            for (y, q) in row.iter().zip(&found) {
                prop_assert!(!p.is_negative() && (x <= y || p >= q));
            }
        }
    }
}

#[test]
fn words_suffice_all_along_the_line() {
    let constants = Constants::new();
    let words = Words::new(&constants);
    for f in ALL {
        let first = if matches!(f, Function::Log | Function::Sqrt) { 1 } else { -300 };
        for k in first..300 {
            assert!(check_words(&words, &constants, f, &golden(k, 0, 29)), "{f:?} of {k}/29");
        }
    }
}

#[test]
fn ties_go_to_the_smaller_b() {
    for bound in [0, 1, 2, 3, 10, 100] {
        for numerator in -9..10 {
            let numerator = IBig::from(numerator);
            assert_eq!(nearest(&numerator, 1, bound), brute(&numerator, 1, bound.cast_signed()));
        }
    }
    // every half of a golden integer is a middle; roots of their squares are decided exactly
    let none = golden(0, 0, 1);
    let middle = golden(-7, 5, 2);
    for n in [golden(1, 0, 1), golden(-1, 0, 1)] {
        let q = (&middle * &middle).inverse().unwrap();
        let (a, b) = rounded_quotient(&n, &q, &none, 3).unwrap();
        let found = Golden::integral(a, b.into());
        let wanted = if n.sign() > 0 { middle.clone() } else { -&middle };
        let far = |b: i64| {
            let rest = &wanted - &golden(0, b, 1);
            let a = rest.round_scaled(&dashu_int::UBig::ONE, &dashu_int::UBig::ONE);
            let rest = &Golden::integral(a, b.into()) - &wanted;
            if rest.sign() < 0 { -&rest } else { rest }
        };
        let rest = &found - &wanted;
        let own = if rest.sign() < 0 { -&rest } else { rest };
        for other in -3..=3 {
            assert!(own < far(other) || own == far(other) && b <= other);
        }
    }
}

#[test]
fn the_error_covers_cancellation_at_any_size() {
    let constants = Constants::new();
    // phi^-500, as the difference of two numbers of 347 bits
    let tiny = golden(-1, 1, 1).pow(&500.into()).unwrap();
    for f in ALL {
        let value = f.value(&tiny, 400, &constants).unwrap();
        let wide = f.value(&tiny, 900, &constants).unwrap();
        assert!(((value << 500) - wide).abs() <= IBig::from(big::ERROR + 1) << 500, "{f:?}");
    }
}

#[test]
fn a_softmax_far_below_the_others_takes_no_bits() {
    let plan = Plan::new(1000, IBig::ONE, 10);
    let row = [golden(0, 0, 1), golden(0, 0, 1), golden(-1_000_000, 0, 1)];
    let half = nearest(&IBig::ONE, 1, 1000);
    let found = softmax(&plan, &row).unwrap();
    // below 1/2 by next to nothing: the lower neighbour of the middle
    assert!(found[0] == found[1] && found[2] == (IBig::ZERO, 0));
    let low = Golden::integral(found[0].0.clone(), found[0].1.into());
    assert!(low < golden(1, 0, 2) && low <= Golden::integral(half.0, half.1.into()));
    let found = shares(&plan, &row, &4.into()).unwrap();
    assert_eq!(found, [IBig::from(2), IBig::from(2), IBig::ZERO]);
}
