//! Numbers of any size as residues, and back.
//!
//! For a prime p = 1 or 4 mod 5 the field of p elements holds both roots of x^2 = x + 1, so `Z[phi] / p` is two copies of
//! it: a number is its pair of values `a + b root`, and products are taken one by one. Enough primes and the pair of
//! integers is known (Chinese remainders); how many are enough says the caller, who has the bound.

use std::iter::zip;

/// A prime below 2^31 with both roots of `x^2 = x + 1`.
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
/// Where `limit` is above 2^31.
#[must_use]
pub fn primes(limit: u32, count: usize) -> Vec<Prime> {
    assert!(limit <= 1 << 31, "primes: below 2^31");
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

/// Numbers in two's complement, lowest word first, modulo p: as sums of 32-bit halves times powers of 2^32, which are
/// taken modulo p once for as many as 64 bits hold.
fn residues(prime: u32, words: usize, numbers: &[u64], out: &mut [u32]) {
    let p = u64::from(prime);
    let powers: Vec<u64> = (0..=2 * words)
        .scan(1 % prime, |power, _| {
            let here = *power;
            *power = multiply(here, low(u64::from(u32::MAX) % p + 1), prime);
            Some(u64::from(here))
        })
        .collect();
    let room = usize::try_from((1 << 32) / p).unwrap_or(usize::MAX).max(2) & !1; // halves, both of a word
    // two's complement counts 2^(64 words) too much for a negative number
    let excess = p - powers[2 * words] % p;
    for (number, out) in zip(numbers.chunks_exact(words), out) {
        let mut sum = if number[words - 1] >> 63 == 1 { excess } else { 0 };
        for (chunk, powers) in zip(number.chunks(room / 2), powers.chunks(room)) {
            for (&word, powers) in zip(chunk, powers.chunks_exact(2)) {
                sum += (word & u64::from(u32::MAX)) * powers[0] + (word >> 32) * powers[1];
            }
            sum %= p;
        }
        *out = low(sum);
    }
}

#[inline(always)]
#[expect(clippy::cast_possible_truncation, reason = "below a prime of 31 bits")]
fn low(x: u64) -> u32 {
    x as u32
}

/// Both values of each number `a + b phi` modulo one prime; `words` 64-bit words for each integer.
///
/// # Panics
/// Where the slices do not have as many numbers.
pub fn reduce(prime: Prime, words: usize, a: &[u64], b: &[u64], first: &mut [u32], second: &mut [u32]) {
    assert!([a.len(), b.len()] == [first.len() * words; 2] && second.len() == first.len(), "reduce: one size");
    residues(prime.p, words, a, first);
    residues(prime.p, words, b, second);
    for (first, second) in zip(first, second) {
        let (a, b) = (*first, *second);
        [*first, *second] = prime.roots.map(|root| sum(a, multiply(b, root, prime.p), prime.p));
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

/// The integers of least size that have these residues: `out` in two's complement, `words` 64-bit words each.
///
/// `residues` has one row for each prime. The product of all primes is more than twice the size of each integer, and 64
/// `words` bits hold the product: the caller has seen to both.
///
/// # Panics
/// Where the slices do not fit together.
pub fn combine(primes: &[u32], residues: &[u32], words: usize, out: &mut [u64]) {
    let len = out.len().checked_div(words).unwrap_or(0);
    assert!(out.len() == len * words && residues.len() == len * primes.len(), "combine: one size");
    let rows: Vec<&[u32]> = residues.chunks_exact(len.max(1)).collect();
    // mixed radix: value = d0 + d1 p0 + d2 p0 p1 + ..., a digit for each prime
    let mut digits: Vec<Vec<u32>> = Vec::with_capacity(primes.len());
    let mut sums = vec![0_u64; len];
    for (i, (&p, row)) in zip(primes, &rows).enumerate() {
        let p64 = u64::from(p);
        let lazy =
            usize::try_from(u64::MAX / (p64 * u64::from(*primes.iter().max().unwrap_or(&1)))).unwrap_or(1).max(2);
        sums.fill(0);
        let mut radix = 1 % p;
        for (j, digit) in digits.iter().enumerate() {
            for (sum, &digit) in zip(&mut sums, digit) {
                *sum += u64::from(digit) * u64::from(radix);
            }
            if (j + 1) % (lazy - 1) == 0 {
                for sum in &mut sums {
                    *sum %= p64;
                }
            }
            radix = multiply(radix, primes[j] % p, p);
        }
        let scale = if i == 0 { 1 } else { inverse(radix, p) };
        let digit = zip(&sums, *row).map(|(&sum, &r)| {
            let known = u32::try_from(sum % p64).expect("below the prime");
            multiply(subtract(r % p, known, p), scale, p)
        });
        digits.push(digit.collect());
    }
    let radices: Vec<Vec<u64>> = primes
        .iter()
        .scan(unit(words), |radix, &p| {
            let here = radix.clone();
            scale_words(radix, p);
            Some(here)
        })
        .collect();
    let mut whole = unit(words);
    for &p in primes {
        scale_words(&mut whole, p);
    }
    let half = halved(&whole);
    for (e, value) in out.chunks_exact_mut(words.max(1)).enumerate() {
        value.fill(0);
        for (digit, radix) in zip(&digits, &radices) {
            add_multiple(value, radix, digit[e]);
        }
        if zip(value.iter().rev(), half.iter().rev()).find(|(x, y)| x != y).is_some_and(|(x, y)| x > y) {
            subtract_words(value, &whole);
        }
    }
}

fn unit(words: usize) -> Vec<u64> {
    (0..words).map(|i| u64::from(i == 0)).collect()
}

#[expect(clippy::cast_possible_truncation, reason = "low and high word of a product")]
fn add_multiple(value: &mut [u64], other: &[u64], times: u32) {
    let mut carry = 0_u64;
    for (x, &y) in zip(value, other) {
        let wide = u128::from(y) * u128::from(times) + u128::from(*x) + u128::from(carry);
        (*x, carry) = (wide as u64, (wide >> 64) as u64);
    }
}

fn scale_words(value: &mut Vec<u64>, times: u32) {
    let mut scaled = vec![0; value.len()];
    add_multiple(&mut scaled, value, times);
    *value = scaled;
}

fn halved(value: &[u64]) -> Vec<u64> {
    (0..value.len()).map(|i| value[i] >> 1 | value.get(i + 1).map_or(0, |next| next << 63)).collect()
}

fn subtract_words(value: &mut [u64], other: &[u64]) {
    let mut borrow = false;
    for (x, &y) in zip(value, other) {
        let (part, first) = x.overflowing_sub(y);
        let (rest, second) = part.overflowing_sub(u64::from(borrow));
        (*x, borrow) = (rest, first || second);
    }
}
