//! The integers that planes are made of.

/// One of the native widths. Arithmetic wraps: the caller has proved that the end of a computation fits.
pub trait Width: Copy + Default + Ord + Send + Sync + 'static {
    #[must_use]
    fn plus(self, other: Self) -> Self;
    #[must_use]
    fn minus(self, other: Self) -> Self;
    #[must_use]
    fn times(self, other: Self) -> Self;
    /// The same number, wider.
    fn wide(self) -> i64;
}

macro_rules! widths {
    ($($type:ty)*) => {
        $(impl Width for $type {
            #[inline(always)]
            fn plus(self, other: Self) -> Self { self.wrapping_add(other) }
            #[inline(always)]
            fn minus(self, other: Self) -> Self { self.wrapping_sub(other) }
            #[inline(always)]
            fn times(self, other: Self) -> Self { self.wrapping_mul(other) }
            #[inline(always)]
            fn wide(self) -> i64 { i64::from(self) }
        })*
    };
}

widths! { i8 i16 i32 i64 }
