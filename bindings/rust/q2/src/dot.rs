//! Scores of query vectors against codes (section 10 of the specification), and the codes with the largest: the ranking that finds most true neighbours.

use crate::dtype::{check_dim, check_len};
use crate::error::check;
use crate::search::Ranking;
use crate::{Codes, Error, Scored, Vectors};

const DOT: Ranking<i8, f32> = Ranking {
    query_len: |n| n,
    names: ["query", "code"],
    results: "scores",
    one: q2_sys::q2_dot,
    all: q2_sys::q2_dot_scores,
    nearest: q2_sys::q2_dot_nearest,
    nearest_many: q2_sys::q2_dot_nearest_many,
};

/// Quantises a query vector of floats, of any scale, to the int8 that [`dot`] takes, the first `vector.len()` of `query`: `x[d] * (127 / max|x|)`, rounded half to even.
///
/// [`Error::QueryNotFinite`] where a NaN or an infinity is among them; nothing is written then.
///
/// ```
/// let mut query = [0; 3];
/// q2::dot_query(&[0.5, -0.25, 0.0], &mut query)?;
/// assert_eq!(query, [127, -64, 0]); // -63.5, half to even
/// # Ok::<(), q2::Error>(())
/// ```
pub fn dot_query(vector: &[f32], query: &mut [i8]) -> Result<(), Error> {
    check_dim(vector.len())?;
    check_len("query", query.len(), vector.len())?;
    // SAFETY: query has room for as many elements as vector has.
    match check(unsafe { q2_sys::q2_dot_query(vector.as_ptr(), vector.len(), query.as_mut_ptr()) }) {
        Err(Error::NotFinite) => Err(Error::QueryNotFinite),
        result => result,
    }
}

/// Score of a query vector of `n` int8, from [`dot_query`] or elsewhere, against a code, divided by the code's norm: larger is nearer.
pub fn dot(query: &[i8], code: &[u8], n: usize) -> Result<f32, Error> {
    DOT.one(query, code, n)
}

/// Scores of one query vector against every code, one element a code.
pub fn dot_scores(query: &[i8], codes: &Codes<'_>, scores: &mut [f32]) -> Result<(), Error> {
    DOT.all(query, codes, scores)
}

/// The `k` codes with the largest scores against a query vector: nearest first, ties by lower id, fewer if there are fewer.
///
/// ```
/// let hidden = [3.0f32, 0.1, -0.1, -3.0, 3.0, 3.0, -0.2, 0.2];
/// let mut query = [0; 8];
/// q2::dot_query(&hidden, &mut query)?;
/// let codes = [0x1e, 0x0d, 0xb4, 0xa7];
/// let near = q2::dot_nearest(&query, &q2::Codes::new(&codes, 8)?, 1)?;
/// assert_eq!(near[0].id, 1);
/// # Ok::<(), q2::Error>(())
/// ```
pub fn dot_nearest(query: &[i8], codes: &Codes<'_>, k: usize) -> Result<Vec<Scored>, Error> {
    DOT.nearest(query, codes, k)
}

/// [`dot_nearest`] without allocation: as many codes as `ids` has room for, 1 to [`MAX_NEAREST`](crate::MAX_NEAREST); their number is returned, and what lies past it stays as it was.
pub fn dot_nearest_into(query: &[i8], codes: &Codes<'_>, ids: &mut [u64], scores: &mut [f32]) -> Result<usize, Error> {
    DOT.nearest_into(query, codes, ids, scores)
}

/// [`dot_nearest`] for many queries in one pass over the codes, several times as fast as one call a query: one list a query.
pub fn dot_nearest_many(queries: &Vectors<'_>, codes: &Codes<'_>, k: usize) -> Result<Vec<Vec<Scored>>, Error> {
    DOT.nearest_many(queries.into(), codes, k)
}

/// [`dot_nearest_many`] without allocation: row j of `ids` and `scores`, `k` elements each, is query j's; the number found, the same for each, is returned.
pub fn dot_nearest_many_into(queries: &Vectors<'_>, codes: &Codes<'_>, k: usize, ids: &mut [u64], scores: &mut [f32]) -> Result<usize, Error> {
    DOT.nearest_many_into(queries.into(), codes, k, ids, scores)
}
