//! Exact arithmetic in the golden field Q(phi), phi = (1 + sqrt 5) / 2.
//!
//! [`Golden`] is one number of any size. The other modules work on arrays: a number is a pair of integers `a + b phi`, an
//! array is two planes of integers, and the caller has proved before the call that every result fits its width. Nothing
//! here rounds unless its name says so, and nothing wraps: a kernel that may wrap on the way says why its end is right.

#![allow(clippy::inline_always)] // a kernel's body is compiled once for each level, inside it
#![allow(clippy::many_single_char_names)] // (a + b phi)(c + d phi), as in the equations

pub mod elementwise;
pub mod fixed;
pub mod floats;
pub mod modular;
pub mod order;
pub mod product;
pub mod residues;
mod rounding;
mod scalar;
pub mod snap;
mod text;
mod width;

pub use dashu_base;
pub use dashu_int;
pub use scalar::{Golden, ZeroDivision};
pub use text::ParseError;
pub use width::Width;

#[cfg(test)]
mod residue_tests;
#[cfg(test)]
mod scalar_tests;
#[cfg(test)]
mod snap_tests;

#[cfg(test)]
mod kernel_tests;
