//! Numbers against their own laws, at sizes up to 2,000 bits.

use crate::Golden;
use dashu_base::Sign;
use dashu_int::{IBig, UBig};
use proptest::prelude::*;

fn integer() -> impl Strategy<Value = IBig> {
    (any::<bool>(), prop_oneof![prop::collection::vec(any::<u8>(), 0..9), prop::collection::vec(any::<u8>(), 0..250)])
        .prop_map(|(negative, bytes)| {
            IBig::from_parts(if negative { Sign::Negative } else { Sign::Positive }, UBig::from_le_bytes(&bytes))
        })
}

fn number() -> impl Strategy<Value = Golden> {
    (integer(), integer(), integer())
        .prop_map(|(a, b, den)| Golden::new(a.clone(), b.clone(), den).unwrap_or_else(|_| Golden::integral(a, b)))
}

fn whole(n: i64) -> Golden {
    Golden::integral(n.into(), 0.into())
}

proptest! {
    #[test]
    fn the_field_laws_hold(x in number(), y in number(), z in number()) {
        prop_assert_eq!(&x + &y, &y + &x);
        prop_assert_eq!(&x * &y, &y * &x);
        prop_assert_eq!(&(&x * &y) * &z, &x * &(&y * &z));
        prop_assert_eq!(&x * &(&y + &z), &(&x * &y) + &(&x * &z));
        prop_assert_eq!(&x - &x, whole(0));
        if !x.is_zero() {
            prop_assert_eq!(&x * &x.inverse().unwrap(), whole(1));
        }
    }

    #[test]
    fn conjugation_is_an_automorphism_of_order_two(x in number(), y in number()) {
        prop_assert_eq!((&x * &y).conj(), &x.conj() * &y.conj());
        prop_assert_eq!((&x + &y).conj(), &x.conj() + &y.conj());
        prop_assert_eq!(x.conj().conj(), x);
    }

    #[test]
    fn the_floor_is_the_last_integer_below(x in number()) {
        let floor = Golden::integral(x.floor(), IBig::ZERO);
        prop_assert!(floor <= x);
        prop_assert!(x < &floor + &whole(1));
    }

    #[test]
    fn the_nearest_integer_is_at_most_a_half_away(x in number()) {
        let near = Golden::integral(x.round_scaled(&UBig::ONE, &UBig::ONE), IBig::ZERO);
        let twice = &(&x - &near) * &whole(2);
        prop_assert!(twice <= whole(1) && whole(-1) <= twice);
    }

    #[test]
    fn the_double_is_nearer_than_its_neighbours(x in number()) {
        let Ok(float) = x.to_f64() else { return Ok(()) };
        let distance = |y: f64| { let d = &exact(y) - &x; if d.sign() < 0 { -&d } else { d } };
        let own = distance(float);
        for next in [float.next_up(), float.next_down()] {
            if next.is_finite() {
                prop_assert!(own <= distance(next));
            }
        }
    }

    #[test]
    fn text_comes_back_as_the_number(x in number()) {
        prop_assert_eq!(x.to_string().parse::<Golden>(), Ok(x));
    }

    #[test]
    fn nothing_that_is_typed_makes_the_parser_panic(text in "[-+*/()phi0-9 φ]{0,12}") {
        let _ = text.parse::<Golden>();
    }
}

fn exact(x: f64) -> Golden {
    let (mantissa, exponent) = (x.to_bits() & ((1 << 52) - 1), (x.to_bits() >> 52) & 0x7FF);
    let (mantissa, exponent) = if exponent == 0 { (mantissa, 1) } else { (mantissa | (1 << 52), exponent) };
    let shift = i64::try_from(exponent).unwrap() - 1075;
    let size = IBig::from(mantissa) << usize::try_from(shift).unwrap_or(0);
    let den = IBig::ONE << usize::try_from(-shift).unwrap_or(0);
    Golden::new(if x < 0.0 { -size } else { size }, IBig::ZERO, den).unwrap()
}

#[test]
fn phi_squared_is_phi_plus_one() {
    let phi = Golden::integral(0.into(), 1.into());
    assert_eq!(&phi * &phi, &phi + &whole(1));
    assert_eq!(&phi * &phi.conj(), whole(-1));
    assert_eq!(&phi + &phi.conj(), whole(1));
}

#[test]
fn signs_are_right_next_to_zero() {
    // F(n) phi - F(n + 1) = -(-1 / phi)^n: down to 1e-83 here, and the naive doubles are noise
    let (mut low, mut high) = (IBig::ZERO, IBig::ONE);
    for n in 0..400 {
        let x = Golden::integral(-high.clone(), low.clone());
        assert_eq!(x.sign(), if n % 2 == 0 { -1 } else { 1 }, "n = {n}");
        let next = &low + &high;
        (low, high) = (high, next);
    }
}

#[test]
fn subnormal_doubles_are_rounded_once() {
    let tiny = Golden::new(3.into(), 0.into(), IBig::ONE << 1075).unwrap(); // 1.5 of the smallest: a tie, to the even 2
    assert_eq!(tiny.to_f64(), Ok(f64::from_bits(2)));
    let less = Golden::new(1.into(), 0.into(), IBig::ONE << 1075).unwrap(); // a tie between 0 and the smallest
    assert_eq!(less.to_f64(), Ok(0.0));
    assert!(Golden::integral(IBig::ONE << 1024, 0.into()).to_f64().is_err());
    let below = Golden::integral((IBig::ONE << 1024) - (IBig::ONE << 970), 0.into()); // the tie with infinity
    assert!(below.to_f64().is_err());
}
