//! One number `(a + b phi) / den` of any size, in lowest terms.

use dashu_base::{BitTest, Gcd, Sign, Signed, UnsignedAbs};
use dashu_int::{IBig, UBig};
use std::cmp::Ordering;
use std::fmt;
use std::ops::{Add, Mul, Neg, Sub};

/// A number of the golden field: `(a + b phi) / den` with `den > 0` and `gcd(a, b, den) = 1`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Golden {
    a: IBig,
    b: IBig,
    den: UBig,
}

/// A division by zero was asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ZeroDivision;

impl fmt::Display for ZeroDivision {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("division by zero")
    }
}

impl std::error::Error for ZeroDivision {}

impl Golden {
    /// The ring's own element `a + b phi`.
    #[must_use]
    pub fn integral(a: IBig, b: IBig) -> Self {
        Self { a, b, den: UBig::ONE }
    }

    /// `(a + b phi) / den` in lowest terms.
    ///
    /// # Errors
    /// Where `den` is zero.
    pub fn new(a: IBig, b: IBig, den: IBig) -> Result<Self, ZeroDivision> {
        let (sign, den) = den.into_parts();
        if den.is_zero() {
            return Err(ZeroDivision);
        }
        Ok(match sign {
            Sign::Positive => Self::reduced(a, b, den),
            Sign::Negative => Self::reduced(-a, -b, den),
        })
    }

    fn reduced(a: IBig, b: IBig, den: UBig) -> Self {
        if den.is_one() {
            return Self { a, b, den };
        }
        let common = (&den).gcd(&a).gcd(&b); // gcd(den, 0) is den: zero becomes 0 / 1
        if common.is_one() {
            return Self { a, b, den };
        }
        Self { a: a / &common, b: b / &common, den: den / common }
    }

    /// The integer part of the numerator.
    #[must_use]
    pub fn a(&self) -> &IBig {
        &self.a
    }

    /// How many phi the numerator has.
    #[must_use]
    pub fn b(&self) -> &IBig {
        &self.b
    }

    /// The denominator, positive.
    #[must_use]
    pub fn den(&self) -> &UBig {
        &self.den
    }

    /// Whether this is a number of the ring `Z[phi]`.
    #[must_use]
    pub fn is_integral(&self) -> bool {
        self.den.is_one()
    }

    /// Whether this is zero.
    #[must_use]
    pub fn is_zero(&self) -> bool {
        self.a.is_zero() && self.b.is_zero()
    }

    /// The other root in the place of phi: `phi -> 1 - phi`.
    #[must_use]
    pub fn conj(&self) -> Self {
        Self { a: &self.a + &self.b, b: -&self.b, den: self.den.clone() }
    }

    /// `a^2 + ab - b^2`: the norm of the numerator.
    fn numerator_norm(&self) -> IBig {
        &self.a * (&self.a + &self.b) - self.b.sqr()
    }

    /// `x conj(x)`, a rational: numerator and denominator, not reduced.
    #[must_use]
    pub fn norm(&self) -> (IBig, UBig) {
        (self.numerator_norm(), self.den.sqr())
    }

    /// `x + conj(x)`, a rational: numerator and denominator, not reduced.
    #[must_use]
    pub fn trace(&self) -> (IBig, UBig) {
        (&self.a + &self.a + &self.b, self.den.clone())
    }

    /// `1 / x = conj(x) / norm(x)`.
    ///
    /// # Errors
    /// Where `x` is zero: only zero has norm zero.
    pub fn inverse(&self) -> Result<Self, ZeroDivision> {
        let conj = self.conj();
        Self::new(conj.a * &self.den, conj.b * &self.den, self.numerator_norm())
    }

    /// -1, 0 or 1. Where a and b have different signs, conj(x) = a - b / phi cannot cancel and has the sign of a, so x has
    /// the sign of a times that of the norm.
    #[must_use]
    pub fn sign(&self) -> i8 {
        let (a, b) = (signum(&self.a), signum(&self.b));
        if a * b >= 0 { if a == 0 { b } else { a } } else { a * signum(&self.numerator_norm()) }
    }

    /// `x` to a whole power; a negative one asks for the inverse.
    ///
    /// # Errors
    /// Where zero is raised to a negative power.
    pub fn pow(&self, exponent: &IBig) -> Result<Self, ZeroDivision> {
        if self.is_phi() {
            return Ok(Self::phi_power(exponent));
        }
        let mut base = if signum(exponent) < 0 { self.inverse()? } else { self.clone() };
        let mut left = exponent.clone().unsigned_abs();
        let mut power = Self::integral(IBig::ONE, IBig::ZERO);
        while !left.is_zero() {
            if left.trailing_zeros() == Some(0) {
                power = &power * &base;
            }
            left >>= 1;
            if !left.is_zero() {
                base = &base * &base;
            }
        }
        Ok(power)
    }

    fn is_phi(&self) -> bool {
        self.a.is_zero() && self.b.is_one() && self.den.is_one()
    }

    /// `phi^n = F(n - 1) + F(n) phi`, by two squares for each bit of n:
    /// `F(2k - 1) = F(k - 1)^2 + F(k)^2` and `F(2k) = 3 F(k)^2 - 2 F(k - 1)^2 + 2 (-1)^k`.
    fn phi_power(n: &IBig) -> Self {
        let size = n.clone().unsigned_abs();
        let (mut a, mut b, mut odd) = (IBig::ONE, IBig::ZERO, false);
        for i in (0..size.bit_len()).rev() {
            let (p, q) = (a.sqr(), b.sqr());
            (a, b) = (IBig::from(&p + &q), IBig::from(3) * IBig::from(q) - IBig::from(p << 1));
            b += if odd { -2 } else { 2 };
            odd = size.bit(i);
            if odd {
                let next = &a + &b;
                (a, b) = (b, next);
            }
        }
        let power = Self::integral(a, b);
        match (signum(n) < 0, odd) {
            (false, _) => power,
            (true, false) => power.conj(), // phi^-n = (-1)^n conj(phi^n)
            (true, true) => -&power.conj(),
        }
    }

    /// Both numerators over the common denominator `self.den * other.den`, where they differ.
    fn together(&self, other: &Self, join: impl Fn(IBig, IBig) -> IBig) -> Self {
        if self.den == other.den {
            return Self::reduced(
                join(self.a.clone(), other.a.clone()),
                join(self.b.clone(), other.b.clone()),
                self.den.clone(),
            );
        }
        let (mine, yours) = (other.den.as_ibig(), self.den.as_ibig());
        Self::reduced(
            join(&self.a * mine, &other.a * yours),
            join(&self.b * mine, &other.b * yours),
            &self.den * &other.den,
        )
    }
}

/// -1, 0 or 1.
pub fn signum(x: &IBig) -> i8 {
    if x.is_zero() {
        0
    } else if x.is_negative() {
        -1
    } else {
        1
    }
}

impl Add for &Golden {
    type Output = Golden;

    fn add(self, other: Self) -> Golden {
        self.together(other, |x, y| x + y)
    }
}

impl Sub for &Golden {
    type Output = Golden;

    fn sub(self, other: Self) -> Golden {
        self.together(other, |x, y| x - y)
    }
}

impl Mul for &Golden {
    type Output = Golden;

    /// Three products: `p = ac`, `q = bd`, `r = (a + b)(c + d)` give `(p + q) + (r - p) phi`.
    fn mul(self, other: Self) -> Golden {
        let (p, q) = (&self.a * &other.a, &self.b * &other.b);
        let r = (&self.a + &self.b) * (&other.a + &other.b);
        Golden::reduced(&p + q, r - p, if self.den.is_one() { other.den.clone() } else { &self.den * &other.den })
    }
}

impl Neg for &Golden {
    type Output = Golden;

    fn neg(self) -> Golden {
        Golden { a: -&self.a, b: -&self.b, den: self.den.clone() }
    }
}

impl PartialOrd for Golden {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Golden {
    /// By the real value, exactly.
    fn cmp(&self, other: &Self) -> Ordering {
        (self - other).sign().cmp(&0)
    }
}
