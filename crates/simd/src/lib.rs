//! Which vector instructions this machine has, asked once at run time.
//!
//! A kernel takes a [`Level`] and picks its widest body for it. Only [`Level::available`] makes levels, so holding one is
//! the proof that its instructions exist here.

use std::env::var;
use std::fmt;
use std::sync::OnceLock;

/// A set of vector instructions, narrow to wide.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// What the compiler assumes for this target; on every machine.
    Portable,
    /// 128 bit, on every 64-bit Arm.
    Neon,
    /// 256 bit with fused multiply-add.
    Avx2,
    /// 512 bit: the F, BW, DQ and VL sets together.
    Avx512,
}

/// A [`Kind`] that this machine has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Level(Kind);

impl Level {
    /// Every level of this machine, narrow to wide; the first is always portable.
    #[must_use]
    pub fn available() -> Vec<Self> {
        let mut levels = vec![Self(Kind::Portable)];
        #[cfg(target_arch = "aarch64")]
        levels.push(Self(Kind::Neon));
        #[cfg(target_arch = "x86_64")]
        {
            if is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma") {
                levels.push(Self(Kind::Avx2));
            }
            let sets = [
                is_x86_feature_detected!("avx512f"),
                is_x86_feature_detected!("avx512bw"),
                is_x86_feature_detected!("avx512dq"),
                is_x86_feature_detected!("avx512vl"),
            ];
            if sets == [true; 4] {
                levels.push(Self(Kind::Avx512));
            }
        }
        levels
    }

    /// The widest level of this machine, or the one that `EMBERHARMONY_SIMD` named when this was first asked: to see whether
    /// an odd result is of the instructions. A name that this machine does not have changes nothing.
    #[must_use]
    pub fn best() -> Self {
        static BEST: OnceLock<Level> = OnceLock::new();
        *BEST.get_or_init(|| {
            let (levels, wanted) = (Self::available(), var("EMBERHARMONY_SIMD").unwrap_or_default());
            let named = levels.iter().find(|level| level.to_string() == wanted);
            named.or(levels.last()).copied().unwrap_or(Self(Kind::Portable))
        })
    }

    /// Which instructions these are.
    #[must_use]
    pub fn kind(self) -> Kind {
        self.0
    }
}

impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.0 {
            Kind::Portable => "portable",
            Kind::Neon => "neon",
            Kind::Avx2 => "avx2",
            Kind::Avx512 => "avx512",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn levels_ascend_from_portable_to_best() {
        let levels = Level::available();
        assert_eq!(levels[0].kind(), Kind::Portable);
        assert!(levels.windows(2).all(|pair| pair[0] < pair[1]));
        assert_eq!(levels.last(), Some(&Level::best()));
    }

    #[test]
    fn names_are_lower_case_words() {
        for level in Level::available() {
            let name = level.to_string();
            assert!(!name.is_empty() && name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit()));
        }
    }
}
