//! Lee distance (section 7 of the specification) and the nearest codes by it.

use crate::dtype::{check_dim, check_len, check_span};
use crate::error::check;
use crate::{packed_len, Error};

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

/// A code that was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Neighbour {
    /// Its index.
    pub id: u64,
    /// Its Lee distance.
    pub distance: u32,
}

/// Lee distance of two codes of `n` dimensions, 0..2n.
pub fn lee(a: &[u8], b: &[u8], n: usize) -> Result<u32, Error> {
    check_dim(n)?;
    check_len("a", a.len(), packed_len(n))?;
    check_len("b", b.len(), packed_len(n))?;
    let mut distance = 0;
    // SAFETY: a and b hold codes of n dimensions.
    check(unsafe { q2_sys::q2_lee_distance(a.as_ptr(), b.as_ptr(), n, &mut distance) })?;
    Ok(distance)
}

/// Lee distances of one query to every code.
pub fn lee_distances(query: &[u8], codes: &Codes<'_>, distances: &mut [u32]) -> Result<(), Error> {
    check_len("query", query.len(), packed_len(codes.n))?;
    check_len("distances", distances.len(), codes.count)?;
    let Codes { bytes, n, count, stride } = *codes;
    // SAFETY: codes holds its codes, query one, and distances has room for all.
    check(unsafe { q2_sys::q2_lee_distances(query.as_ptr(), bytes.as_ptr(), stride, count, n, distances.as_mut_ptr()) })
}

/// The `k` codes nearest to the query: nearest first, ties by lower id, fewer if there are fewer.
///
/// ```
/// let codes = [0xb4, 0xa7, 0xb4, 0xa5, 0x1e, 0x0d];
/// let near = q2::nearest(&codes[2..4], &q2::Codes::new(&codes, 8)?, 2)?;
/// assert_eq!(near.iter().map(|it| (it.id, it.distance)).collect::<Vec<_>>(), [(1, 0), (0, 1)]);
/// # Ok::<(), q2::Error>(())
/// ```
pub fn nearest(query: &[u8], codes: &Codes<'_>, k: usize) -> Result<Vec<Neighbour>, Error> {
    check_k(k)?;
    let room = k.min(codes.count).max(1);
    let (mut ids, mut distances) = (vec![0; room], vec![0; room]);
    let found = nearest_into(query, codes, &mut ids, &mut distances)?;
    Ok(pairs(&ids[..found], &distances[..found]))
}

/// [`nearest`] without allocation: as many codes as `ids` has room for; their number is returned.
pub fn nearest_into(query: &[u8], codes: &Codes<'_>, ids: &mut [u64], distances: &mut [u32]) -> Result<usize, Error> {
    check_k(ids.len())?;
    check_len("query", query.len(), packed_len(codes.n))?;
    check_len("distances", distances.len(), ids.len())?;
    let Codes { bytes, n, count, stride } = *codes;
    let mut found = 0;
    // SAFETY: codes holds its codes, query one, and ids and distances have room for k.
    check(unsafe {
        q2_sys::q2_lee_nearest(query.as_ptr(), bytes.as_ptr(), stride, count, n, ids.len(), ids.as_mut_ptr(), distances.as_mut_ptr(), &mut found)
    })?;
    Ok(found)
}

/// [`nearest`] for many queries in one pass over the codes, several times as fast as one call a query.
pub fn nearest_many(queries: &Codes<'_>, codes: &Codes<'_>, k: usize) -> Result<Vec<Vec<Neighbour>>, Error> {
    check_k(k)?;
    let k = k.min(codes.count).max(1);
    let room = queries.count * k; // both were counted in memory, and k is at most 4096
    let (mut ids, mut distances) = (vec![0; room], vec![0; room]);
    let found = nearest_many_into(queries, codes, k, &mut ids, &mut distances)?;
    Ok((0..queries.count).map(|j| pairs(&ids[j * k..j * k + found], &distances[j * k..j * k + found])).collect())
}

/// [`nearest_many`] without allocation: row j of `ids` and `distances`, `k` elements each, is query j's; the number found, the same for each, is returned.
pub fn nearest_many_into(queries: &Codes<'_>, codes: &Codes<'_>, k: usize, ids: &mut [u64], distances: &mut [u32]) -> Result<usize, Error> {
    check_k(k)?;
    if queries.n != codes.n {
        return Err(Error::Dimensions { queries: queries.n, codes: codes.n });
    }
    let needed = queries.count.saturating_mul(k);
    check_len("ids", ids.len(), needed)?;
    check_len("distances", distances.len(), needed)?;
    let mut found = 0;
    // SAFETY: queries and codes hold theirs, and ids and distances have room for k a query.
    check(unsafe {
        q2_sys::q2_lee_nearest_many(
            queries.bytes.as_ptr(),
            queries.stride,
            queries.count,
            codes.bytes.as_ptr(),
            codes.stride,
            codes.count,
            codes.n,
            k,
            ids.as_mut_ptr(),
            distances.as_mut_ptr(),
            &mut found,
        )
    })?;
    Ok(found)
}

fn pairs(ids: &[u64], distances: &[u32]) -> Vec<Neighbour> {
    ids.iter().zip(distances).map(|(&id, &distance)| Neighbour { id, distance }).collect()
}

fn check_k(k: usize) -> Result<(), Error> {
    if k == 0 || k > MAX_NEAREST {
        return Err(Error::Neighbours { k });
    }
    Ok(())
}
