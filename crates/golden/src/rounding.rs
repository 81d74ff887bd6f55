//! From exact numbers to whole ones, floats and decimals: the only places where something is rounded.

use crate::scalar::{Golden, signum};
use dashu_base::{BitTest, DivEuclid, SquareRoot, UnsignedAbs};
use dashu_int::{IBig, UBig};

/// The float is larger than any finite one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TooLarge;

impl Golden {
    /// `floor(x numerator / denominator)`, from an integer square root: `b phi = (b + sqrt(5 b^2)) / 2`.
    ///
    /// # Panics
    /// Where `denominator` is zero.
    #[must_use]
    pub fn floor_scaled(&self, numerator: &UBig, denominator: &UBig) -> IBig {
        let (a, b) = (self.a() * numerator.as_ibig(), self.b() * numerator.as_ibig());
        let root = IBig::from((UBig::from(5u8) * b.clone().unsigned_abs().sqr()).sqrt());
        let twice = &a
            + &a
            + &b
            + match signum(&b) {
                0 => IBig::ZERO,
                1 => root,
                _ => -root - IBig::ONE, // 5 b^2 is no square: the floor of -sqrt is one below
            };
        twice.div_euclid(IBig::from(self.den() * denominator * UBig::from(2u8)))
    }

    /// The largest integer that is not above `x`.
    #[must_use]
    pub fn floor(&self) -> IBig {
        self.floor_scaled(&UBig::ONE, &UBig::ONE)
    }

    /// Whether `x numerator / denominator` is the whole number `n`.
    fn is_scaled(&self, n: &IBig, numerator: &UBig, denominator: &UBig) -> bool {
        self.b().is_zero() && self.a() * numerator.as_ibig() == n * (self.den() * denominator).as_ibig()
    }

    /// `x numerator / denominator` to the nearest integer, a half to the even one.
    ///
    /// # Panics
    /// Where `denominator` is zero.
    #[must_use]
    pub fn round_scaled(&self, numerator: &UBig, denominator: &UBig) -> IBig {
        let halves = self.floor_scaled(&(numerator * UBig::from(2u8)), denominator);
        let down = (&halves).div_euclid(IBig::from(2));
        let upper = &halves - &down - &down == IBig::ONE;
        let tie = upper && self.is_scaled(&halves, &(numerator * UBig::from(2u8)), denominator);
        let odd = (&down % IBig::from(2)) != IBig::ZERO;
        if upper && (!tie || odd) { down + IBig::ONE } else { down }
    }

    /// The nearest double, a half to the even one, with subnormal numbers at the low end.
    ///
    /// # Errors
    /// Where `x` is beyond the largest double.
    ///
    /// # Panics
    /// Never: 53 bits and a carry fit 64.
    pub fn to_f64(&self) -> Result<f64, TooLarge> {
        let sign = self.sign();
        if sign == 0 {
            return Ok(0.0);
        }
        let size = if sign < 0 { -self } else { self.clone() };
        let exponent = size.exponent();
        if exponent > 1023 {
            return Err(TooLarge);
        }
        // 53 bits, fewer where the number is subnormal: floor(x 2^shift) is the significand to round
        let shift = 52 - exponent.max(-1022);
        let (up, down) = (power_of_two(shift), power_of_two(-shift));
        let bits = u64::try_from(size.round_scaled(&up, &down)).expect("53 bits and a carry");
        // exact: `bits` has at most 54 bits of which a 54th is the carry into a power of two
        #[expect(clippy::cast_precision_loss, reason = "at most 2^53")]
        let float = scale(bits as f64, -shift);
        if float.is_infinite() {
            return Err(TooLarge);
        }
        Ok(if sign < 0 { -float } else { float })
    }

    /// The exponent of `|x|`; 0 for zero.
    #[must_use]
    pub fn exponent_of_size(&self) -> isize {
        match self.sign() {
            0 => 0,
            1 => self.exponent(),
            _ => (-self).exponent(),
        }
    }

    /// `x` to so many significant decimal digits: an integer of that many digits and a power of ten; zero is (0, 0).
    ///
    /// # Panics
    /// Where `digits` is zero.
    #[must_use]
    pub fn to_decimal(&self, digits: usize) -> (IBig, isize) {
        assert!(digits > 0, "to_decimal: at least one digit");
        if self.is_zero() {
            return (IBig::ZERO, 0);
        }
        // log10(2) = 0.30103: the first guess of the exponent is off by one at most, or by the width of huge ones
        let mut power = (self.exponent_of_size() * 30_103).div_euclid(100_000) + 1 - digits.cast_signed();
        let ten = UBig::from(10u8);
        loop {
            let scale = |n: isize| ten.pow(usize::try_from(n).unwrap_or(0));
            let count = self.round_scaled(&scale(-power), &scale(power));
            let length = count.clone().unsigned_abs().to_string().len();
            if length == digits {
                return (count, power);
            }
            power += length.cast_signed() - digits.cast_signed();
        }
    }

    /// The exponent e of a positive number: `2^e <= x < 2^(e + 1)`.
    ///
    /// # Panics
    /// Where `x` is not positive.
    #[must_use]
    pub fn exponent(&self) -> isize {
        // a look at the first bits; where a and b phi cancel there are none, and the look goes twice as deep
        let length = self.a().bit_len().max(self.b().bit_len()).max(1);
        let mut shift = self.den().bit_len().cast_signed() - length.cast_signed() + 64;
        loop {
            let look = self.floor_scaled(&power_of_two(shift), &power_of_two(-shift));
            assert!(signum(&look) >= 0, "exponent: a positive number");
            if !look.is_zero() {
                return look.bit_len().cast_signed() - 1 - shift;
            }
            shift += 64 + length.cast_signed();
        }
    }
}

/// `2^n`, and 1 where n is negative.
fn power_of_two(n: isize) -> UBig {
    UBig::ONE << usize::try_from(n).unwrap_or(0)
}

/// `x 2^n`, rounded at most once: `x` has at most 53 bits, and as many as the result can hold.
fn scale(x: f64, n: isize) -> f64 {
    let mut n = i32::try_from(n).expect("exponents of doubles");
    let mut x = x;
    while n > 1023 {
        x *= f64::from_bits(0x7FE0_0000_0000_0000); // 2^1023
        n -= 1023;
    }
    while n < -1022 {
        x *= f64::from_bits(0x0010_0000_0000_0000); // 2^-1022
        n += 1022;
    }
    x * f64::from_bits(u64::try_from(n + 1023).expect("a normal exponent") << 52)
}
