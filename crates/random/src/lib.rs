//! Random numbers as pure functions of a key and a position; what each one is, says `docs/architecture/random_numbers.md`.
//!
//! No state moves: any cut of a draw, any number of threads and any level of vector instructions give the same bits.

// words become floats, positions become indices and floats become counts: that is this crate's work
#![allow(
    clippy::cast_possible_truncation,
    clippy::cast_possible_wrap,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss
)]
#![allow(clippy::many_single_char_names)] // the letters are those of the papers
#![allow(clippy::inline_always)] // a body must be inlined in each level to be compiled for it

#[cfg(test)]
mod accuracy;
mod fill;
mod real;
mod sampler;
mod threefry;

pub use fill::{
    bits32, bits64, exponential32, exponential64, gumbel32, gumbel64, normal32, normal64, uniform32, uniform64,
};
pub use sampler::{binomial, gamma, poisson, truncated_normal};
pub use threefry::{Key, threefry2x32};
