//! A column of Arrow memory: bytes, offsets and a bitmap of what is not null, checked once and then read safely.

use std::fmt;

/// Memory that is not what its owner says.
#[derive(Debug, PartialEq, Eq)]
pub struct Malformed(pub &'static str);

impl fmt::Display for Malformed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

impl std::error::Error for Malformed {}

/// Which rows are not null: one bit a row, the lowest first; no bitmap at all where every row has a value.
#[derive(Clone, Copy)]
pub struct Validity<'a>(pub Option<&'a [u8]>);

/// Rows `start` to `start + rows` of a column.
#[derive(Clone, Copy)]
pub struct Column<'a> {
    pub validity: Validity<'a>,
    pub start: usize,
    pub rows: usize,
}

impl Column<'_> {
    /// One past the last row, if the bitmap reaches so far.
    ///
    /// # Errors
    /// Where it does not.
    pub fn end(&self) -> Result<usize, Malformed> {
        let end = self.start.checked_add(self.rows).ok_or(Malformed("more rows than memory"))?;
        match self.validity.0 {
            Some(bits) if bits.len() < end.div_ceil(8) => Err(Malformed("a bitmap shorter than its rows")),
            _ => Ok(end),
        }
    }

    /// Whether row `row` of the memory has a value.
    #[must_use]
    pub fn has(&self, row: usize) -> bool {
        self.validity.0.is_none_or(|bits| bits[row >> 3] >> (row & 7) & 1 == 1)
    }
}
