//! Residues against big integers.

use crate::modular::{charpoly, rank, solve};
use crate::residues::{Combiner, Halves, LIMIT, inverse, multiply, primes, reduce, split};
use dashu_int::IBig;
use proptest::prelude::*;
use simd::Level;

fn words_of(x: &IBig, words: usize) -> Vec<u64> {
    let modulus = IBig::ONE << (64 * words);
    let value = if *x < IBig::ZERO { x + &modulus } else { x.clone() };
    (0..words).map(|i| u64::try_from((&value >> (64 * i)) & IBig::from(u64::MAX)).unwrap()).collect()
}

fn integer(bytes: &[u8]) -> IBig {
    IBig::from_le_bytes(bytes)
}

#[test]
fn each_prime_has_both_roots() {
    for limit in [LIMIT, 1 << 20, 1 << 16, 1000] {
        for prime in primes(limit, 40) {
            for root in prime.roots {
                assert_eq!(multiply(root, root, prime.p), (root + 1) % prime.p);
            }
            assert_ne!(prime.roots[0], prime.roots[1]);
            assert!((2..prime.p).take_while(|d| d * d <= prime.p).all(|d| prime.p % d != 0));
        }
    }
    assert_eq!(primes(100, 10).iter().map(|prime| prime.p).collect::<Vec<_>>(), [89, 79, 71]);
}

proptest! {
    #[test]
    fn enough_residues_are_the_number(
        numbers in prop::collection::vec((prop::collection::vec(any::<u8>(), 0..40), prop::collection::vec(any::<u8>(), 0..40)), 1..6),
        limit in prop_oneof![Just(LIMIT), Just(1 << 23), Just(5000)],
    ) {
        let found = primes(limit, if limit == 5000 { 60 } else { 30 });
        let combiner = Combiner::new(&found.iter().map(|prime| prime.p).collect::<Vec<_>>());
        let words = combiner.words();
        let pairs: Vec<(IBig, IBig)> = numbers.iter().map(|(a, b)| (integer(a), integer(b))).collect();
        let plane = |which: fn(&(IBig, IBig)) -> &IBig| -> Vec<u64> {
            pairs.iter().flat_map(|pair| words_of(which(pair), 6)).collect()
        };
        let (a, b) = (plane(|pair| &pair.0), plane(|pair| &pair.1));
        let (mut rows_a, mut rows_b) = (Vec::new(), Vec::new());
        for &prime in &found {
            let (mut first, mut second) = (vec![0; pairs.len()], vec![0; pairs.len()]);
            for level in Level::available() {
                let before = (first.clone(), second.clone());
                reduce(level, prime, &Halves::new(6, &a), &Halves::new(6, &b), &mut first, &mut second);
                prop_assert!(level == Level::available()[0] || before == (first.clone(), second.clone()));
            }
            split(prime, &mut first, &mut second);
            rows_a.extend(first);
            rows_b.extend(second);
        }
        for (rows, which) in [(rows_a, 0), (rows_b, 1)] {
            let mut out = vec![0; pairs.len() * words];
            combiner.combine(&rows.chunks_exact(pairs.len()).collect::<Vec<_>>(), 0, &mut out);
            let want: Vec<u64> =
                pairs.iter().flat_map(|pair| words_of(if which == 0 { &pair.0 } else { &pair.1 }, words)).collect();
            prop_assert_eq!(out, want);
        }
    }

    #[test]
    fn elimination_solves_what_it_says(entries in prop::collection::vec(0u32..97, 25), right in prop::collection::vec(0u32..97, 5)) {
        let (n, p) = (5, 97);
        let mut rows = Vec::new();
        for (row, b) in entries.chunks(n).zip(&right) {
            rows.extend_from_slice(row);
            rows.push(*b);
        }
        let d = solve(&mut rows, n, n + 1, p);
        prop_assert_eq!(d != 0, rank(&mut entries.clone(), n, p) == n);
        let polynomial = charpoly(&mut entries.clone(), n, p);
        // the constant term is det(-A) = -det(A) for odd n
        prop_assert_eq!((polynomial[0] + d) % p, 0);
        prop_assert_eq!(polynomial[n], 1);
        let trace = (0..n).fold(0, |sum, i| (sum + entries[i * n + i]) % p);
        prop_assert_eq!((polynomial[n - 1] + trace) % p, 0);
        if d != 0 {
            for (row, b) in entries.chunks(n).zip(&right) {
                let sum = row.iter().enumerate().fold(0, |sum, (j, x)| (sum + x * rows[j * (n + 1) + n]) % p);
                prop_assert_eq!(sum, multiply(d, *b, p));
            }
            prop_assert_eq!(multiply(d, inverse(d, p), p), 1);
        }
    }
}

#[test]
fn hundreds_of_primes_and_of_halves_are_carried() {
    let found = primes(LIMIT, 700);
    let combiner = Combiner::new(&found.iter().map(|prime| prime.p).collect::<Vec<_>>());
    let number = (IBig::ONE << 16_000) - (IBig::ONE << 7777) + IBig::from(12345);
    let words = 260;
    let numbers: Vec<u64> = [words_of(&number, words), words_of(&-&number, words)].concat();
    let (halves, zero) = (Halves::new(words, &numbers), Halves::new(1, &[0, 0]));
    let mut rows = Vec::new();
    for &prime in &found {
        let (mut first, mut second) = ([0; 2], [0; 2]);
        reduce(Level::best(), prime, &halves, &zero, &mut first, &mut second);
        assert_eq!(first, second);
        rows.push(first);
    }
    let rows: Vec<&[u32]> = rows.iter().map(<[u32; 2]>::as_slice).collect();
    let mut out = vec![0; 2 * combiner.words()];
    combiner.combine(&rows, 0, &mut out);
    assert_eq!(out, [words_of(&number, combiner.words()), words_of(&-number, combiner.words())].concat());
}
