//! Columns of texts (or of bytes): a value that repeats is looked at once.

use crate::column::{Column, Malformed};
use crate::dates::is_compact_date;
use crate::distinct::{Exact, Registers, Values};
use crate::hash;
use crate::kinds::{KINDS, Kind, is_binary_geometry, kind_of};
use crate::numbers::{Number, NumberCounts};

/// Where each text begins; the last offset is the end of the last text.
#[derive(Clone, Copy)]
pub enum Offsets<'a> {
    /// Four bytes each.
    Narrow(&'a [u8]),
    /// Eight bytes each.
    Wide(&'a [u8]),
}

impl Offsets<'_> {
    fn at(self, row: usize) -> Option<usize> {
        match self {
            Self::Narrow(bytes) => usize::try_from(i32::from_ne_bytes(*bytes.as_chunks::<4>().0.get(row)?)).ok(),
            Self::Wide(bytes) => usize::try_from(i64::from_ne_bytes(*bytes.as_chunks::<8>().0.get(row)?)).ok(),
        }
    }
}

/// What is counted of texts; nulls are not among them.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct TextCounts {
    pub kinds: [u64; KINDS.len()],
    /// The numbers among the texts: all but codes with leading zeros.
    pub numbers: NumberCounts,
    pub range: Option<(f64, f64)>,
    pub characters: u64,
    pub words: u64,
    pub shortest: Option<u64>,
    pub longest: Option<u64>,
}

impl TextCounts {
    fn add(&mut self, bytes: &[u8], times: u64, look: bool) {
        // bytes that go on a character are 10xxxxxx
        let characters = if look { bytes.iter().filter(|&&x| x & 0xc0 != 0x80).count() } else { bytes.len() } as u64;
        self.characters += characters * times;
        self.shortest = Some(self.shortest.map_or(characters, |least| least.min(characters)));
        self.longest = Some(self.longest.map_or(characters, |most| most.max(characters)));
        if !look {
            self.kinds[Kind::Geometry as usize] += u64::from(is_binary_geometry(bytes)) * times;
            return;
        }
        self.words += words(bytes) * times;
        let text = str::from_utf8(bytes.trim_ascii()).unwrap_or("\u{fffd}"); // what is no text is a word of no kind
        let (kind, value) = kind_of(text);
        self.kinds[kind as usize] += times;
        if let Some(value) = value {
            self.number(value, times);
            // a sum of digits is no date: only a text of eight digits is
            self.numbers.compact_dates +=
                u64::from(kind == Kind::Integer && text.len() == 8 && text.parse().is_ok_and(is_compact_date)) * times;
        }
    }

    fn number(&mut self, value: f64, times: u64) {
        let mut one = NumberCounts::default();
        if value.count(&mut one) {
            let value = value + 0.0; // -0.0 becomes 0.0
            let (low, high) = self.range.unwrap_or((value, value));
            self.range = Some((low.min(value), high.max(value)));
        }
        self.numbers.values += times;
        self.numbers.infinities += one.infinities * times;
        self.numbers.wholes += one.wholes * times;
        self.numbers.zeros += one.zeros * times;
        self.numbers.negatives += one.negatives * times;
    }
}

/// How many runs of bytes are no spaces; without a branch, so that many bytes are looked at at once.
fn words(bytes: &[u8]) -> u64 {
    let space = |byte: u8| byte == b' ' || byte.wrapping_sub(b'\t') < 5;
    let begins = bytes.iter().zip(bytes.iter().skip(1)).filter(|&(&a, &b)| space(a) & !space(b)).count();
    begins as u64 + u64::from(bytes.first().is_some_and(|&byte| !space(byte)))
}

/// Counts and the values while they are at most `most` and none is above `longest` bytes. Without `look` the bytes are
/// not read as text: lengths are of bytes, and of the kinds only geometry is counted, which is well-known binary then.
///
/// # Errors
/// Where offsets or memory are not what the rows need.
pub fn tally_texts(
    offsets: Offsets<'_>,
    data: &[u8],
    column: Column<'_>,
    (most, longest): (usize, usize),
    look: bool,
    registers: &mut [u8],
) -> Result<(TextCounts, Values), Malformed> {
    let end = column.end()?;
    let text = |row: usize| -> Option<&[u8]> { data.get(offsets.at(row)?..offsets.at(row + 1)?) };
    let mut registers = Registers::new(registers);
    let mut exact = Exact::with_room(most);
    let mut counts = TextCounts::default();
    for row in column.start..end {
        if !column.has(row) {
            continue;
        }
        let bytes = text(row).ok_or(Malformed("an offset that is not in the text"))?;
        let hash = hash::bytes(bytes);
        if let Some(table) = &mut exact {
            if bytes.len() <= longest && table.add(hash, row, |other| text(other) == Some(bytes)).is_some() {
                continue;
            }
            table.register(&mut registers);
            table.values().for_each(|(first, times)| counts.add(text(first).unwrap_or_default(), times, look));
            exact = None;
        }
        registers.add(hash);
        counts.add(bytes, 1, look);
    }
    if let Some(table) = &exact {
        table.register(&mut registers);
        table.values().for_each(|(first, times)| counts.add(text(first).unwrap_or_default(), times, look));
    }
    Ok((counts, exact.map(|table| table.values().collect())))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::column::Validity;

    fn arrow(texts: &[&str]) -> (Vec<u8>, Vec<u8>) {
        let mut ends = vec![0_i32];
        for text in texts {
            ends.push(ends[ends.len() - 1] + i32::try_from(text.len()).unwrap());
        }
        (ends.iter().flat_map(|end| end.to_ne_bytes()).collect(), texts.concat().into_bytes())
    }

    fn tally(texts: &[&str], start: usize, most: usize) -> (TextCounts, Values, [u8; 64]) {
        let (offsets, data) = arrow(texts);
        let mut registers = [0; 64];
        let column = Column { validity: Validity(None), start, rows: texts.len() - start };
        let (counts, values) =
            tally_texts(Offsets::Narrow(&offsets), &data, column, (most, 100), true, &mut registers).unwrap();
        (counts, values, registers)
    }

    #[test]
    fn counts_do_not_depend_on_the_room_for_values() {
        let texts = ["12", "yes", "12", " größe 1 ", "", "0.5", "007", "yes", "20240131", "12"];
        let (counts, values, registers) = tally(&texts, 0, 100);
        for most in 0..10 {
            let (fewer, none, same) = tally(&texts, 0, most);
            assert_eq!((&fewer, same), (&counts, registers), "{most}");
            assert_eq!(none.is_some(), most >= 7);
        }
        assert_eq!(values.unwrap(), [(0, 3), (1, 2), (3, 1), (4, 1), (5, 1), (6, 1), (8, 1)]);
        assert_eq!(counts.range, Some((0.5, 20_240_131.0)));
        assert_eq!((counts.numbers.values, counts.numbers.wholes, counts.numbers.compact_dates), (5, 4, 1));
        assert_eq!((counts.shortest, counts.longest, counts.words), (Some(0), Some(9), 10));
    }

    #[test]
    fn a_slice_is_what_it_holds() {
        let texts = ["a", "b", "c", "b"];
        assert_eq!(tally(&texts, 1, 10).0, tally(&texts[1..], 0, 10).0);
    }

    #[test]
    fn memory_that_is_too_short_is_refused() {
        let (offsets, data) = arrow(&["ab", "cd"]);
        for (rows, offsets, data) in
            [(3, &offsets[..], &data[..]), (2, &offsets[..], &data[..3]), (2, &offsets[..8], &data[..])]
        {
            let column = Column { validity: Validity(None), start: 0, rows };
            let result = tally_texts(Offsets::Narrow(offsets), data, column, (9, 9), true, &mut [0; 16]);
            assert!(result.is_err());
        }
        let column = Column { validity: Validity(Some(&[])), start: 0, rows: 2 };
        assert!(tally_texts(Offsets::Narrow(&offsets), &data, column, (9, 9), true, &mut [0; 16]).is_err());
    }
}
