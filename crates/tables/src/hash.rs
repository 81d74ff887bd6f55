//! A hash of 64 bits for numbers and texts: folded products, as in wyhash, with constants of our own.

const A: u64 = 0x9e37_79b9_7f4a_7c15;
const B: u64 = 0xd6e8_feb8_6659_fd93;
const C: u64 = 0xa076_1d64_78bd_642f;

/// Both halves of the product, folded: each bit of the result hangs on all bits of `x` and `y`.
#[allow(clippy::cast_possible_truncation)]
fn fold(x: u64, y: u64) -> u64 {
    let product = u128::from(x) * u128::from(y);
    product as u64 ^ (product >> 64) as u64
}

/// The hash of eight bytes; two words have the same hash only by chance.
#[must_use]
pub fn word(x: u64) -> u64 {
    fold(fold(x ^ A, B) ^ x, C) ^ x.rotate_left(29)
}

/// The hash of a text.
#[must_use]
pub fn bytes(text: &[u8]) -> u64 {
    let mut state = A ^ text.len() as u64;
    let mut chunks = text.chunks_exact(8);
    for chunk in &mut chunks {
        state = fold(state ^ u64::from_le_bytes(chunk.try_into().unwrap_or_default()), B).wrapping_add(C);
    }
    let last = chunks.remainder().iter().rev().fold(0, |word, &byte| word << 8 | u64::from(byte));
    let state = fold(state ^ last, C) ^ state;
    fold(state ^ A, B)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hash_never_changes() {
        assert_eq!(
            [word(0), word(1), word(u64::MAX)],
            [5_414_685_047_222_068_144, 2_861_538_691_992_200_743, 2_630_534_324_374_821_585]
        );
        assert_eq!(
            [bytes(b""), bytes(b"a"), bytes("größe und länge".as_bytes())],
            [14_807_520_665_069_283_849, 17_950_473_365_491_720_040, 16_966_643_126_181_328_718]
        );
    }

    #[test]
    fn a_bit_of_the_input_turns_half_of_the_output() {
        for bit in 0..64 {
            let turned: u32 = (0..1000_u64).map(|x| (word(x) ^ word(x ^ 1 << bit)).count_ones()).sum();
            // 64000 coins of which half fall: five standard deviations are 632
            assert!(turned.abs_diff(32_000) < 632, "bit {bit}: {turned}");
        }
    }
}
