//! Fused sequence kernels of liquid neural networks: a whole sequence in one call, forward and backward.
//!
//! Plain Rust on contiguous memory, no Python in sight. The rows of a batch lie in the lanes of vector registers, so every
//! step of the recurrence is elementwise or a product with weights that all rows share. What each kernel means is defined
//! by the cells in `emberharmony.nn`, and tested against them; how the kernels work is in
//! `docs/architecture/liquid_kernels.md`.

#![allow(clippy::inline_always)] // what is not inlined into a function of a level is compiled for the baseline

pub mod cfc;
mod functions;
mod lanes;
pub mod ltc;

pub use lanes::Real;
