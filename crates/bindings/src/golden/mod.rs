//! Exact arithmetic in the golden field; documented in `emberharmony.syntonic`.

pub mod functions;
mod integers;
pub mod planes;
pub mod residues;
pub mod scalar;
