//! The C interface of libq2, declaration by declaration. What each function does, its shapes, units and errors, stands in `q2.h`; the crate `q2` is what programs use.
#![no_std]
#![allow(non_camel_case_types)]

use core::ffi::{c_char, c_int, c_void};

pub const Q2_MAX_DIM: usize = 1 << 20;
pub const Q2_MAX_NEAREST: usize = 4096;
pub const Q2_ABI_VERSION: u32 = 1;

/// An element type of a tensor.
pub type q2_dtype = c_int;
pub const Q2_FP32: q2_dtype = 0;
pub const Q2_FP16: q2_dtype = 1;
pub const Q2_Q8: q2_dtype = 2;
pub const Q2_Q4: q2_dtype = 3;
pub const Q2_Q2: q2_dtype = 4;
pub const Q2_BF16: q2_dtype = 5;

pub type q2_status = c_int;
pub const Q2_OK: q2_status = 0;
pub const Q2_ERR_ARGUMENT: q2_status = 1;
pub const Q2_ERR_UNSUPPORTED: q2_status = 2;
pub const Q2_ERR_NOT_FINITE: q2_status = 3;

extern "C" {
    pub fn q2_quantise(tensor: *const c_void, seq_len: usize, n: usize, dtype: q2_dtype, packed: *mut u8, key: *mut u64, transitions: *mut u32) -> q2_status;
    pub fn q2_quantise_rows(
        rows: *const c_void,
        row_stride: usize,
        count: usize,
        n: usize,
        dtype: q2_dtype,
        packed: *mut u8,
        packed_stride: usize,
        keys: *mut u64,
        transitions: *mut u32,
        row_status: *mut u8,
    ) -> q2_status;
    pub fn q2_key(packed: *const u8, n: usize, key: *mut u64, transitions: *mut u32) -> q2_status;
    pub fn q2_lee_distance(a: *const u8, b: *const u8, n: usize, distance: *mut u32) -> q2_status;
    pub fn q2_lee_distances(query: *const u8, codes: *const u8, stride: usize, count: usize, n: usize, distances: *mut u32) -> q2_status;
    pub fn q2_lee_nearest(
        query: *const u8,
        codes: *const u8,
        stride: usize,
        count: usize,
        n: usize,
        k: usize,
        ids: *mut u64,
        distances: *mut u32,
        found: *mut usize,
    ) -> q2_status;
    pub fn q2_lee_nearest_many(
        queries: *const u8,
        query_stride: usize,
        query_count: usize,
        codes: *const u8,
        stride: usize,
        count: usize,
        n: usize,
        k: usize,
        ids: *mut u64,
        distances: *mut u32,
        found: *mut usize,
    ) -> q2_status;
    pub fn q2_l1_distance(a: *const u8, b: *const u8, n: usize, distance: *mut u32) -> q2_status;
    pub fn q2_l1_distances(query: *const u8, codes: *const u8, stride: usize, count: usize, n: usize, distances: *mut u32) -> q2_status;
    pub fn q2_l1_nearest(
        query: *const u8,
        codes: *const u8,
        stride: usize,
        count: usize,
        n: usize,
        k: usize,
        ids: *mut u64,
        distances: *mut u32,
        found: *mut usize,
    ) -> q2_status;
    pub fn q2_l1_nearest_many(
        queries: *const u8,
        query_stride: usize,
        query_count: usize,
        codes: *const u8,
        stride: usize,
        count: usize,
        n: usize,
        k: usize,
        ids: *mut u64,
        distances: *mut u32,
        found: *mut usize,
    ) -> q2_status;
    pub fn q2_code_dot(a: *const u8, b: *const u8, n: usize, score: *mut f32) -> q2_status;
    pub fn q2_code_dot_scores(query: *const u8, codes: *const u8, stride: usize, count: usize, n: usize, scores: *mut f32) -> q2_status;
    pub fn q2_code_dot_nearest(
        query: *const u8,
        codes: *const u8,
        stride: usize,
        count: usize,
        n: usize,
        k: usize,
        ids: *mut u64,
        scores: *mut f32,
        found: *mut usize,
    ) -> q2_status;
    pub fn q2_code_dot_nearest_many(
        queries: *const u8,
        query_stride: usize,
        query_count: usize,
        codes: *const u8,
        stride: usize,
        count: usize,
        n: usize,
        k: usize,
        ids: *mut u64,
        scores: *mut f32,
        found: *mut usize,
    ) -> q2_status;
    pub fn q2_dot_query(x: *const f32, n: usize, query: *mut i8) -> q2_status;
    pub fn q2_dot(query: *const i8, code: *const u8, n: usize, score: *mut f32) -> q2_status;
    pub fn q2_dot_scores(query: *const i8, codes: *const u8, stride: usize, count: usize, n: usize, scores: *mut f32) -> q2_status;
    pub fn q2_dot_nearest(
        query: *const i8,
        codes: *const u8,
        stride: usize,
        count: usize,
        n: usize,
        k: usize,
        ids: *mut u64,
        scores: *mut f32,
        found: *mut usize,
    ) -> q2_status;
    pub fn q2_dot_nearest_many(
        queries: *const i8,
        query_stride: usize,
        query_count: usize,
        codes: *const u8,
        stride: usize,
        count: usize,
        n: usize,
        k: usize,
        ids: *mut u64,
        scores: *mut f32,
        found: *mut usize,
    ) -> q2_status;
    pub fn q2_version() -> *const c_char;
    pub fn q2_abi_version() -> u32;
    pub fn q2_status_text(status: q2_status) -> *const c_char;
    pub fn q2_isa() -> *const c_char;
    pub fn q2_force_isa(name: *const c_char) -> q2_status;
}
