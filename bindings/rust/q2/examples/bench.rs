//! Nanoseconds a call and a row through the Rust interface, as the tables of docs/PERFORMANCE.md have them: Gaussian f32 rows, four of them for single calls and 1000 in one call, median of 15 rounds of some 20 ms.

use q2::{Key, RowOutputs, Rows};
use std::time::Instant;

const ROWS: usize = 1000;

fn nanoseconds(rows_a_call: usize, mut call: impl FnMut(usize)) -> f64 {
    let mut run = |times: usize| {
        let start = Instant::now();
        (0..times).for_each(&mut call);
        start.elapsed().as_nanos() as f64
    };
    let times = (2e7 / (run(10) / 10.0)) as usize + 1;
    let mut rounds: Vec<f64> = (0..15).map(|_| run(times) / (times * rows_a_call) as f64).collect();
    rounds.sort_by(f64::total_cmp);
    rounds[rounds.len() / 2]
}

/// Sums of twelve uniform numbers, near enough to Gaussian, from a linear congruential generator.
fn gaussian(len: usize) -> Vec<f32> {
    let mut state = 1u64;
    let mut uniform = || {
        state = state.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        (state >> 40) as f32 / (1u64 << 24) as f32
    };
    (0..len).map(|_| (0..12).map(|_| uniform()).sum::<f32>() - 6.0).collect()
}

fn measure(n: usize) {
    let data = gaussian(n * ROWS);
    let mut packed = vec![0; q2::packed_len(n) * ROWS];
    let mut keys = [Key(0); ROWS];
    let call = nanoseconds(1, |i| {
        let at = i % 4;
        keys[at] = q2::quantise(&data[at * n..][..n], &mut packed).expect("finite rows");
    });
    let rows = Rows::new(&data, n).expect("whole rows");
    let row = nanoseconds(ROWS, |_| {
        q2::quantise_rows(&rows, RowOutputs { packed: &mut packed, keys: Some(&mut keys), ..Default::default() }).expect("finite rows");
    });
    println!("| Rust | {n} | {call:.1} | {row:.1} |");
}

fn main() {
    println!("libq2 {}, {}; ns\n| binding | n | a call of one row | a row of 1000 |\n|---|---:|---:|---:|", q2::version(), q2::isa());
    measure(384);
    measure(4096);
}
