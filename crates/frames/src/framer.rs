//! Windows of interleaved series, cut while their rows come in.
//!
//! Every series keeps its own count of rows and the rows that a window to come still needs; a row is looked at once, in
//! order. So it does not matter where the stream of rows is cut, and windows come out in the order of their last rows.

use crate::{Shape, Value};
use std::ops::Range;

/// Rows of one series that are taken in together: they stay in the first cache until their windows are made.
const TOGETHER: usize = 256;

/// Rows in one of the two ways tables lie in memory.
pub enum Rows<'a, T> {
    /// One row after the other.
    Matrix(&'a [T]),
    /// One slice for each feature.
    Columns(&'a [&'a [T]]),
}

/// When each row was. A series starts anew after a step longer than the gap.
#[derive(Clone, Copy)]
pub enum Times<'a> {
    /// Ticks.
    Whole(&'a [i64], i64),
    /// In any unit.
    Real(&'a [f64], f64),
}

/// Why a row was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trouble {
    /// It is earlier than the row before it of the same series.
    Backwards(usize),
    /// Its time is not a number.
    NoTime(usize),
}

/// What one series is in the middle of.
#[derive(Clone, Debug, Default, PartialEq)]
struct Series<T> {
    seen: u64, // rows, since the series started (anew)
    next: u64, // the row at which the next window starts
    base: u64, // the row that `rows` begins with
    last: i64, // when the last row was: ticks, or the bits of a float
    rows: Vec<T>,
    checked: (u64, i64), // the last call that looked at a time of this series, and the last time it saw
}

/// Everything that goes on when a stream does, one entry a series: (seen, next, last time) and the rows that are kept.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Snapshot<T> {
    /// Rows seen, where the next window starts, and the last time, of each series.
    pub counts: Vec<[i64; 3]>,
    /// Where the kept rows of each series begin, and the end: in rows.
    pub offsets: Vec<i64>,
    /// The kept rows, one after the other.
    pub rows: Vec<T>,
}

/// Cuts windows of one shape out of any number of series.
#[derive(Clone, Debug)]
pub struct Framer<T> {
    shape: Shape,
    series: Vec<Series<T>>,
    scratch: Vec<T>,
    calls: u64,
}

impl<T: Value> Framer<T> {
    /// Of series of which no row has come.
    #[must_use]
    pub fn new(shape: Shape) -> Self {
        Self { shape, series: Vec::new(), scratch: Vec::new(), calls: 0 }
    }

    /// The shape of the windows.
    #[must_use]
    pub fn shape(&self) -> Shape {
        self.shape
    }

    /// An upper bound for the windows of the next `rows` rows, whose codes are below `series`.
    #[must_use]
    pub fn bound(&self, rows: usize, series: usize) -> usize {
        // a series that starts anew has its first window after a span; one that goes on may be about to end one
        rows.min(rows / self.shape.hop.min(self.shape.span()) + series)
    }

    /// Take rows in; windows that are complete go to `out`, the rows that completed them to `ends`. Returns how many.
    ///
    /// `codes` says of which series each row is: small numbers, for each series up to the largest has a place.
    ///
    /// # Errors
    /// [`Trouble`] with a row; then no series has changed.
    ///
    /// # Panics
    /// Where lengths do not fit each other, or `out` is shorter than [`Framer::bound`] says.
    pub fn push(
        &mut self,
        rows: &Rows<'_, T>,
        n: usize,
        codes: Option<&[u32]>,
        times: Option<Times<'_>>,
        out: &mut [T],
        ends: &mut [i64],
    ) -> Result<usize, Trouble> {
        let f = self.shape.features;
        match rows {
            Rows::Matrix(x) => assert!(x.len() == n * f, "push: a row of {f} numbers each"),
            Rows::Columns(x) => assert!(x.len() == f && x.iter().all(|x| x.len() == n), "push: {f} columns"),
        }
        assert!(codes.is_none_or(|codes| codes.len() == n), "push: a code for each row");
        let series = codes.map_or(1, |codes| codes.iter().max().map_or(0, |&most| most as usize + 1));
        if self.series.len() < series {
            self.series.resize(series, Series::default());
        }
        if let Some(times) = times {
            self.check(codes, times)?;
        }
        let mut made = 0;
        let width = self.shape.width();
        let mut r = 0;
        while r < n {
            let code = codes.map_or(0, |codes| codes[r]);
            // rows of one series that follow each other are taken together, up to a gap
            let most = n.min(r + TOGETHER.max(self.shape.span()));
            let same = codes.map_or(most, |codes| r + codes[r..most].iter().take_while(|&&c| c == code).count());
            let series = &mut self.series[code as usize];
            let to = match times {
                None => same,
                Some(times) => {
                    if series.seen > 0 && times.is_gap(series.last, r) {
                        series.restart();
                    }
                    let to = (r + 1..same).find(|&r| times.is_gap(times.at(r - 1), r)).unwrap_or(same);
                    series.last = times.at(to - 1);
                    to
                }
            };
            made +=
                series.take(self.shape, &mut self.scratch, rows, r..to, &mut out[made * width..], &mut ends[made..]);
            r = to;
        }
        Ok(made)
    }

    /// Whether all times are numbers that do not fall within a series.
    fn check(&mut self, codes: Option<&[u32]>, times: Times<'_>) -> Result<(), Trouble> {
        self.calls += 1;
        for r in 0..times.len() {
            if let Times::Real(t, _) = times
                && t[r].is_nan()
            {
                return Err(Trouble::NoTime(r));
            }
            let series = &mut self.series[codes.map_or(0, |codes| codes[r] as usize)];
            let is_first = series.checked.0 != self.calls;
            let last = if is_first { series.last } else { series.checked.1 };
            if (series.seen > 0 || !is_first) && times.is_before(r, last) {
                return Err(Trouble::Backwards(r));
            }
            series.checked = (self.calls, times.at(r));
        }
        Ok(())
    }

    /// Forget all rows: the next ones start anew.
    pub fn flush(&mut self) {
        self.series.iter_mut().for_each(|series| *series = Series::default());
    }

    /// What has to be kept to go on later.
    #[must_use]
    #[allow(clippy::cast_possible_wrap)] // counts of rows
    pub fn snapshot(&self) -> Snapshot<T> {
        let mut snapshot = Snapshot { offsets: vec![0], ..Snapshot::default() };
        for series in &self.series {
            let rows = &series.rows[series.dead(self.shape.features)..];
            snapshot.counts.push([series.seen as i64, series.next as i64, series.last]);
            snapshot.rows.extend_from_slice(rows);
            snapshot.offsets.push((snapshot.rows.len() / self.shape.features) as i64);
        }
        snapshot
    }

    /// Go on where a snapshot was taken; None where it is not one of this shape.
    #[must_use]
    pub fn restored(shape: Shape, snapshot: &Snapshot<T>) -> Option<Self> {
        let Snapshot { counts, offsets, rows } = snapshot;
        let mut series = Vec::with_capacity(counts.len());
        if offsets.len() != counts.len() + 1 {
            return None;
        }
        for (&[seen, next, last], ends) in counts.iter().zip(offsets.windows(2)) {
            let [seen, next] = [u64::try_from(seen).ok()?, u64::try_from(next).ok()?];
            let [from, to] = [usize::try_from(ends[0]).ok()?, usize::try_from(ends[1]).ok()?];
            let base = seen.checked_sub(to.checked_sub(from)? as u64)?;
            if base != next.min(seen) || to - from >= shape.span() {
                return None;
            }
            let rows = rows.get(from * shape.features..to * shape.features)?.to_vec();
            series.push(Series { seen, next, base, last, rows, checked: (0, 0) });
        }
        (offsets.last().and_then(|&end| usize::try_from(end).ok())? * shape.features == rows.len()).then_some(Self {
            shape,
            series,
            scratch: Vec::new(),
            calls: 0,
        })
    }
}

impl Times<'_> {
    fn len(self) -> usize {
        match self {
            Times::Whole(t, _) => t.len(),
            Times::Real(t, _) => t.len(),
        }
    }

    /// The time of a row as it is kept.
    #[allow(clippy::cast_possible_wrap)] // bits
    fn at(self, row: usize) -> i64 {
        match self {
            Times::Whole(t, _) => t[row],
            Times::Real(t, _) => t[row].to_bits() as i64,
        }
    }

    #[allow(clippy::cast_sign_loss)] // bits
    fn is_gap(self, last: i64, row: usize) -> bool {
        match self {
            Times::Whole(t, gap) => t[row].checked_sub(last).is_none_or(|step| step > gap),
            Times::Real(t, gap) => t[row] - f64::from_bits(last as u64) > gap,
        }
    }

    #[allow(clippy::cast_sign_loss)] // bits
    fn is_before(self, row: usize, last: i64) -> bool {
        match self {
            Times::Whole(t, _) => t[row] < last,
            Times::Real(t, _) => t[row] < f64::from_bits(last as u64),
        }
    }
}

impl<T: Value> Series<T> {
    fn restart(&mut self) {
        (self.seen, self.next, self.base) = (0, 0, 0);
        self.rows.clear();
    }

    /// How many numbers at the front of `rows` no window to come needs.
    fn dead(&self, features: usize) -> usize {
        (index(self.next.min(self.seen) - self.base) * features).min(self.rows.len())
    }

    /// Rows of this series, which follow each other. Many go through `scratch`, so that a series keeps no more memory than
    /// the rows it needs; few are put behind those it has, which are moved when half of them are dead.
    fn take(
        &mut self,
        shape: Shape,
        scratch: &mut Vec<T>,
        rows: &Rows<'_, T>,
        range: Range<usize>,
        out: &mut [T],
        ends: &mut [i64],
    ) -> usize {
        let f = shape.features;
        let dead = self.dead(f);
        let many = range.len() >= shape.span();
        if many || 2 * dead >= self.rows.len() {
            if many {
                scratch.clear();
                scratch.extend_from_slice(&self.rows[dead..]);
                std::mem::swap(&mut self.rows, scratch);
            } else {
                self.rows.drain(..dead);
            }
            self.base = self.next.min(self.seen);
        }
        let skipped = index(self.next.clamp(self.seen, self.seen + range.len() as u64) - self.seen);
        if self.rows.is_empty() {
            self.base = self.seen + skipped as u64; // rows before the next window are never copied
        }
        rows.append(f, range.start + skipped..range.end, &mut self.rows);
        let made = self.emit(shape, &range, out, ends);
        if many {
            let dead = self.dead(f);
            std::mem::swap(&mut self.rows, scratch);
            self.rows.clear();
            self.rows.extend_from_slice(&scratch[dead..]);
            self.base = self.seen - (self.rows.len() / f) as u64;
        }
        made
    }

    /// The windows that end within `range`, whose rows stand at the end of `rows`.
    #[allow(clippy::cast_possible_wrap)] // a row of the batch
    fn emit(&mut self, shape: Shape, range: &Range<usize>, out: &mut [T], ends: &mut [i64]) -> usize {
        let (f, width, span) = (shape.features, shape.width(), shape.span() as u64);
        let total = self.seen + range.len() as u64;
        let mut made = 0;
        while self.next + span <= total {
            let from = index(self.next - self.base) * f;
            let window = &mut out[made * width..(made + 1) * width];
            if shape.dilation == 1 {
                window.copy_from_slice(&self.rows[from..from + width]);
            } else {
                for (j, row) in window.chunks_exact_mut(f).enumerate() {
                    row.copy_from_slice(&self.rows[from + j * shape.dilation * f..][..f]);
                }
            }
            ends[made] = (range.start + index(self.next + span - 1 - self.seen)) as i64;
            made += 1;
            self.next += shape.hop as u64;
        }
        self.seen = total;
        made
    }
}

impl<T: Value> Rows<'_, T> {
    fn append(&self, features: usize, range: Range<usize>, to: &mut Vec<T>) {
        match self {
            Rows::Matrix(x) => to.extend_from_slice(&x[range.start * features..range.end * features]),
            Rows::Columns(columns) => {
                let from = to.len();
                to.resize(from + range.len() * features, T::default());
                let to = &mut to[from..];
                for (c, column) in columns.iter().enumerate() {
                    for (row, &x) in to.chunks_exact_mut(features).zip(&column[range.clone()]) {
                        row[c] = x;
                    }
                }
            }
        }
    }
}

/// A count of rows that are in memory.
fn index(n: u64) -> usize {
    usize::try_from(n).expect("rows that are in memory")
}

#[cfg(test)]
#[path = "framer_tests.rs"]
mod tests;
