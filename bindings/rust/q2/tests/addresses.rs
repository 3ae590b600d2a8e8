//! Nothing is copied: libq2 gets the addresses of the caller's own slices. Built with `--cfg q2_recorder`, where a recorder of its arguments stands in libq2's place.
#![cfg(q2_recorder)]

use q2::{Codes, Key, RowOutputs, Rows};
use std::ffi::c_void;

extern "C" {
    static q2_recorded: [*const c_void; 4];
}

fn got(want: [*const c_void; 2]) {
    // SAFETY: one thread, and the recorder writes only when it is called.
    let recorded = unsafe { [q2_recorded[0], q2_recorded[1]] };
    assert_eq!(recorded, want);
}

#[test]
fn the_callers_own_memory() {
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
    // SAFETY: as above.
    assert_eq!(unsafe { q2_recorded[2] }, keys.as_ptr().cast());
    q2::key_of(&packed[1024..], 4096).unwrap();
    assert_eq!(unsafe { q2_recorded[0] }, packed[1024..].as_ptr().cast());
    q2::lee(&packed[1024..], &packed, 4096).unwrap();
    got([packed[1024..].as_ptr().cast(), codes]);
    let all = Codes::new(&packed, 4096).unwrap();
    let (mut ids, mut distances) = ([0; 3], [0; 3]);
    q2::lee_distances(&packed[1024..], &all, &mut distances).unwrap();
    got([packed[1024..].as_ptr().cast(), codes]);
    q2::nearest_into(&packed[1024..], &all, &mut ids, &mut distances).unwrap();
    got([packed[1024..].as_ptr().cast(), codes]);
    // SAFETY: as above.
    assert_eq!(unsafe { [q2_recorded[2], q2_recorded[3]] }, [ids.as_ptr().cast(), distances.as_ptr().cast()]);
    q2::nearest_many_into(&all, &all, 1, &mut ids, &mut distances).unwrap();
    got([codes, codes]);
}
