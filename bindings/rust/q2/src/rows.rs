//! Many rows in one call.

use crate::dtype::{bytes_of, check_dim, check_len, check_span};
use crate::error::check;
use crate::{packed_len, Dtype, Element, Error, Key, Transitions};
use std::{fmt, mem, ptr};

/// Rows of `n` elements, `stride` bytes apart.
#[derive(Clone, Copy, Debug)]
pub struct Rows<'a> {
    bytes: &'a [u8],
    stride: usize,
    count: usize,
    n: usize,
    dtype: Dtype,
}

impl<'a> Rows<'a> {
    /// One row of `n` after the other.
    pub fn new<T: Element>(elements: &'a [T], n: usize) -> Result<Self, Error> {
        Self::with_stride(elements, n, n)
    }

    /// Rows of `n` elements that begin `stride` elements apart; what lies after the last row's end may be missing.
    pub fn with_stride<T: Element>(elements: &'a [T], n: usize, stride: usize) -> Result<Self, Error> {
        check_dim(n)?;
        if stride < n {
            return Err(Error::Stride { what: "rows", stride, least: n });
        }
        let (count, rest) = (elements.len() / stride, elements.len() % stride);
        if rest != 0 && rest < n {
            return Err(Error::NotWhole { len: elements.len(), n: stride });
        }
        let bytes_apart = stride.saturating_mul(mem::size_of::<T>());
        Self::from_bytes(bytes_of(elements), T::DTYPE, n, count + usize::from(rest != 0), bytes_apart)
    }

    /// The last tokens of `[batch x seq_len x n]`.
    ///
    /// ```
    /// let batch: Vec<f32> = (0..2 * 3 * 4).map(|x| x as f32).collect(); // 2 texts of 3 tokens
    /// assert_eq!(q2::Rows::last_tokens(&batch, 3, 4)?.count(), 2);
    /// # Ok::<(), q2::Error>(())
    /// ```
    pub fn last_tokens<T: Element>(elements: &'a [T], seq_len: usize, n: usize) -> Result<Self, Error> {
        check_dim(n)?;
        if seq_len == 0 {
            return Err(Error::NoTokens);
        }
        let text = seq_len.saturating_mul(n);
        if elements.len() % text != 0 {
            return Err(Error::NotWhole { len: elements.len(), n: text });
        }
        if elements.is_empty() {
            return Self::new(elements, n);
        }
        Self::with_stride(&elements[text - n..], n, text)
    }

    /// `count` rows of any dtype, `stride` bytes apart.
    pub fn from_bytes(bytes: &'a [u8], dtype: Dtype, n: usize, count: usize, stride: usize) -> Result<Self, Error> {
        check_span("rows", bytes.len(), count, dtype.row_len(n)?, stride)?;
        Ok(Rows { bytes, stride, count, n, dtype })
    }

    /// Number of rows.
    pub fn count(&self) -> usize {
        self.count
    }

    /// Elements of a row.
    pub fn dimensions(&self) -> usize {
        self.n
    }
}

/// What became of a row.
#[derive(Clone, Copy, Default, PartialEq, Eq, Hash)]
#[repr(transparent)]
pub struct RowStatus(u8);

impl RowStatus {
    /// The row has a code; otherwise its sum of squares is not finite and its code is zeros.
    pub fn is_ok(self) -> bool {
        self.0 == q2_sys::Q2_OK as u8
    }
}

impl fmt::Debug for RowStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.is_ok() { "Ok" } else { "NotFinite" })
    }
}

/// Where [`quantise_rows`] puts its results: `packed` and whatever else is wanted, one element a row.
#[derive(Debug, Default)]
pub struct RowOutputs<'a> {
    /// Code i is at `i * packed_stride`.
    pub packed: &'a mut [u8],
    /// Bytes from code to code; 0: one after the other.
    pub packed_stride: usize,
    /// The keys.
    pub keys: Option<&'a mut [Key]>,
    /// The numbers of transitions.
    pub transitions: Option<&'a mut [Transitions]>,
    /// What became of each row.
    pub statuses: Option<&'a mut [RowStatus]>,
}

/// Quantises every row. A row that is not finite gets a code of zeros, key 0 and 0 transitions, the others are done, and the result is [`Error::NotFinite`].
///
/// ```
/// let hidden = [3.0f32, 0.1, -0.1, -3.0, f32::NAN, 0.0, 0.0, 0.0, -3.0, -0.1, 0.1, 3.0];
/// let (mut packed, mut statuses) = ([0; 3], [Default::default(); 3]);
/// let outputs = q2::RowOutputs { packed: &mut packed, statuses: Some(&mut statuses), ..Default::default() };
/// assert_eq!(q2::quantise_rows(&q2::Rows::new(&hidden, 4)?, outputs), Err(q2::Error::NotFinite));
/// assert_eq!(packed, [0xb4, 0x00, 0x1e]);
/// assert_eq!(statuses.map(|row| row.is_ok()), [true, false, true]);
/// # Ok::<(), q2::Error>(())
/// ```
pub fn quantise_rows(rows: &Rows<'_>, outputs: RowOutputs<'_>) -> Result<(), Error> {
    let RowOutputs { packed, packed_stride, keys, transitions, statuses } = outputs;
    let code = packed_len(rows.n);
    let stride = if packed_stride == 0 { code } else { packed_stride };
    check_span("packed", packed.len(), rows.count, code, stride)?;
    check_room("keys", keys.as_deref(), rows.count)?;
    check_room("transitions", transitions.as_deref(), rows.count)?;
    check_room("statuses", statuses.as_deref(), rows.count)?;
    // SAFETY: rows holds its rows and each output has room for them, as was checked. Key and RowStatus are u64 and u8 in all but name.
    let status = unsafe {
        q2_sys::q2_quantise_rows(
            rows.bytes.as_ptr().cast(),
            rows.stride,
            rows.count,
            rows.n,
            rows.dtype as q2_sys::q2_dtype,
            packed.as_mut_ptr(),
            stride,
            pointer(keys).cast(),
            pointer(transitions),
            pointer(statuses).cast(),
        )
    };
    check(status)
}

/// [`quantise_rows`] into vectors of their own; a row that is not finite is an error.
pub fn quantised_rows(rows: &Rows<'_>) -> Result<(Vec<u8>, Vec<Key>), Error> {
    // The rows are in memory and their codes are smaller, so the product does not overflow.
    let (mut packed, mut keys) = (vec![0; rows.count * packed_len(rows.n)], vec![Key(0); rows.count]);
    quantise_rows(rows, RowOutputs { packed: &mut packed, keys: Some(&mut keys), ..Default::default() })?;
    Ok((packed, keys))
}

fn check_room<T>(what: &'static str, room: Option<&[T]>, count: usize) -> Result<(), Error> {
    room.map_or(Ok(()), |room| check_len(what, room.len(), count))
}

fn pointer<T>(room: Option<&mut [T]>) -> *mut T {
    room.map_or(ptr::null_mut(), |room| room.as_mut_ptr())
}
