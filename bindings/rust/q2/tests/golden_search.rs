//! Every ranking of testdata/golden-search: each pair, one query and all codes, the nearest of one query and of two. `Q2_GOLDEN_SEARCH` names the file.
#![cfg(not(q2_recorder))]
#![allow(clippy::type_complexity)] // functions of functions: one check for all rankings

use q2::{Codes, Error, Neighbour, Scored, Vectors};
use std::fmt::Debug;

struct Reader<'a> {
    file: &'a [u8],
    at: usize,
}

impl<'a> Reader<'a> {
    fn bytes(&mut self, len: usize) -> &'a [u8] {
        self.at += len;
        &self.file[self.at - len..self.at]
    }

    fn words(&mut self, count: usize) -> Vec<u32> {
        self.bytes(4 * count).chunks_exact(4).map(|word| u32::from_le_bytes(word.try_into().unwrap())).collect()
    }

    fn floats(&mut self, count: usize) -> Vec<f32> {
        self.words(count).into_iter().map(f32::from_bits).collect()
    }
}

struct Case<'a> {
    index: usize,
    n: usize,
    k: usize,
    stored: &'a [u8],
    codes: Codes<'a>,
}

/// What a ranking of the crate is, as functions.
struct Ranking<'f, R, N> {
    name: &'static str,
    one: &'f dyn Fn(&[u8]) -> Result<R, Error>,
    all: &'f dyn Fn(&mut [R]) -> Result<(), Error>,
    nearest: &'f dyn Fn(usize) -> Result<Vec<N>, Error>,
    nearest_into: &'f dyn Fn(&mut [u64], &mut [R]) -> Result<usize, Error>,
    /// Of the query, twice.
    nearest_many: &'f dyn Fn(usize) -> Result<Vec<Vec<N>>, Error>,
    nearest_many_into: &'f dyn Fn(usize, &mut [u64], &mut [R]) -> Result<usize, Error>,
    neighbour: fn(u64, R) -> N,
}

impl Case<'_> {
    fn check<R: Copy + Default + Debug + PartialEq, N: Debug + PartialEq>(&self, want: &[R], ids: &[u32], ranking: &Ranking<'_, R, N>) {
        let place = format!("{}, case {}", ranking.name, self.index);
        for (i, code) in self.stored.chunks_exact(q2::packed_len(self.n)).enumerate() {
            assert_eq!((ranking.one)(code), Ok(want[i]), "{place}, code {i}");
        }
        let mut all = vec![R::default(); want.len()];
        assert_eq!((ranking.all)(&mut all), Ok(()), "{place}");
        assert_eq!(all, want, "{place}");

        let near: Vec<N> = ids.iter().map(|&id| (ranking.neighbour)(id.into(), want[id as usize])).collect();
        let (mut got_ids, mut got) = (vec![77; 2 * self.k], vec![R::default(); 2 * self.k]);
        assert_eq!((ranking.nearest)(self.k).unwrap(), near, "{place}");
        assert_eq!((ranking.nearest_into)(&mut got_ids[..self.k], &mut got), Ok(near.len()), "{place}");
        assert_eq!(self.pairs(&got_ids[..self.k], &got, ranking), near, "{place}");
        let many = (ranking.nearest_many)(self.k).unwrap();
        assert!(many.len() == 2 && many.iter().all(|of| *of == near), "{place}: {many:?}, not twice {near:?}");
        assert_eq!((ranking.nearest_many_into)(self.k, &mut got_ids, &mut got), Ok(near.len()), "{place}");
        for half in 0..2 {
            let row = half * self.k..(half + 1) * self.k;
            assert_eq!(self.pairs(&got_ids[row.clone()], &got[row], ranking), near, "{place}, query {half}");
        }
    }

    /// Up to the first that was not written.
    fn pairs<R: Copy, N>(&self, ids: &[u64], results: &[R], ranking: &Ranking<'_, R, N>) -> Vec<N> {
        let count = self.codes.count() as u64;
        ids.iter().zip(results).take_while(|(&id, _)| id < count).map(|(&id, &result)| (ranking.neighbour)(id, result)).collect()
    }
}

fn scored(id: u64, score: f32) -> Scored {
    assert!(score != 0.0 || score.is_sign_positive(), "a negative zero");
    Scored { id, score }
}

fn check_case(index: usize, file: &mut Reader<'_>) {
    let [n, count, k, refused] = file.words(4)[..] else { unreachable!() };
    let (n, count, k) = (n as usize, count as usize, k as usize);
    let vector = file.floats(n);
    let query: Vec<i8> = file.bytes(n).iter().map(|&byte| byte as i8).collect();
    let (code, stored) = (file.bytes(q2::packed_len(n)), file.bytes(count * q2::packed_len(n)));
    let mut made = vec![55; n];
    let result = q2::dot_query(&vector, &mut made);
    assert_eq!(result, if refused == 1 { Err(Error::QueryNotFinite) } else { Ok(()) }, "case {index}");
    assert_eq!(made, if refused == 1 { vec![55; n] } else { query.clone() }, "case {index}");

    let codes = Codes::new(stored, n).unwrap();
    let case = Case { index, n, k, stored, codes };
    let twice = [code, code].concat();
    let queries = Codes::new(&twice, n).unwrap();
    macro_rules! by {
        ($name:literal, $values:ident, $query:expr, $queries:expr, $neighbour:expr, $one:ident, $all:ident, $nearest:ident, $into:ident, $many:ident, $many_into:ident) => {
            let want = file.$values(count);
            let ids = file.words(k.min(count));
            case.check(
                &want,
                &ids,
                &Ranking {
                    name: $name,
                    one: &|code| q2::$one($query, code, n),
                    all: &|results| q2::$all($query, &codes, results),
                    nearest: &|k| q2::$nearest($query, &codes, k),
                    nearest_into: &|ids, results| q2::$into($query, &codes, ids, results),
                    nearest_many: &|k| q2::$many($queries, &codes, k),
                    nearest_many_into: &|k, ids, results| q2::$many_into($queries, &codes, k, ids, results),
                    neighbour: $neighbour,
                },
            );
        };
    }
    let near = |id, distance| Neighbour { id, distance };
    by!("lee", words, code, &queries, near, lee, lee_distances, nearest, nearest_into, nearest_many, nearest_many_into);
    by!("l1", words, code, &queries, near, l1, l1_distances, l1_nearest, l1_nearest_into, l1_nearest_many, l1_nearest_many_into);
    by!(
        "code dot",
        floats,
        code,
        &queries,
        scored,
        code_dot,
        code_dot_scores,
        code_dot_nearest,
        code_dot_nearest_into,
        code_dot_nearest_many,
        code_dot_nearest_many_into
    );
    let two = [&query[..], &query[..]].concat();
    let vectors = Vectors::new(&two, n).unwrap();
    by!("dot", floats, &query, &vectors, scored, dot, dot_scores, dot_nearest, dot_nearest_into, dot_nearest_many, dot_nearest_many_into);
    file.at = file.at.div_ceil(8) * 8;
}

#[test]
fn golden_rankings() {
    let path =
        std::env::var("Q2_GOLDEN_SEARCH").unwrap_or_else(|_| concat!(env!("CARGO_MANIFEST_DIR"), "/../../../testdata/golden-search/golden.q2gs").to_owned());
    let file = std::fs::read(&path).unwrap_or_else(|error| panic!("{path}: {error}"));
    let mut reader = Reader { file: &file, at: 0 };
    assert_eq!(reader.bytes(4), b"Q2GS");
    let count = reader.words(3)[1] as usize;
    for index in 0..count {
        check_case(index, &mut reader);
    }
    assert_eq!((count, reader.at), (202, file.len()));
    println!("Rust: {count} of 202 cases of rankings");
}
