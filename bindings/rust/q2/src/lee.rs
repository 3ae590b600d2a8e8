//! Lee distance (section 7 of the specification) and the nearest codes by it.

use crate::search::Ranking;
use crate::{packed_len, Codes, Error, Neighbour};

const LEE: Ranking<u8, u32> = Ranking {
    query_len: packed_len,
    names: ["a", "b"],
    results: "distances",
    one: q2_sys::q2_lee_distance,
    all: q2_sys::q2_lee_distances,
    nearest: q2_sys::q2_lee_nearest,
    nearest_many: q2_sys::q2_lee_nearest_many,
};

/// Lee distance of two codes of `n` dimensions, 0..2n: the opposite extremes are neighbours.
pub fn lee(a: &[u8], b: &[u8], n: usize) -> Result<u32, Error> {
    LEE.one(a, b, n)
}

/// Lee distances of one query to every code, one element a code.
pub fn lee_distances(query: &[u8], codes: &Codes<'_>, distances: &mut [u32]) -> Result<(), Error> {
    LEE.all(query, codes, distances)
}

/// The `k` codes nearest to the query by Lee distance: nearest first, ties by lower id, fewer if there are fewer.
///
/// ```
/// let codes = [0xb4, 0xa7, 0xb4, 0xa5, 0x1e, 0x0d];
/// let near = q2::nearest(&codes[2..4], &q2::Codes::new(&codes, 8)?, 2)?;
/// assert_eq!(near.iter().map(|it| (it.id, it.distance)).collect::<Vec<_>>(), [(1, 0), (0, 1)]);
/// # Ok::<(), q2::Error>(())
/// ```
pub fn nearest(query: &[u8], codes: &Codes<'_>, k: usize) -> Result<Vec<Neighbour>, Error> {
    LEE.nearest(query, codes, k)
}

/// [`nearest`] without allocation: as many codes as `ids` has room for, 1 to [`MAX_NEAREST`](crate::MAX_NEAREST); their number is returned, and what lies past it stays as it was.
pub fn nearest_into(query: &[u8], codes: &Codes<'_>, ids: &mut [u64], distances: &mut [u32]) -> Result<usize, Error> {
    LEE.nearest_into(query, codes, ids, distances)
}

/// [`nearest`] for many queries in one pass over the codes, several times as fast as one call a query: one list a query.
pub fn nearest_many(queries: &Codes<'_>, codes: &Codes<'_>, k: usize) -> Result<Vec<Vec<Neighbour>>, Error> {
    LEE.nearest_many(queries.into(), codes, k)
}

/// [`nearest_many`] without allocation: row j of `ids` and `distances`, `k` elements each, is query j's; the number found, the same for each, is returned.
pub fn nearest_many_into(queries: &Codes<'_>, codes: &Codes<'_>, k: usize, ids: &mut [u64], distances: &mut [u32]) -> Result<usize, Error> {
    LEE.nearest_many_into(queries.into(), codes, k, ids, distances)
}
