//! Numbers of any size as residues, and back.
//!
//! For a prime p = 1 or 4 mod 5 the field of p elements holds both roots of x^2 = x + 1, so `Z[phi] / p` is two copies of
//! it: a number is its pair of values `a + b root`, and products are taken one by one. Enough primes and the pair of
//! integers is known (Chinese remainders); how many are enough says the caller, who has the bound.

use simd::{Kind, Level};
use std::iter::zip;

/// Primes are below: sums of 256 of their products with 32 bits fit 64.
pub const LIMIT: u32 = 1 << 24;

/// A prime below 2^24 with both roots of `x^2 = x + 1`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Prime {
    pub p: u32,
    pub roots: [u32; 2],
}

/// `x y mod p`.
#[inline(always)]
#[must_use]
#[expect(clippy::cast_possible_truncation, reason = "below p")]
pub fn multiply(x: u32, y: u32, p: u32) -> u32 {
    (u64::from(x) * u64::from(y) % u64::from(p)) as u32
}

/// `x - y mod p`.
#[inline(always)]
#[must_use]
pub fn subtract(x: u32, y: u32, p: u32) -> u32 {
    if x >= y { x - y } else { x + (p - y) }
}

/// `x^n mod p`.
#[must_use]
pub fn power(mut x: u32, mut n: u32, p: u32) -> u32 {
    let mut result = 1 % p;
    while n > 0 {
        if n & 1 == 1 {
            result = multiply(result, x, p);
        }
        x = multiply(x, x, p);
        n >>= 1;
    }
    result
}

/// `1 / x mod p`, for x that is not zero.
#[must_use]
pub fn inverse(x: u32, p: u32) -> u32 {
    power(x, p - 2, p)
}

/// Whether an odd number above 61 is prime: Miller and Rabin, with bases that suffice below 2^32.
fn is_prime(n: u32) -> bool {
    let (shift, odd) = ((n - 1).trailing_zeros(), (n - 1) >> (n - 1).trailing_zeros());
    [2, 7, 61].into_iter().all(|base| {
        let mut x = power(base, odd, n);
        x == 1
            || (0..shift).any(|_| {
                let hit = x == n - 1;
                x = multiply(x, x, n);
                hit
            })
    })
}

/// A square root of 5 modulo a prime where it has one: Tonelli and Shanks.
fn root_of_five(p: u32) -> u32 {
    let (shift, odd) = ((p - 1).trailing_zeros(), (p - 1) >> (p - 1).trailing_zeros());
    let other = (2..p).find(|&x| power(x, (p - 1) / 2, p) == p - 1).expect("half of all residues are no squares");
    let (mut m, mut c) = (shift, power(other, odd, p));
    let (mut t, mut root) = (power(5, odd, p), power(5, odd.div_ceil(2), p));
    while t != 1 {
        let (mut i, mut square) = (0, t);
        while square != 1 {
            square = multiply(square, square, p);
            i += 1;
        }
        let b = power(c, 1 << (m - i - 1), p);
        (m, c) = (i, multiply(b, b, p));
        (t, root) = (multiply(t, c, p), multiply(root, b, p));
    }
    root
}

/// The `count` largest primes below `limit` that hold both roots; fewer where there are no more above 61.
///
/// # Panics
/// Where `limit` is above [`LIMIT`].
#[must_use]
pub fn primes(limit: u32, count: usize) -> Vec<Prime> {
    assert!(limit <= LIMIT, "primes: below 2^24");
    (62..limit)
        .rev()
        .filter(|n| n % 2 == 1 && matches!(n % 5, 1 | 4) && is_prime(*n))
        .take(count)
        .map(|p| {
            let (five, half) = (root_of_five(p), p.div_ceil(2));
            let root = multiply(1 + five, half, p); // (1 + sqrt 5) / 2
            Prime { p, roots: [root, subtract(1, root, p)] }
        })
        .collect()
}

/// Sums of so many products of a residue and 32 bits fit 64 bits.
const TERMS: usize = 256;

/// Numbers that are worked on together: their halves and sums stay in the first cache.
const BLOCK: usize = 256;

/// `x mod p`, by way of the quotient in doubles, which is off by one at most.
#[inline(always)]
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a quotient below 2^64, a rest below p")]
#[expect(clippy::cast_precision_loss, reason = "the error of 2^-53 is mended below")]
fn modulo(x: u64, p: u64, inverse: f64) -> u64 {
    // x < 2^64 and p > 61, so the quotient is below 2^59 and its error below 2^6 + 1: once more for the rest
    let first = x.wrapping_sub(((x as f64 * inverse) as u64).wrapping_mul(p)).cast_signed();
    let rest = first.wrapping_sub(((first as f64 * inverse).floor() as i64).wrapping_mul(p.cast_signed()));
    let rest = if rest < 0 { rest.wrapping_add(p.cast_signed()) } else { rest }.cast_unsigned();
    if rest >= p { rest - p } else { rest }
}

#[inline(always)]
#[expect(clippy::cast_possible_truncation, reason = "below a prime of 24 bits, or the low half")]
fn low(x: u64) -> u32 {
    x as u32
}

/// Numbers as 32-bit halves, row by row: the lowest of all numbers first; in the last row 1 for those below zero.
pub struct Halves {
    rows: Vec<u32>,
    len: usize,
}

impl Halves {
    /// From numbers of `words` words in two's complement, the lowest first.
    ///
    /// # Panics
    /// Where the words are no whole numbers.
    #[must_use]
    pub fn new(words: usize, numbers: &[u64]) -> Self {
        assert!(words > 0 && numbers.len().is_multiple_of(words), "Halves: whole numbers");
        let len = numbers.len() / words;
        let mut rows = vec![0; (2 * words + 1) * len];
        for (i, number) in numbers.chunks_exact(words).enumerate() {
            for (j, &word) in number.iter().enumerate() {
                rows[2 * j * len + i] = low(word);
                rows[(2 * j + 1) * len + i] = low(word >> 32);
            }
            rows[2 * words * len + i] = u32::from(number[words - 1] >> 63 == 1);
        }
        Self { rows, len }
    }

    /// Modulo a prime, the numbers from `first` on.
    #[inline(always)]
    fn residues(&self, p: u64, inverse: f64, first: usize, out: &mut [u64]) {
        let count = self.rows.len() / self.len;
        let word = modulo(1 << 32, p, inverse);
        out.fill(0);
        let mut power = 1;
        for (j, row) in self.rows.chunks_exact(self.len).enumerate() {
            // two's complement counts 2^(64 words) too much for a number below zero
            let times = if j + 1 == count { p - power } else { power };
            for (sum, &half) in zip(&mut *out, &row[first..]) {
                *sum += u64::from(half) * times;
            }
            if (j + 1) % (TERMS - 1) == 0 || j + 1 == count {
                for sum in &mut *out {
                    *sum = modulo(*sum, p, inverse);
                }
            }
            power = modulo(power * word, p, inverse);
        }
    }
}

#[inline(always)]
fn reduce_body(prime: Prime, a: &Halves, b: &Halves, first: &mut [u32], second: &mut [u32]) {
    let (p, inverse) = (u64::from(prime.p), 1.0 / f64::from(prime.p));
    let mut sums = [[0_u64; BLOCK]; 2];
    for (index, (first, second)) in zip(first.chunks_mut(BLOCK), second.chunks_mut(BLOCK)).enumerate() {
        let [x, y] = &mut sums;
        let (x, y) = (&mut x[..first.len()], &mut y[..first.len()]);
        a.residues(p, inverse, index * BLOCK, x);
        b.residues(p, inverse, index * BLOCK, y);
        for (out, root) in [(first, prime.roots[0]), (second, prime.roots[1])] {
            for (out, (x, y)) in zip(out, zip(&*x, &*y)) {
                *out = low(modulo(x + y * u64::from(root), p, inverse));
            }
        }
    }
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,fma")]
fn reduce_avx2(prime: Prime, a: &Halves, b: &Halves, first: &mut [u32], second: &mut [u32]) {
    reduce_body(prime, a, b, first, second);
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl")]
fn reduce_avx512(prime: Prime, a: &Halves, b: &Halves, first: &mut [u32], second: &mut [u32]) {
    reduce_body(prime, a, b, first, second);
}

/// Both values of each number `a + b phi` modulo one prime.
///
/// # Panics
/// Where the slices do not have as many numbers.
pub fn reduce(level: Level, prime: Prime, a: &Halves, b: &Halves, first: &mut [u32], second: &mut [u32]) {
    assert!([a.len, b.len, second.len()] == [first.len(); 3], "reduce: one size");
    match level.kind() {
        // SAFETY: only Level::available makes a Level, after asking the CPU
        #[cfg(target_arch = "x86_64")]
        Kind::Avx2 => unsafe { reduce_avx2(prime, a, b, first, second) },
        // SAFETY: as above
        #[cfg(target_arch = "x86_64")]
        Kind::Avx512 => unsafe { reduce_avx512(prime, a, b, first, second) },
        _ => reduce_body(prime, a, b, first, second),
    }
}

/// `x + y mod p`.
#[inline(always)]
#[must_use]
pub fn sum(x: u32, y: u32, p: u32) -> u32 {
    subtract(x, if y == 0 { 0 } else { p - y }, p)
}

/// From both values of each number back to a and b modulo the prime, in place.
///
/// # Panics
/// Where the slices differ in length.
pub fn split(prime: Prime, first: &mut [u32], second: &mut [u32]) {
    assert!(first.len() == second.len(), "split: one length");
    let Prime { p, roots } = prime;
    let scale = inverse(subtract(roots[0], roots[1], p), p);
    for (first, second) in zip(first, second) {
        let b = multiply(subtract(*first, *second, p), scale, p);
        (*first, *second) = (subtract(*first, multiply(b, roots[0], p), p), b);
    }
}

/// What puts integers together from their residues: with `M` the product of all primes, `M_i = M / p_i` and
/// `c_i = r_i / M_i mod p_i`, the integer is `sum c_i M_i - k M`, and k is the nearest integer to `sum c_i / p_i`.
///
/// The integer must be below M / 4 in size: then the sum of doubles, off by less than 1e-9, has one nearest integer.
pub struct Combiner {
    primes: Vec<u32>,
    inverses: Vec<u32>,
    /// `M_i` in 32-bit halves, lowest first, one row for each prime; M in the last row.
    parts: Vec<Vec<u32>>,
}

impl Combiner {
    /// For these primes, all different.
    #[must_use]
    pub fn new(primes: &[u32]) -> Self {
        let mut whole = vec![1_u32];
        for &p in primes {
            let mut carry = 0_u64;
            for half in &mut whole {
                let wide = u64::from(*half) * u64::from(p) + carry;
                (*half, carry) = (low(wide), wide >> 32);
            }
            if carry > 0 {
                whole.push(low(carry));
            }
        }
        let mut parts = Vec::with_capacity(primes.len() + 1);
        let mut inverses = Vec::with_capacity(primes.len());
        for &p in primes {
            let (mut part, mut rest, mut known) = (whole.clone(), 0_u64, 0_u64);
            for half in part.iter_mut().rev() {
                let wide = rest << 32 | u64::from(*half);
                (*half, rest) = (low(wide / u64::from(p)), wide % u64::from(p));
                known = (known << 32 | u64::from(*half)) % u64::from(p);
            }
            inverses.push(inverse(low(known), p));
            parts.push(part);
        }
        parts.push(whole);
        Self { primes: primes.to_vec(), inverses, parts }
    }

    /// How many 64-bit words hold the results in two's complement.
    #[must_use]
    pub fn words(&self) -> usize {
        self.parts.last().map_or(1, |whole| whole.len() / 2 + 1)
    }

    /// The integers with residues `rows[i][first..]` modulo the i-th prime, into `out`, so many [`Self::words`] each.
    ///
    /// # Panics
    /// Where the rows are too short, or not as many as the primes.
    #[expect(clippy::cast_possible_truncation, reason = "k is at most the number of primes")]
    #[expect(clippy::cast_sign_loss, reason = "and not negative")]
    pub fn combine(&self, rows: &[&[u32]], first: usize, out: &mut [u64]) {
        assert!(rows.len() == self.primes.len(), "combine: a row for each prime");
        let words = self.words();
        let halves = 2 * words;
        let whole = self.parts.last().map_or(&[][..], Vec::as_slice);
        let mut sums = vec![0_u64; halves * BLOCK];
        for (index, out) in out.chunks_mut(BLOCK * words).enumerate() {
            let (first, count) = (first + index * BLOCK, out.len() / words);
            sums.fill(0);
            let mut turns = [0.0; BLOCK];
            for (i, (&p, row)) in zip(&self.primes, rows).enumerate() {
                let mut digits = [0_u32; BLOCK];
                for ((digit, turn), &r) in zip(&mut digits, &mut turns).zip(&row[first..first + count]) {
                    *digit = multiply(r, self.inverses[i], p);
                    *turn += f64::from(*digit) / f64::from(p);
                }
                for (sums, &part) in zip(sums.chunks_exact_mut(BLOCK), &self.parts[i]) {
                    for (sum, &digit) in zip(sums, &digits) {
                        *sum += u64::from(digit) * u64::from(part);
                    }
                }
                if (i + 1) % (TERMS - 1) == 0 {
                    carry(&mut sums);
                }
            }
            for (n, number) in out.chunks_exact_mut(words).enumerate() {
                let k = (turns[n] + 0.5).floor() as u64;
                let mut carried = 0_i128;
                for (j, word) in number.iter_mut().enumerate() {
                    let mut value = 0_u64;
                    for half in [2 * j, 2 * j + 1] {
                        let less = whole.get(half).map_or(0, |&m| i128::from(m) * i128::from(k));
                        carried += i128::from(sums[half * BLOCK + n]) - less;
                        value |= u64::from(low(carried as u64)) << (32 * (half % 2));
                        carried >>= 32;
                    }
                    *word = value;
                }
            }
        }
    }
}

/// Bring each sum below 2^32 and hand the rest on to the next row, for all numbers of a block.
fn carry(sums: &mut [u64]) {
    for j in BLOCK..sums.len() {
        let (before, after) = sums.split_at_mut(j);
        after[0] += before[j - BLOCK] >> 32;
        before[j - BLOCK] &= u64::from(u32::MAX);
    }
}
