//! Scores of codes against codes by their levels -4, -1, 1, 4 (section 10 of the specification), and the codes with the largest.

use crate::search::Ranking;
use crate::{packed_len, Codes, Error, Scored};

const CODE_DOT: Ranking<u8, f32> = Ranking {
    query_len: packed_len,
    names: ["a", "b"],
    results: "scores",
    one: q2_sys::q2_code_dot,
    all: q2_sys::q2_code_dot_scores,
    nearest: q2_sys::q2_code_dot_nearest,
    nearest_many: q2_sys::q2_code_dot_nearest_many,
};

/// Score of a code against a code of `n` dimensions by their levels, divided by the norm of `b`: larger is nearer, and the order of the arguments matters.
///
/// ```
/// assert_eq!(q2::code_dot(&[0b11_00_00_00], &[0b10_00_00_00], 1), Ok(1.0)); // levels 1 and 4: 1 * 4 / 4
/// assert_eq!(q2::code_dot(&[0b10_00_00_00], &[0b11_00_00_00], 1), Ok(4.0));
/// ```
pub fn code_dot(a: &[u8], b: &[u8], n: usize) -> Result<f32, Error> {
    CODE_DOT.one(a, b, n)
}

/// Scores of one code against every code, one element a code.
pub fn code_dot_scores(query: &[u8], codes: &Codes<'_>, scores: &mut [f32]) -> Result<(), Error> {
    CODE_DOT.all(query, codes, scores)
}

/// The `k` codes with the largest scores against a code: nearest first, ties by lower id, fewer if there are fewer.
pub fn code_dot_nearest(query: &[u8], codes: &Codes<'_>, k: usize) -> Result<Vec<Scored>, Error> {
    CODE_DOT.nearest(query, codes, k)
}

/// [`code_dot_nearest`] without allocation: as many codes as `ids` has room for, 1 to [`MAX_NEAREST`](crate::MAX_NEAREST); their number is returned, and what lies past it stays as it was.
pub fn code_dot_nearest_into(query: &[u8], codes: &Codes<'_>, ids: &mut [u64], scores: &mut [f32]) -> Result<usize, Error> {
    CODE_DOT.nearest_into(query, codes, ids, scores)
}

/// [`code_dot_nearest`] for many queries in one pass over the codes, several times as fast as one call a query: one list a query.
pub fn code_dot_nearest_many(queries: &Codes<'_>, codes: &Codes<'_>, k: usize) -> Result<Vec<Vec<Scored>>, Error> {
    CODE_DOT.nearest_many(queries.into(), codes, k)
}

/// [`code_dot_nearest_many`] without allocation: row j of `ids` and `scores`, `k` elements each, is query j's; the number found, the same for each, is returned.
pub fn code_dot_nearest_many_into(queries: &Codes<'_>, codes: &Codes<'_>, k: usize, ids: &mut [u64], scores: &mut [f32]) -> Result<usize, Error> {
    CODE_DOT.nearest_many_into(queries.into(), codes, k, ids, scores)
}
