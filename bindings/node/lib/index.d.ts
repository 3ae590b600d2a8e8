/** Element types of a tensor (docs/SPEC.md section 1), by name or by the number of q2.h. */
export type Dtype = 'fp32' | 'fp16' | 'q8' | 'q4' | 'q2' | 'bf16'
export type Q2Dtype = 0 | 1 | 2 | 3 | 4 | 5

/** An array of which the kernel reads the memory itself. Float16Array (Node.js 24) is taken too. */
export type Tensor = Float32Array | Int8Array | Uint16Array | Uint8Array

export interface QuantiseOptions {
  /** What the elements are. Float32Array is fp32, Int8Array q8, Float16Array fp16; the others must say. */
  dtype?: Dtype | Q2Dtype
  /** Dimensions of a row, 1 to 2^20. Default: all elements, or as seqLen says. */
  n?: number
  /** Rows of the tensor, of which the last one counts. Default: 1, or as n says. */
  seqLen?: number
  /** Where the code goes, at least ceil(n/4) bytes. Default: a new array. */
  out?: Uint8Array
  /** false leaves them out, which saves time. */
  transitions?: boolean
}

/** What Q² keeps of an activation. */
export interface Q2Result {
  /** ceil(n/4) bytes: 4 dimensions a byte, the first in the highest bits. It is `out` itself where that was given. */
  packed: Uint8Array
  /** The 64-bit transition key. */
  key: bigint
}

export interface Fingerprint extends Q2Result {
  n: number
  /** How many symbols the code changes through in all, 1 to n; undefined where the options left it out. */
  transitions: number | undefined
}

export interface RowsOptions {
  dtype?: Dtype | Q2Dtype
  /** Dimensions of a row, 1 to 2^20. */
  n: number
  /** Bytes from one row to the next. Default: rows follow one another. */
  rowStride?: number
  /** Where the codes go. Default: a new array. */
  out?: Uint8Array
  /** Bytes from one code to the next; those between stay as they were. Default: ceil(n/4). */
  packedStride?: number
}

export interface RowResults {
  packed: Uint8Array
  keys: BigUint64Array
  transitions: Uint32Array
  /** 0 for a row that is done, 3 for one that is not finite. */
  rowStatus: Uint8Array
  count: number
  n: number
}

export interface CodesOptions {
  /** Dimensions of a code. Default: all that the query's bytes hold. */
  n?: number
  /** Bytes from one code to the next. Default: ceil(n/4). */
  stride?: number
}

export interface Neighbour {
  id: number
  distance: number
}

export interface Scored {
  id: number
  score: number
}

export interface ManyOptions extends CodesOptions {
  n: number
  /** Bytes from one query to the next. Default: queries follow one another. */
  queryStride?: number
}

export type Isa = 'scalar' | 'avx2' | 'avx512' | 'neon'

export type Q2ErrorCode = 'ERR_Q2_NOT_FINITE' | 'ERR_Q2_UNSUPPORTED' | 'ERR_Q2_NOT_BUILT'

/** A row, a machine or an installation that can't do what was asked. Wrong arguments are a TypeError or a RangeError with code ERR_Q2_ARGUMENT. */
export class Q2Error extends Error {
  readonly code: Q2ErrorCode
  /** From quantiseRows: which rows were refused. */
  readonly rows?: number[]
  /** From quantiseRows: what became of all rows. A refused one has a code of zero bytes, key 0 and 0 transitions. */
  readonly results?: RowResults
}

/** The code and key of the last row of a tensor [seqLen x n] (docs/SPEC.md sections 1 to 6). A row that is refused writes nothing. */
export function quantise(tensor: Tensor, options?: QuantiseOptions): Fingerprint

/** Codes and keys of many rows. If some are refused, the error carries the results of the others. */
export function quantiseRows(rows: Tensor, options: RowsOptions): RowResults

/** The transition key of a packed code (section 6). n defaults to all that its bytes hold. */
export function key(packed: Uint8Array, n?: number): bigint

/** How many symbols a packed code changes through. */
export function transitions(packed: Uint8Array, n?: number): number

/** Lee distance of two codes, 0 to 2n (section 7). */
export function leeDistance(a: Uint8Array, b: Uint8Array, n?: number): number

/** Lee distances of one query to many codes. */
export function leeDistances(query: Uint8Array, codes: Uint8Array, options?: CodesOptions & { out?: Uint32Array }): Uint32Array

/** The k codes nearest to the query, nearest first, ties by lower id. k is 1 to 4096; fewer come back where there are fewer codes. */
export function nearest(query: Uint8Array, codes: Uint8Array, k: number, options?: CodesOptions): Neighbour[]

/** nearest for many queries in one pass over the codes. */
export function nearestMany(queries: Uint8Array, codes: Uint8Array, k: number, options: ManyOptions): Neighbour[][]

/** L1 distance, |a - b| summed over the symbols' values, 0 to 3n (section 10), with the functions that Lee distance has. */
export function l1Distance(a: Uint8Array, b: Uint8Array, n?: number): number
export function l1Distances(query: Uint8Array, codes: Uint8Array, options?: CodesOptions & { out?: Uint32Array }): Uint32Array
export function l1Nearest(query: Uint8Array, codes: Uint8Array, k: number, options?: CodesOptions): Neighbour[]
export function l1NearestMany(queries: Uint8Array, codes: Uint8Array, k: number, options: ManyOptions): Neighbour[][]

/** Score of a code against a code by the levels -4, -1, 1, 4, divided by b's norm: larger is nearer. The order of the arguments matters. */
export function codeDot(a: Uint8Array, b: Uint8Array, n?: number): number
export function codeDotScores(query: Uint8Array, codes: Uint8Array, options?: CodesOptions & { out?: Float32Array }): Float32Array
export function codeDotNearest(query: Uint8Array, codes: Uint8Array, k: number, options?: CodesOptions): Scored[]
export function codeDotNearestMany(queries: Uint8Array, codes: Uint8Array, k: number, options: ManyOptions): Scored[][]

/** A query vector, of any scale, as `dot` takes it: the ranking that finds most true neighbours. */
export function dotQuery(vector: Float32Array, out?: Int8Array): Int8Array

/** Score of a query vector of n int8 against a code: larger is nearer. */
export function dot(query: Int8Array, code: Uint8Array, n?: number): number
export function dotScores(query: Int8Array, codes: Uint8Array, options?: CodesOptions & { out?: Float32Array }): Float32Array
export function dotNearest(query: Int8Array, codes: Uint8Array, k: number, options?: CodesOptions): Scored[]
export function dotNearestMany(queries: Int8Array, codes: Uint8Array, k: number, options: ManyOptions): Scored[][]

/** A key as 16 lower-case hex digits, and back. */
export function keyToHex(key: bigint): string
export function keyFromHex(text: string): bigint

/** A key in the letters ABCD, or GACT: min(transitions, 32) of them. */
export function keyToSymbols(key: bigint, transitions: number): string
export function keyToBases(key: bigint, transitions: number): string

/** The symbols of a code, 0 (A, strongly negative) to 3 (D, strongly positive). */
export function unpackSymbols(packed: Uint8Array, n?: number): number[]

/** ceil(n/4). */
export function packedLength(n: number): number

/** Version and ABI number of the libq2 inside, and its limits for n and k. */
export const version: string
export const abiVersion: number
export const MAX_DIM: number
export const MAX_NEAREST: number

/** The instruction set in use, and the choice of one for the whole process; undefined chooses the best. */
export function isa(): Isa
export function forceIsa(name?: Isa): void

/** The names of the browser system for the same things. */
export const Q2_DTYPE_FP32: Q2Dtype
export const Q2_DTYPE_FP16: Q2Dtype
export const Q2_DTYPE_Q8: Q2Dtype
export const Q2_DTYPE_Q4: Q2Dtype
export const Q2_DTYPE_Q2: Q2Dtype
export const Q2_DTYPE_BF16: Q2Dtype
export const DTYPE_TO_Q2: Readonly<Record<Dtype, Q2Dtype>>
export function q2EncodeDirect(vec: Float32Array, n: number): Q2Result
export function q2KeyDirect(packed: Uint8Array, n: number): bigint
