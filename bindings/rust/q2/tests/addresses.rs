//! Nothing is copied: libq2 gets the addresses of the caller's own slices. Built with `--cfg q2_recorder`, where a recorder of its arguments stands in libq2's place.
#![cfg(q2_recorder)]

use q2::{Codes, Key, RowOutputs, Rows, Vectors};
use std::ffi::c_void;
use std::sync::Mutex;

extern "C" {
    static q2_recorded: [*const c_void; 4];
}

fn recorded() -> [*const c_void; 4] {
    // SAFETY: the tests take turns, and the recorder writes only when it is called.
    unsafe { q2_recorded }
}

/// One test at a time has the recorder.
static RECORDER: Mutex<()> = Mutex::new(());

fn got(want: [*const c_void; 2]) {
    assert_eq!(recorded()[..2], want);
}

#[test]
fn the_callers_own_memory() {
    let _turn = RECORDER.lock().unwrap();
    let row = vec![1.0f32; 3 * 4096];
    let mut packed = vec![0u8; 3 * 1024];
    let (hidden, codes) = (row.as_ptr().cast(), packed.as_ptr().cast());
    q2::quantise(&row, &mut packed).unwrap();
    got([hidden, codes]);
    q2::quantise_with_transitions(&row[4096..8192], &mut packed[1024..]).unwrap();
    got([row[4096..].as_ptr().cast(), packed[1024..].as_ptr().cast()]);
    let mut keys = [Key(0); 3];
    q2::quantise_rows(&Rows::new(&row, 4096).unwrap(), RowOutputs { packed: &mut packed, keys: Some(&mut keys), ..Default::default() }).unwrap();
    got([hidden, codes]);
    assert_eq!(recorded()[2], keys.as_ptr().cast());
    q2::key_of(&packed[1024..], 4096).unwrap();
    assert_eq!(recorded()[0], packed[1024..].as_ptr().cast());
    q2::lee(&packed[1024..], &packed, 4096).unwrap();
    got([packed[1024..].as_ptr().cast(), codes]);
    let all = Codes::new(&packed, 4096).unwrap();
    let (mut ids, mut distances) = ([0; 3], [0; 3]);
    q2::lee_distances(&packed[1024..], &all, &mut distances).unwrap();
    got([packed[1024..].as_ptr().cast(), codes]);
    q2::nearest_into(&packed[1024..], &all, &mut ids, &mut distances).unwrap();
    got([packed[1024..].as_ptr().cast(), codes]);
    assert_eq!(recorded()[2..], [ids.as_ptr().cast::<c_void>(), distances.as_ptr().cast()]);
    q2::nearest_many_into(&all, &all, 1, &mut ids, &mut distances).unwrap();
    got([codes, codes]);
}

/// One query, and all codes; results go where the caller says.
macro_rules! rank_in_place {
    ($query:expr, $queries:expr, $codes:expr, $results:expr, $one:ident, $all:ident, $into:ident, $many_into:ident) => {
        let (mut ids, mut results) = ([0; 3], [$results; 3]);
        let (query, all) = ($query.as_ptr().cast(), Codes::new($codes, 4096).unwrap());
        let codes = $codes.as_ptr().cast();
        q2::$one($query, $codes, 4096).unwrap();
        got([query, codes]);
        q2::$all($query, &all, &mut results).unwrap();
        got([query, codes]);
        assert_eq!(recorded()[2], results.as_ptr().cast());
        q2::$into($query, &all, &mut ids, &mut results).unwrap();
        got([query, codes]);
        assert_eq!(recorded()[2..], [ids.as_ptr().cast::<c_void>(), results.as_ptr().cast()]);
        q2::$many_into(&$queries, &all, 3, &mut ids, &mut results).unwrap();
        got([query, codes]);
        assert_eq!(recorded()[2..], [ids.as_ptr().cast::<c_void>(), results.as_ptr().cast()]);
    };
}

#[test]
fn rankings_of_the_callers_own_memory() {
    let _turn = RECORDER.lock().unwrap();
    let (codes, row, mut levels) = (vec![0u8; 3 * 1024], vec![1.0f32; 4096], vec![0i8; 2 * 4096]);
    let (code, one) = (&codes[1024..2048], Codes::new(&codes[1024..2048], 4096).unwrap());
    rank_in_place!(code, one, &codes, 0, l1, l1_distances, l1_nearest_into, l1_nearest_many_into);
    rank_in_place!(code, one, &codes, 0.0, code_dot, code_dot_scores, code_dot_nearest_into, code_dot_nearest_many_into);
    q2::dot_query(&row, &mut levels[4096..]).unwrap();
    got([row.as_ptr().cast(), levels[4096..].as_ptr().cast()]);
    let query = &levels[4096..];
    rank_in_place!(query, Vectors::new(query, 4096).unwrap(), &codes, 0.0, dot, dot_scores, dot_nearest_into, dot_nearest_many_into);
}
