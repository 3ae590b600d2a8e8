//! One row to a code and a key (sections 1 to 6 of the specification).

use crate::dtype::{bytes_of, check_dim, check_len};
use crate::error::check;
use crate::{packed_len, Dtype, Element, Error, Key, Transitions};
use std::ptr;

/// The bytes of a row-major tensor `[seq_len x n]`, whose last row counts.
#[derive(Clone, Copy, Debug)]
pub struct Tensor<'a> {
    /// At least `seq_len` rows.
    pub bytes: &'a [u8],
    /// Tokens; of no account for [`Dtype::Q2`].
    pub seq_len: usize,
    /// Dimensions.
    pub n: usize,
    /// Element type.
    pub dtype: Dtype,
}

impl<'a> Tensor<'a> {
    /// A tensor of typed elements: as many tokens as there are rows of `n`.
    pub fn new<T: Element>(elements: &'a [T], n: usize) -> Result<Self, Error> {
        check_dim(n)?;
        if elements.len() % n != 0 {
            return Err(Error::NotWhole { len: elements.len(), n });
        }
        Ok(Tensor { bytes: bytes_of(elements), seq_len: elements.len() / n, n, dtype: T::DTYPE })
    }
}

/// Quantises one row into the first [`packed_len`]`(row.len())` bytes of `packed`, and returns its key.
///
/// ```
/// let mut code = [0; 2];
/// let key = q2::quantise(&[3.0f32, 0.1, -0.1, -3.0, 3.0, 3.0, -0.2, 0.2], &mut code)?;
/// assert_eq!((code, key), ([0xb4, 0xa7], q2::Key(0xe4d8_0000_0000_0000)));
/// assert_eq!(q2::quantise(&[f32::NAN; 8], &mut code), Err(q2::Error::NotFinite));
/// # Ok::<(), q2::Error>(())
/// ```
pub fn quantise<T: Element>(row: &[T], packed: &mut [u8]) -> Result<Key, Error> {
    run(&Tensor { bytes: bytes_of(row), seq_len: 1, n: row.len(), dtype: T::DTYPE }, packed, None)
}

/// [`quantise`], and the number of transitions, which takes a little longer.
pub fn quantise_with_transitions<T: Element>(row: &[T], packed: &mut [u8]) -> Result<(Key, Transitions), Error> {
    quantise_tensor(&Tensor { bytes: bytes_of(row), seq_len: 1, n: row.len(), dtype: T::DTYPE }, packed)
}

/// [`quantise`] into a vector of its own.
///
/// ```
/// let (code, key) = q2::quantised(&[9i8, 1, -1, -9, 9, 9, -1, 1])?;
/// assert_eq!((code, key.to_string()), (vec![0xb4, 0xa7], "e4d8000000000000".to_owned()));
/// # Ok::<(), q2::Error>(())
/// ```
pub fn quantised<T: Element>(row: &[T]) -> Result<(Vec<u8>, Key), Error> {
    check_dim(row.len())?;
    let mut packed = vec![0; packed_len(row.len())];
    let key = quantise(row, &mut packed)?;
    Ok((packed, key))
}

/// Quantises the last row of a tensor of any dtype.
pub fn quantise_tensor(tensor: &Tensor<'_>, packed: &mut [u8]) -> Result<(Key, Transitions), Error> {
    let mut transitions = 0;
    let key = run(tensor, packed, Some(&mut transitions))?;
    Ok((key, transitions))
}

fn run(tensor: &Tensor<'_>, packed: &mut [u8], transitions: Option<&mut Transitions>) -> Result<Key, Error> {
    let Tensor { bytes, seq_len, n, dtype } = *tensor;
    let row = dtype.row_len(n)?;
    let tokens = if dtype == Dtype::Q2 { 1 } else { seq_len };
    if tokens == 0 {
        return Err(Error::NoTokens);
    }
    check_len("the tensor's bytes", bytes.len(), tokens.saturating_mul(row))?;
    check_len("packed", packed.len(), packed_len(n))?;
    let mut key = 0;
    // SAFETY: tensor holds its rows and packed has room for a code, as was checked; the rest lives on this stack.
    let status = unsafe {
        let transitions = transitions.map_or(ptr::null_mut(), |to| to as *mut _);
        q2_sys::q2_quantise(bytes.as_ptr().cast(), seq_len, n, dtype as q2_sys::q2_dtype, packed.as_mut_ptr(), &mut key, transitions)
    };
    check(status).map(|()| Key(key))
}

/// The key of a packed code of `n` dimensions, and the number of its transitions.
///
/// ```
/// assert_eq!(q2::key_of(&[0xb4, 0xa7], 8)?, (q2::Key(0xe4d8_0000_0000_0000), 7));
/// # Ok::<(), q2::Error>(())
/// ```
pub fn key_of(packed: &[u8], n: usize) -> Result<(Key, Transitions), Error> {
    check_dim(n)?;
    check_len("packed", packed.len(), packed_len(n))?;
    let (mut key, mut transitions) = (0, 0);
    // SAFETY: packed holds a code of n dimensions.
    check(unsafe { q2_sys::q2_key(packed.as_ptr(), n, &mut key, &mut transitions) })?;
    Ok((Key(key), transitions))
}
