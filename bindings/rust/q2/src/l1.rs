//! L1 distance (section 10 of the specification) and the nearest codes by it.

use crate::search::Ranking;
use crate::{packed_len, Codes, Error, Neighbour};

const L1: Ranking<u8, u32> = Ranking {
    query_len: packed_len,
    names: ["a", "b"],
    results: "distances",
    one: q2_sys::q2_l1_distance,
    all: q2_sys::q2_l1_distances,
    nearest: q2_sys::q2_l1_nearest,
    nearest_many: q2_sys::q2_l1_nearest_many,
};

/// L1 distance of two codes of `n` dimensions, 0..3n: |a - b| of the symbols' values. The opposite extremes are far apart.
///
/// ```
/// assert_eq!(q2::l1(&[0b10_00_00_00], &[0b00_00_00_00], 4), Ok(3)); // D and A
/// assert_eq!(q2::lee(&[0b10_00_00_00], &[0b00_00_00_00], 4), Ok(1));
/// ```
pub fn l1(a: &[u8], b: &[u8], n: usize) -> Result<u32, Error> {
    L1.one(a, b, n)
}

/// L1 distances of one query to every code, one element a code.
pub fn l1_distances(query: &[u8], codes: &Codes<'_>, distances: &mut [u32]) -> Result<(), Error> {
    L1.all(query, codes, distances)
}

/// The `k` codes nearest to the query by L1 distance: nearest first, ties by lower id, fewer if there are fewer.
pub fn l1_nearest(query: &[u8], codes: &Codes<'_>, k: usize) -> Result<Vec<Neighbour>, Error> {
    L1.nearest(query, codes, k)
}

/// [`l1_nearest`] without allocation: as many codes as `ids` has room for, 1 to [`MAX_NEAREST`](crate::MAX_NEAREST); their number is returned, and what lies past it stays as it was.
pub fn l1_nearest_into(query: &[u8], codes: &Codes<'_>, ids: &mut [u64], distances: &mut [u32]) -> Result<usize, Error> {
    L1.nearest_into(query, codes, ids, distances)
}

/// [`l1_nearest`] for many queries in one pass over the codes, several times as fast as one call a query: one list a query.
pub fn l1_nearest_many(queries: &Codes<'_>, codes: &Codes<'_>, k: usize) -> Result<Vec<Vec<Neighbour>>, Error> {
    L1.nearest_many(queries.into(), codes, k)
}

/// [`l1_nearest_many`] without allocation: row j of `ids` and `distances`, `k` elements each, is query j's; the number found, the same for each, is returned.
pub fn l1_nearest_many_into(queries: &Codes<'_>, codes: &Codes<'_>, k: usize, ids: &mut [u64], distances: &mut [u32]) -> Result<usize, Error> {
    L1.nearest_many_into(queries.into(), codes, k, ids, distances)
}
