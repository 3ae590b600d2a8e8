use std::fmt;

/// Why a call was refused. Nothing has been written then, but for [`NotFinite`](Error::NotFinite) from rows, where the other rows are done.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Error {
    /// The number of dimensions is 0 or above [`MAX_DIM`](crate::MAX_DIM).
    Dimension {
        /// As given.
        n: usize,
    },
    /// [`Dtype::Q4`](crate::Dtype::Q4) holds two dimensions a byte.
    OddDimension {
        /// As given.
        n: usize,
    },
    /// A slice is shorter than its shape says, or has less room than the result needs.
    TooShort {
        /// Which slice.
        what: &'static str,
        /// Its length.
        given: usize,
        /// The least it may have.
        needed: usize,
    },
    /// A slice of rows does not hold a whole number of them.
    NotWhole {
        /// Its length.
        len: usize,
        /// Elements of a row.
        n: usize,
    },
    /// Rows or codes would overlap.
    Stride {
        /// Of which slice.
        what: &'static str,
        /// As given.
        stride: usize,
        /// The least it may be.
        least: usize,
    },
    /// A tensor without tokens has no last one.
    NoTokens,
    /// The number of neighbours is 0 or above [`MAX_NEAREST`](crate::MAX_NEAREST).
    Neighbours {
        /// As given.
        k: usize,
    },
    /// Queries and codes have different numbers of dimensions.
    Dimensions {
        /// Of the queries.
        queries: usize,
        /// Of the codes.
        codes: usize,
    },
    /// The sum of squares is not finite: a NaN, an infinity, or squares that overflow.
    NotFinite,
    /// A NaN or an infinity is among the elements of a query vector.
    QueryNotFinite,
    /// No instruction set has that name.
    UnknownIsa {
        /// As given.
        name: String,
    },
    /// This machine, or this build, lacks the instruction set.
    Unsupported {
        /// As given.
        name: String,
    },
    /// libq2 refused what was checked before: it is another version than this crate was made for.
    Library {
        /// Its status.
        status: i32,
    },
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Error::Dimension { n } => write!(f, "{n} dimensions: there must be 1 to {}", crate::MAX_DIM),
            Error::OddDimension { n } => write!(f, "{n} dimensions of q4: there must be an even number"),
            Error::TooShort { what, given, needed } => write!(f, "{what} has length {given}, {needed} are needed"),
            Error::NotWhole { len, n } => write!(f, "{len} elements are not a whole number of rows of {n}"),
            Error::Stride { what, stride, least } => write!(f, "a stride of {stride} in {what}: it must be at least {least}"),
            Error::NoTokens => write!(f, "a tensor of 0 tokens has no last one"),
            Error::Neighbours { k } => write!(f, "{k} neighbours: there must be 1 to {}", crate::MAX_NEAREST),
            Error::Dimensions { queries, codes } => write!(f, "queries have {queries} dimensions, codes {codes}"),
            Error::NotFinite => write!(f, "the sum of squares is not finite: a NaN, an infinity, or squares that overflow"),
            Error::QueryNotFinite => write!(f, "the query holds a NaN or an infinity"),
            Error::UnknownIsa { name } => write!(f, "no instruction set is named {name:?}"),
            Error::Unsupported { name } => write!(f, "this machine or build lacks the instruction set {name}"),
            Error::Library { status } => write!(f, "libq2 refused with status {status}"),
        }
    }
}

impl std::error::Error for Error {}

/// The status of a call whose arguments were checked.
pub(crate) fn check(status: q2_sys::q2_status) -> Result<(), Error> {
    match status {
        q2_sys::Q2_OK => Ok(()),
        q2_sys::Q2_ERR_NOT_FINITE => Err(Error::NotFinite),
        status => Err(Error::Library { status }),
    }
}
