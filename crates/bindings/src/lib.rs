//! The Python module `emberharmony._core`: thin, every docstring a user reads lives on the Python side.

mod buffers;
mod cfc;
mod frames;
mod golden;
mod ltc;
mod random;
mod signals;
mod tables;

use pyo3::prelude::*;
use simd::Level;

/// The native core.
#[pymodule]
mod _core {
    use super::{Level, pyfunction};

    #[pymodule_export]
    use super::ltc::{LtcStepper, LtcTrail, ltc_backward, ltc_forward};

    #[pymodule_export]
    use super::cfc::{CfcStepper, CfcTrail, cfc_backward, cfc_forward};

    #[pymodule_export]
    use super::frames::{WindowFramer, WindowGram, rows_of_columns, windows_project, windows_ranges};

    #[pymodule_export]
    use super::golden::scalar::Golden;

    #[pymodule_export]
    use super::golden::functions::{
        golden_function, golden_function_big, golden_nearest, golden_quotients, golden_shares, golden_softmax,
        golden_softmax_big,
    };

    #[pymodule_export]
    use super::golden::residues::{
        golden_charpoly, golden_combine, golden_primes, golden_rank, golden_reduce, golden_solve, golden_words,
    };

    #[pymodule_export]
    use super::golden::planes::{
        golden_argmax, golden_argsort, golden_compare, golden_elementwise, golden_floats, golden_instructions,
        golden_matmul, golden_signs, golden_snap,
    };

    #[pymodule_export]
    use super::random::{
        random_binomial, random_bits, random_exponential, random_gamma, random_gumbel, random_normal, random_poisson,
        random_truncated_normal, random_uniform, threefry,
    };

    #[pymodule_export]
    use super::tables::{
        fold_bins_py, merge_registers, tally_float64, tally_int64, tally_texts, tally_uint64, text_kinds,
    };

    #[pymodule_export]
    const VERSION: &str = env!("CARGO_PKG_VERSION");

    /// The widest vector instructions that the kernels use on this machine.
    #[pyfunction]
    fn simd_level() -> String {
        Level::best().to_string()
    }

    /// Every level this machine has, narrow to wide.
    #[pyfunction]
    fn simd_levels() -> Vec<String> {
        Level::available().iter().map(ToString::to_string).collect()
    }
}
