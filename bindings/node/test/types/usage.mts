// Compiled by tsc --strict in package.test.js: what must compile, and, below @ts-expect-error, what must not.
import { quantise, quantiseRows, nearest, nearestMany, keyToHex, leeDistances, Q2Error, forceIsa, DTYPE_TO_Q2, type Fingerprint, type Neighbour } from '@q2kernel/q2'

const fingerprint: Fingerprint = quantise(new Float32Array(384))
const key: bigint = fingerprint.key
export const hex: string = keyToHex(key)
quantise(Buffer.alloc(8), { dtype: 'q4', n: 16, out: Buffer.alloc(4), transitions: false })
quantise(new Uint16Array(4), { dtype: DTYPE_TO_Q2.fp16 })
export const keys: BigUint64Array = quantiseRows(new Float32Array(8), { n: 4, rowStride: 16 }).keys
export const found: Neighbour[] = nearest(fingerprint.packed, new Uint8Array(960), 3, { stride: 96 })
export const all: Neighbour[][] = nearestMany(new Uint8Array(2), new Uint8Array(2), 1, { n: 8 })
export const distances: Uint32Array = leeDistances(new Uint8Array(2), new Uint8Array(2), { out: new Uint32Array(1) })
forceIsa('avx2')
try {
  quantise(new Float32Array([NaN]))
} catch (error) {
  if (error instanceof Q2Error && error.code === 'ERR_Q2_NOT_FINITE') console.log(error.rows, error.results?.keys)
}

// @ts-expect-error a dtype that there is not
quantise(new Float32Array(4), { dtype: 'fp64' })
// @ts-expect-error n is needed for rows
quantiseRows(new Float32Array(4))
// @ts-expect-error no numbers in a plain array
quantise([1, 2, 3])
// @ts-expect-error a key is a BigInt
keyToHex(1)
