//! How many values are distinct: exactly while they are few, by the registers of a `HyperLogLog` however many they are.
//!
//! Flajolet, Fusy, Gandouet and Meunier, "The analysis of a near-optimal cardinality estimation algorithm" (2007).

/// A value: the row of the memory where it was seen first, and how often it was seen.
pub type Seen = (usize, u64);

/// Registers of a `HyperLogLog`, a power of two of at least 16; each keeps the longest run of zeros it has seen.
pub struct Registers<'a> {
    registers: &'a mut [u8],
    bits: u32,
}

impl<'a> Registers<'a> {
    /// # Panics
    /// Where the number of registers is not a power of two from 16 on.
    pub fn new(registers: &'a mut [u8]) -> Self {
        assert!(registers.len() >= 16 && registers.len().is_power_of_two(), "registers: a power of two from 16 on");
        let bits = registers.len().trailing_zeros();
        Self { registers, bits }
    }

    /// The first bits choose the register; the place of the first one among the rest is what it keeps.
    #[allow(clippy::cast_possible_truncation)] // an index below the number of registers; at most 61 zeros
    pub fn add(&mut self, hash: u64) {
        let index = (hash >> (64 - self.bits)) as usize;
        let place = ((hash << self.bits) | 1 << (self.bits - 1)).leading_zeros() as u8 + 1;
        let register = &mut self.registers[index];
        *register = (*register).max(place);
    }
}

/// The registers of both: as if one had seen all values.
///
/// # Panics
/// Where they are not equally many.
pub fn merge(into: &mut [u8], other: &[u8]) {
    assert_eq!(into.len(), other.len(), "merge: registers of one size");
    for (a, &b) in into.iter_mut().zip(other) {
        *a = (*a).max(b);
    }
}

/// The values of a batch and their counts, while there are at most `most` of them.
pub struct Exact {
    slots: Vec<u32>, // an entry's index + 1; 0 is free
    entries: Vec<Entry>,
    most: usize,
}

struct Entry {
    hash: u64,
    first: usize,
    count: u64,
}

impl Exact {
    /// Room for `most` values; none at all where that is 0.
    #[must_use]
    pub fn with_room(most: usize) -> Option<Self> {
        let slots = vec![0; (4 * most).next_power_of_two()];
        (most > 0).then(|| Self { slots, entries: Vec::new(), most })
    }

    /// Count a value that stands in `row`; `same` says whether another row has the same one. `None`: it is one too many.
    #[allow(clippy::cast_possible_truncation)] // only the low bits of the hash are wanted, and entries are few
    pub fn add(&mut self, hash: u64, row: usize, same: impl Fn(usize) -> bool) -> Option<()> {
        let mask = self.slots.len() - 1;
        let mut slot = hash as usize & mask;
        while let Some(index) = (self.slots[slot] as usize).checked_sub(1) {
            let entry = &mut self.entries[index];
            if entry.hash == hash && same(entry.first) {
                entry.count += 1;
                return Some(());
            }
            slot = (slot + 1) & mask;
        }
        if self.entries.len() == self.most {
            return None;
        }
        self.entries.push(Entry { hash, first: row, count: 1 });
        self.slots[slot] = self.entries.len() as u32;
        Some(())
    }

    /// Add the values to registers, as often as they were seen makes no difference.
    pub fn register(&self, registers: &mut Registers<'_>) {
        self.entries.iter().for_each(|entry| registers.add(entry.hash));
    }

    /// First rows and counts, in the order of the rows.
    pub fn values(&self) -> impl Iterator<Item = Seen> + '_ {
        self.entries.iter().map(|entry| (entry.first, entry.count))
    }
}

/// The values of a batch, or `None` where they are too many.
pub type Values = Option<Vec<Seen>>;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hash;

    #[test]
    fn values_are_counted_exactly_until_there_are_too_many() {
        let values: Vec<u64> = (0..1000).map(|i| i * i % 97).collect();
        let distinct: std::collections::BTreeSet<_> = values.iter().collect();
        for most in [distinct.len() - 1, distinct.len()] {
            let mut exact = Exact::with_room(most).unwrap();
            let all = (0..1000).try_for_each(|i| exact.add(hash::word(values[i]), i, |j| values[i] == values[j]));
            assert_eq!(all.is_some(), most == distinct.len());
            if all.is_some() {
                for (first, count) in exact.values() {
                    assert_eq!(values.iter().position(|v| *v == values[first]), Some(first));
                    assert_eq!(values.iter().filter(|v| **v == values[first]).count() as u64, count);
                }
                assert_eq!(exact.values().count(), distinct.len());
            }
        }
    }

    #[test]
    fn values_of_one_hash_are_told_apart() {
        let mut exact = Exact::with_room(10).unwrap();
        for (row, value) in [3, 4, 3, 3].into_iter().enumerate() {
            exact.add(7, row, |other| [3, 4, 3, 3][other] == value).unwrap();
        }
        assert_eq!(exact.values().collect::<Vec<_>>(), [(0, 3), (1, 1)]);
    }

    #[test]
    fn a_register_keeps_the_place_of_the_first_one() {
        let mut memory = [0; 16];
        let mut registers = Registers::new(&mut memory);
        for hash in [0x0fff << 48, 0x1000_8000 << 32, 0x2000 << 48, 0x1800 << 48] {
            registers.add(hash);
        }
        assert_eq!(&memory[..4], [1, 13, 61, 0]); // 0x1800 has the first one at place 1, 0x10008 at 13; none at all is 61
    }

    #[test]
    fn merged_registers_have_seen_both() {
        let (mut one, mut two, mut both) = ([0; 64], [0; 64], [0; 64]);
        for x in 0..500 {
            Registers::new(if x % 3 == 0 { &mut one } else { &mut two }).add(hash::word(x));
            Registers::new(&mut both).add(hash::word(x));
        }
        merge(&mut one, &two);
        assert_eq!(one, both);
    }
}
