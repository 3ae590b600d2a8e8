//! What is refused, in which words, and that nothing is written then.
#![cfg(not(q2_recorder))]

use q2::{Codes, Dtype, Error, Key, RowOutputs, Rows, Tensor, Vectors};

const GOOD: [f32; 8] = [3.0, 0.1, -0.1, -3.0, 3.0, 3.0, -0.2, 0.2];

fn text<T: std::fmt::Debug>(result: Result<T, Error>) -> String {
    result.expect_err("this must be refused").to_string()
}

#[test]
fn quantise_refuses() {
    let mut packed = [0x5A; 2];
    let mut nan = GOOD;
    nan[3] = f32::NAN;
    assert_eq!(q2::quantise(&nan, &mut packed), Err(Error::NotFinite));
    assert_eq!(q2::quantise(&[f32::INFINITY; 8], &mut packed), Err(Error::NotFinite));
    assert_eq!(text(q2::quantise::<f32>(&[], &mut packed)), "0 dimensions: there must be 1 to 1048576");
    assert_eq!(text(q2::quantised(&vec![0i8; q2::MAX_DIM + 1])), "1048577 dimensions: there must be 1 to 1048576");
    assert_eq!(text(q2::quantise(&GOOD, &mut packed[..1])), "packed has length 1, 2 are needed");
    let tensor = |seq_len, n, dtype| Tensor { bytes: &[0x11; 32], seq_len, n, dtype };
    assert_eq!(text(q2::quantise_tensor(&tensor(2, 8, Dtype::Fp32), &mut packed)), "the tensor's bytes has length 32, 64 are needed");
    assert_eq!(text(q2::quantise_tensor(&tensor(0, 8, Dtype::Fp32), &mut packed)), "a tensor of 0 tokens has no last one");
    assert_eq!(text(q2::quantise_tensor(&tensor(1, 7, Dtype::Q4), &mut packed)), "7 dimensions of q4: there must be an even number");
    assert!(matches!(q2::quantise_tensor(&tensor(usize::MAX, 8, Dtype::Fp32), &mut packed), Err(Error::TooShort { .. })));
    assert_eq!(text(Tensor::new(&GOOD, 3)), "8 elements are not a whole number of rows of 3");
    assert_eq!(text(q2::key_of(&packed[..1], 8)), "packed has length 1, 2 are needed");
    assert_eq!(packed, [0x5A; 2]);
}

#[test]
fn rows_refuse() {
    let two = [GOOD, GOOD].concat();
    let rows = Rows::new(&two, 8).unwrap();
    let mut packed = [0x5A; 4];
    let mut keys = [Key(7); 2];
    assert_eq!(text(q2::quantise_rows(&rows, RowOutputs { packed: &mut packed[..3], ..Default::default() })), "packed has length 3, 4 are needed");
    assert_eq!(
        text(q2::quantise_rows(&rows, RowOutputs { packed: &mut packed, packed_stride: 1, ..Default::default() })),
        "a stride of 1 in packed: it must be at least 2"
    );
    let outputs = RowOutputs { packed: &mut packed, keys: Some(&mut keys[..1]), ..Default::default() };
    assert_eq!(text(q2::quantise_rows(&rows, outputs)), "keys has length 1, 2 are needed");
    assert_eq!(
        text(q2::quantise_rows(&rows, RowOutputs { packed: &mut packed, transitions: Some(&mut [0]), ..Default::default() })),
        "transitions has length 1, 2 are needed"
    );
    assert_eq!((packed, keys), ([0x5A; 4], [Key(7); 2]));

    assert_eq!(text(Rows::new(&two, 5)), "16 elements are not a whole number of rows of 5");
    assert_eq!(text(Rows::with_stride(&two, 8, 7)), "a stride of 7 in rows: it must be at least 8");
    assert_eq!(text(Rows::last_tokens(&two, 3, 8)), "16 elements are not a whole number of rows of 24");
    assert_eq!(text(Rows::from_bytes(&[0; 9], Dtype::Q8, 5, 2, 5)), "rows has length 9, 10 are needed");
    assert!(matches!(Rows::from_bytes(&[0; 9], Dtype::Q8, 5, usize::MAX, 5), Err(Error::TooShort { needed: usize::MAX, .. })));

    assert_eq!(q2::quantise_rows(&Rows::new::<f32>(&[], 8).unwrap(), RowOutputs::default()), Ok(()));
    assert_eq!(q2::quantised_rows(&rows).unwrap().0, [0xB4, 0xA7, 0xB4, 0xA7]);
    let strided = q2::quantised_rows(&Rows::last_tokens(&[[9.0; 8], GOOD, [9.0; 8], GOOD].concat(), 2, 8).unwrap()).unwrap();
    assert_eq!(strided, q2::quantised_rows(&rows).unwrap());
}

#[test]
fn a_row_that_is_not_finite_leaves_the_others() {
    let mut two = [GOOD, GOOD].concat();
    two[0] = f32::NAN;
    let (mut packed, mut keys) = ([0x5A; 4], [Key(7); 2]);
    let outputs = RowOutputs { packed: &mut packed, keys: Some(&mut keys), ..Default::default() };
    assert_eq!(q2::quantise_rows(&Rows::new(&two, 8).unwrap(), outputs), Err(Error::NotFinite));
    assert_eq!((packed, keys), ([0, 0, 0xB4, 0xA7], [Key(0), Key(0xe4d8_0000_0000_0000)]));
}

#[test]
fn search_refuses() {
    let all = [0xB4, 0xA7, 0x1E, 0x0D];
    let codes = Codes::new(&all, 8).unwrap();
    assert_eq!(text(q2::lee(&all[..1], &all[2..], 8)), "a has length 1, 2 are needed");
    assert_eq!(text(q2::lee_distances(&all[..2], &codes, &mut [0])), "distances has length 1, 2 are needed");
    assert_eq!(text(Codes::new(&all, 9)), "4 elements are not a whole number of rows of 3");
    assert_eq!(text(Codes::with_stride(&all, 8, 3, 2)), "codes has length 4, 6 are needed");
    assert_eq!(text(q2::nearest(&all[..1], &codes, 1)), "query has length 1, 2 are needed");
    assert_eq!(text(q2::nearest(&all[..2], &codes, 0)), "0 neighbours: there must be 1 to 4096");
    assert_eq!(text(q2::nearest(&all[..2], &codes, 4097)), "4097 neighbours: there must be 1 to 4096");
    assert_eq!(text(q2::nearest_into(&all[..2], &codes, &mut [0, 0], &mut [0])), "distances has length 1, 2 are needed");
    assert_eq!(text(q2::nearest_many_into(&codes, &codes, 2, &mut [0; 3], &mut [0; 4])), "ids has length 3, 4 are needed");
    assert_eq!(text(q2::nearest_many(&Codes::new(&all, 4).unwrap(), &codes, 1)), "queries have 4 dimensions, codes 8");

    let near = q2::nearest_many(&codes, &codes, 4096).unwrap();
    let mut distances = [0; 2];
    q2::lee_distances(&all[2..], &codes, &mut distances).unwrap();
    assert_eq!(near.iter().map(|of| of.iter().map(|it| it.id).collect()).collect::<Vec<Vec<_>>>(), [[0, 1], [1, 0]]);
    assert_eq!(near[1][1].distance, distances[0]);
    assert_eq!(distances[0], q2::lee(&all[..2], &all[2..], 8).unwrap());
    assert_eq!(near[0], q2::nearest(&all[..2], &codes, 9).unwrap());
    assert_eq!(q2::nearest(&all[..2], &Codes::new(&[], 8).unwrap(), 3), Ok(vec![]));
}

/// What L1 and code dot refuse, by the same words as Lee.
macro_rules! refuses_codes {
    ($test:ident, $zero:expr, $one:ident, $all:ident, $results:literal, $nearest:ident, $into:ident, $many:ident, $many_into:ident) => {
        #[test]
        fn $test() {
            let all = [0xB4, 0xA7, 0x1E, 0x0D];
            let codes = Codes::new(&all, 8).unwrap();
            assert_eq!(text(q2::$one(&all[..1], &all[2..], 8)), "a has length 1, 2 are needed");
            assert_eq!(text(q2::$one(&all[..2], &all[3..], 8)), "b has length 1, 2 are needed");
            assert_eq!(text(q2::$one(&all, &all, 0)), "0 dimensions: there must be 1 to 1048576");
            assert_eq!(text(q2::$all(&all[..2], &codes, &mut [$zero])), concat!($results, " has length 1, 2 are needed"));
            assert_eq!(text(q2::$all(&all[..1], &codes, &mut [$zero; 2])), "query has length 1, 2 are needed");
            assert_eq!(text(q2::$nearest(&all[..1], &codes, 1)), "query has length 1, 2 are needed");
            assert_eq!(text(q2::$nearest(&all[..2], &codes, 0)), "0 neighbours: there must be 1 to 4096");
            assert_eq!(text(q2::$nearest(&all[..2], &codes, 4097)), "4097 neighbours: there must be 1 to 4096");
            assert_eq!(text(q2::$into(&all[..2], &codes, &mut [0, 0], &mut [$zero])), concat!($results, " has length 1, 2 are needed"));
            assert_eq!(text(q2::$into(&all[..2], &codes, &mut [], &mut [])), "0 neighbours: there must be 1 to 4096");
            assert_eq!(text(q2::$many(&Codes::new(&all, 4).unwrap(), &codes, 1)), "queries have 4 dimensions, codes 8");
            assert_eq!(text(q2::$many_into(&codes, &codes, 2, &mut [0; 3], &mut [$zero; 4])), "ids has length 3, 4 are needed");
            assert_eq!(text(q2::$many_into(&codes, &codes, 2, &mut [0; 4], &mut [$zero; 3])), concat!($results, " has length 3, 4 are needed"));
            assert_eq!(q2::$nearest(&all[..2], &Codes::new(&[], 8).unwrap(), 3), Ok(vec![]));
        }
    };
}
refuses_codes!(l1_refuses, 0, l1, l1_distances, "distances", l1_nearest, l1_nearest_into, l1_nearest_many, l1_nearest_many_into);
refuses_codes!(
    code_dot_refuses,
    0.0,
    code_dot,
    code_dot_scores,
    "scores",
    code_dot_nearest,
    code_dot_nearest_into,
    code_dot_nearest_many,
    code_dot_nearest_many_into
);

#[test]
fn dot_refuses() {
    let (all, query) = ([0xB4, 0xA7, 0x1E, 0x0D], [1i8, -2, 3, -4, 5, -6, 7, -8]);
    let codes = Codes::new(&all, 8).unwrap();
    assert_eq!(text(q2::dot(&query[..7], &all, 8)), "query has length 7, 8 are needed");
    assert_eq!(text(q2::dot(&query, &all[..1], 8)), "code has length 1, 2 are needed");
    assert_eq!(text(q2::dot(&query, &all, q2::MAX_DIM + 1)), "1048577 dimensions: there must be 1 to 1048576");
    assert_eq!(text(q2::dot_scores(&query[..2], &codes, &mut [0.0; 2])), "query has length 2, 8 are needed");
    assert_eq!(text(q2::dot_scores(&query, &codes, &mut [0.0])), "scores has length 1, 2 are needed");
    assert_eq!(text(q2::dot_nearest(&query[..2], &codes, 1)), "query has length 2, 8 are needed");
    assert_eq!(text(q2::dot_nearest(&query, &codes, 0)), "0 neighbours: there must be 1 to 4096");
    assert_eq!(text(q2::dot_nearest_into(&query, &codes, &mut [0, 0], &mut [0.0])), "scores has length 1, 2 are needed");
    assert_eq!(text(Vectors::new(&query, 3)), "8 elements are not a whole number of rows of 3");
    assert_eq!(text(Vectors::new(&query, 0)), "0 dimensions: there must be 1 to 1048576");
    assert_eq!(text(Vectors::with_stride(&query, 4, 2, 5)), "vectors has length 8, 9 are needed");
    assert_eq!(text(Vectors::with_stride(&query, 4, 2, 3)), "a stride of 3 in vectors: it must be at least 4");
    let vectors = Vectors::new(&query, 4).unwrap();
    assert_eq!(vectors.count(), 2);
    assert_eq!(text(q2::dot_nearest_many(&vectors, &codes, 1)), "queries have 4 dimensions, codes 8");
    assert_eq!(text(q2::dot_nearest_many_into(&vectors, &Codes::new(&all, 4).unwrap(), 2, &mut [0; 3], &mut [0.0; 4])), "ids has length 3, 4 are needed");

    let mut made = [0x5A; 8];
    for bad in [f32::NAN, f32::INFINITY, f32::NEG_INFINITY] {
        assert_eq!(text(q2::dot_query(&[1.0, bad, 1.0], &mut made)), "the query holds a NaN or an infinity");
    }
    assert_eq!(text(q2::dot_query(&[], &mut made)), "0 dimensions: there must be 1 to 1048576");
    assert_eq!(text(q2::dot_query(&[1.0; 9], &mut made)), "query has length 8, 9 are needed");
    assert_eq!(made, [0x5A; 8]);
}

#[test]
fn strided_queries_and_codes() {
    let wide = [0xB4, 0xA7, 9, 0x1E, 0x0D];
    let apart = Codes::with_stride(&wide, 8, 2, 3).unwrap();
    let together = [0xB4, 0xA7, 0x1E, 0x0D];
    let codes = Codes::new(&together, 8).unwrap();
    assert_eq!(q2::l1_nearest_many(&apart, &apart, 2), q2::l1_nearest_many(&codes, &codes, 2));
    let (loose, tight) = ([1i8, 2, 3, 4, 5, 6, 7, 8, 99, 8, 7, 6, 5, 4, 3, 2, 1], [1i8, 2, 3, 4, 5, 6, 7, 8, 8, 7, 6, 5, 4, 3, 2, 1]);
    let (loose, tight) = (Vectors::with_stride(&loose, 8, 2, 9).unwrap(), Vectors::new(&tight, 8).unwrap());
    assert_eq!(q2::dot_nearest_many(&loose, &apart, 2), q2::dot_nearest_many(&tight, &codes, 2));
}

#[test]
fn threads_share_codes_and_queries() {
    let hidden: Vec<f32> = (0..64 * 384).map(|i| ((i * 7919) % 1009) as f32 - 504.0).collect();
    let (stored, _) = q2::quantised_rows(&Rows::new(&hidden, 384).unwrap()).unwrap();
    let codes = Codes::new(&stored, 384).unwrap();
    let mut query = vec![0; 384];
    q2::dot_query(&hidden[..384], &mut query).unwrap();
    let want = (q2::nearest(&stored[..96], &codes, 10), q2::dot_nearest(&query, &codes, 10));
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| (0..50).for_each(|_| assert_eq!((q2::nearest(&stored[..96], &codes, 10), q2::dot_nearest(&query, &codes, 10)), want)));
        }
    });
}
