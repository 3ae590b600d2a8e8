//! Element types (section 1 of the specification) and the sizes that follow from them.

use crate::Error;

/// Largest number of dimensions.
pub const MAX_DIM: usize = q2_sys::Q2_MAX_DIM;

/// An element type of a tensor.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(i32)]
pub enum Dtype {
    /// binary32, little-endian.
    Fp32 = q2_sys::Q2_FP32,
    /// binary16; subnormals count as zero.
    Fp16 = q2_sys::Q2_FP16,
    /// int8; its scale is irrelevant.
    Q8 = q2_sys::Q2_Q8,
    /// Unsigned nibble - 8, the even dimension in the high nibble; n is even.
    Q4 = q2_sys::Q2_Q4,
    /// An already packed code.
    Q2 = q2_sys::Q2_Q2,
    /// bfloat16.
    Bf16 = q2_sys::Q2_BF16,
}

impl Dtype {
    /// Bytes of a row of `n` elements.
    pub fn row_len(self, n: usize) -> Result<usize, Error> {
        check_dim(n)?;
        match self {
            Dtype::Fp32 => Ok(4 * n),
            Dtype::Fp16 | Dtype::Bf16 => Ok(2 * n),
            Dtype::Q8 => Ok(n),
            Dtype::Q4 if n % 2 == 1 => Err(Error::OddDimension { n }),
            Dtype::Q4 => Ok(n / 2),
            Dtype::Q2 => Ok(packed_len(n)),
        }
    }
}

mod sealed {
    pub trait Sealed {}
    impl Sealed for f32 {}
    impl Sealed for i8 {}
    #[cfg(feature = "half")]
    impl Sealed for half::f16 {}
    #[cfg(feature = "half")]
    impl Sealed for half::bf16 {}
}

/// A type whose slices are rows: `f32`, `i8`, and with the feature `half` its `f16` and `bf16`.
pub trait Element: Copy + sealed::Sealed {
    /// Its dtype.
    const DTYPE: Dtype;
}

impl Element for f32 {
    const DTYPE: Dtype = Dtype::Fp32;
}
impl Element for i8 {
    const DTYPE: Dtype = Dtype::Q8;
}
#[cfg(feature = "half")]
impl Element for half::f16 {
    const DTYPE: Dtype = Dtype::Fp16;
}
#[cfg(feature = "half")]
impl Element for half::bf16 {
    const DTYPE: Dtype = Dtype::Bf16;
}

/// The bytes of elements, where they lie.
pub(crate) fn bytes_of<T: Element>(elements: &[T]) -> &[u8] {
    // SAFETY: an Element is a plain number without padding, and u8 needs no alignment.
    unsafe { std::slice::from_raw_parts(elements.as_ptr().cast(), std::mem::size_of_val(elements)) }
}

/// Bytes of a packed code of `n` dimensions: 4 a byte.
pub const fn packed_len(n: usize) -> usize {
    n / 4 + (n % 4 != 0) as usize
}

pub(crate) fn check_dim(n: usize) -> Result<(), Error> {
    if n == 0 || n > MAX_DIM {
        return Err(Error::Dimension { n });
    }
    Ok(())
}

/// `count` things of `len` bytes, `stride` bytes apart, lie within `given` bytes.
pub(crate) fn check_span(what: &'static str, given: usize, count: usize, len: usize, stride: usize) -> Result<(), Error> {
    if count == 0 {
        return Ok(());
    }
    if stride < len {
        return Err(Error::Stride { what, stride, least: len });
    }
    let needed = (count - 1).checked_mul(stride).and_then(|last| last.checked_add(len)).unwrap_or(usize::MAX);
    check_len(what, given, needed)
}

pub(crate) fn check_len(what: &'static str, given: usize, needed: usize) -> Result<(), Error> {
    if given < needed {
        return Err(Error::TooShort { what, given, needed });
    }
    Ok(())
}
