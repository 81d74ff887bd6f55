//! What the values of a column tell about its type, in one pass over a batch of Arrow memory.
//!
//! All that comes out is a count, a minimum, a maximum or a set, so the results of batches merge to the same bits in any
//! order. The hash is our own and fixed: it gives the same registers on every machine, today and in ten years.

#![allow(clippy::cast_precision_loss)] // integers become floats where a range or an estimate is asked for

mod bins;
mod column;
mod dates;
mod distinct;
mod hash;
mod kinds;
mod numbers;
mod numerals;
mod texts;

pub use bins::{Grid, REST_BITS, WORDS, fold_bins};
pub use column::{Column, Malformed, Validity};
pub use distinct::{Exact, Values, merge};
pub use kinds::{KINDS, Kind, kind_of};
pub use numbers::{Number, NumberCounts, Tallied, tally_numbers};
pub use texts::{Offsets, TextCounts, tally_texts};
