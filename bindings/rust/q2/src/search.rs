//! What is searched, and by what: codes, query vectors, neighbours; and the four calls that each ranking of libq2 has.

use crate::dtype::{check_dim, check_len, check_span};
use crate::error::check;
use crate::{packed_len, Error};
use q2_sys::q2_status;

/// Largest number of neighbours.
pub const MAX_NEAREST: usize = q2_sys::Q2_MAX_NEAREST;

/// Packed codes of `n` dimensions, `stride` bytes apart.
#[derive(Clone, Copy, Debug)]
pub struct Codes<'a> {
    bytes: &'a [u8],
    n: usize,
    count: usize,
    stride: usize,
}

impl<'a> Codes<'a> {
    /// One code after the other.
    pub fn new(bytes: &'a [u8], n: usize) -> Result<Self, Error> {
        check_dim(n)?;
        let len = packed_len(n);
        if bytes.len() % len != 0 {
            return Err(Error::NotWhole { len: bytes.len(), n: len });
        }
        Self::with_stride(bytes, n, bytes.len() / len, len)
    }

    /// `count` codes, `stride` bytes apart.
    pub fn with_stride(bytes: &'a [u8], n: usize, count: usize, stride: usize) -> Result<Self, Error> {
        check_dim(n)?;
        check_span("codes", bytes.len(), count, packed_len(n), stride)?;
        Ok(Codes { bytes, n, count, stride })
    }

    /// Number of codes.
    pub fn count(&self) -> usize {
        self.count
    }
}

/// Query vectors of `n` int8, `stride` elements apart: what [`dot_nearest_many`](crate::dot_nearest_many) takes.
#[derive(Clone, Copy, Debug)]
pub struct Vectors<'a> {
    elements: &'a [i8],
    n: usize,
    count: usize,
    stride: usize,
}

impl<'a> Vectors<'a> {
    /// One vector after the other.
    pub fn new(elements: &'a [i8], n: usize) -> Result<Self, Error> {
        check_dim(n)?;
        if elements.len() % n != 0 {
            return Err(Error::NotWhole { len: elements.len(), n });
        }
        Self::with_stride(elements, n, elements.len() / n, n)
    }

    /// `count` vectors, `stride` elements apart.
    pub fn with_stride(elements: &'a [i8], n: usize, count: usize, stride: usize) -> Result<Self, Error> {
        check_dim(n)?;
        check_span("vectors", elements.len(), count, n, stride)?;
        Ok(Vectors { elements, n, count, stride })
    }

    /// Number of vectors.
    pub fn count(&self) -> usize {
        self.count
    }
}

/// A code found by a distance.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Neighbour {
    /// Its index.
    pub id: u64,
    /// Its distance to the query; smaller is nearer.
    pub distance: u32,
}

/// A code found by a score.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Scored {
    /// Its index.
    pub id: u64,
    /// Its score for the query; larger is nearer. Never NaN, infinite or -0.
    pub score: f32,
}

impl From<(u64, u32)> for Neighbour {
    fn from((id, distance): (u64, u32)) -> Self {
        Neighbour { id, distance }
    }
}

impl From<(u64, f32)> for Scored {
    fn from((id, score): (u64, f32)) -> Self {
        Scored { id, score }
    }
}

/// Queries of one kind: codes (u8), or vectors of int8 for dot.
pub(crate) struct Queries<'a, Q> {
    from: &'a [Q],
    n: usize,
    count: usize,
    stride: usize,
}

impl<'a> From<&Codes<'a>> for Queries<'a, u8> {
    fn from(codes: &Codes<'a>) -> Self {
        Queries { from: codes.bytes, n: codes.n, count: codes.count, stride: codes.stride }
    }
}

impl<'a> From<&Vectors<'a>> for Queries<'a, i8> {
    fn from(vectors: &Vectors<'a>) -> Self {
        Queries { from: vectors.elements, n: vectors.n, count: vectors.count, stride: vectors.stride }
    }
}

/// The four functions of a ranking: queries of `Q`, distances or scores of `R`.
pub(crate) struct Ranking<Q, R> {
    /// Elements of a query of `n` dimensions.
    pub query_len: fn(n: usize) -> usize,
    /// What a query and a code of a pair are called in errors.
    pub names: [&'static str; 2],
    /// What the results are called in errors.
    pub results: &'static str,
    pub one: unsafe extern "C" fn(*const Q, *const u8, usize, *mut R) -> q2_status,
    pub all: unsafe extern "C" fn(*const Q, *const u8, usize, usize, usize, *mut R) -> q2_status,
    pub nearest: unsafe extern "C" fn(*const Q, *const u8, usize, usize, usize, usize, *mut u64, *mut R, *mut usize) -> q2_status,
    #[allow(clippy::type_complexity)]
    pub nearest_many: unsafe extern "C" fn(*const Q, usize, usize, *const u8, usize, usize, usize, usize, *mut u64, *mut R, *mut usize) -> q2_status,
}

impl<Q, R: Copy + Default> Ranking<Q, R> {
    pub fn one(&self, query: &[Q], code: &[u8], n: usize) -> Result<R, Error> {
        check_dim(n)?;
        check_len(self.names[0], query.len(), (self.query_len)(n))?;
        check_len(self.names[1], code.len(), packed_len(n))?;
        let mut result = R::default();
        // SAFETY: query and code hold n dimensions.
        check(unsafe { (self.one)(query.as_ptr(), code.as_ptr(), n, &mut result) })?;
        Ok(result)
    }

    pub fn all(&self, query: &[Q], codes: &Codes<'_>, results: &mut [R]) -> Result<(), Error> {
        check_len("query", query.len(), (self.query_len)(codes.n))?;
        check_len(self.results, results.len(), codes.count)?;
        let Codes { bytes, n, count, stride } = *codes;
        // SAFETY: codes holds its codes, query n dimensions, and results has room for all.
        check(unsafe { (self.all)(query.as_ptr(), bytes.as_ptr(), stride, count, n, results.as_mut_ptr()) })
    }

    pub fn nearest<N: From<(u64, R)>>(&self, query: &[Q], codes: &Codes<'_>, k: usize) -> Result<Vec<N>, Error> {
        check_k(k)?;
        let room = k.min(codes.count).max(1);
        let (mut ids, mut results) = (vec![0; room], vec![R::default(); room]);
        let found = self.nearest_into(query, codes, &mut ids, &mut results)?;
        Ok(neighbours(&ids[..found], &results[..found]))
    }

    pub fn nearest_into(&self, query: &[Q], codes: &Codes<'_>, ids: &mut [u64], results: &mut [R]) -> Result<usize, Error> {
        check_k(ids.len())?;
        check_len("query", query.len(), (self.query_len)(codes.n))?;
        check_len(self.results, results.len(), ids.len())?;
        let Codes { bytes, n, count, stride } = *codes;
        let mut found = 0;
        // SAFETY: codes holds its codes, query n dimensions, and ids and results have room for k.
        check(unsafe { (self.nearest)(query.as_ptr(), bytes.as_ptr(), stride, count, n, ids.len(), ids.as_mut_ptr(), results.as_mut_ptr(), &mut found) })?;
        Ok(found)
    }

    pub fn nearest_many<N: From<(u64, R)>>(&self, queries: Queries<'_, Q>, codes: &Codes<'_>, k: usize) -> Result<Vec<Vec<N>>, Error> {
        check_k(k)?;
        let (k, many) = (k.min(codes.count).max(1), queries.count);
        let room = many * k; // both were counted in memory, and k is at most 4096
        let (mut ids, mut results) = (vec![0; room], vec![R::default(); room]);
        let found = self.nearest_many_into(queries, codes, k, &mut ids, &mut results)?;
        Ok((0..many).map(|j| neighbours(&ids[j * k..j * k + found], &results[j * k..j * k + found])).collect())
    }

    pub fn nearest_many_into(&self, queries: Queries<'_, Q>, codes: &Codes<'_>, k: usize, ids: &mut [u64], results: &mut [R]) -> Result<usize, Error> {
        check_k(k)?;
        if queries.n != codes.n {
            return Err(Error::Dimensions { queries: queries.n, codes: codes.n });
        }
        let needed = queries.count.saturating_mul(k);
        check_len("ids", ids.len(), needed)?;
        check_len(self.results, results.len(), needed)?;
        let Queries { from, stride, count, .. } = queries;
        let mut found = 0;
        // SAFETY: queries and codes hold theirs, and ids and results have room for k a query.
        check(unsafe {
            (self.nearest_many)(
                from.as_ptr(),
                stride,
                count,
                codes.bytes.as_ptr(),
                codes.stride,
                codes.count,
                codes.n,
                k,
                ids.as_mut_ptr(),
                results.as_mut_ptr(),
                &mut found,
            )
        })?;
        Ok(found)
    }
}

fn neighbours<N: From<(u64, R)>, R: Copy>(ids: &[u64], results: &[R]) -> Vec<N> {
    ids.iter().zip(results).map(|(&id, &result)| N::from((id, result))).collect()
}

fn check_k(k: usize) -> Result<(), Error> {
    if k == 0 || k > MAX_NEAREST {
        return Err(Error::Neighbours { k });
    }
    Ok(())
}
