'use strict'
const { test } = require('node:test')
const assert = require('node:assert/strict')
const q2 = require('../lib/index.js')

const wrongType = message => ({ name: 'TypeError', code: 'ERR_Q2_ARGUMENT', message })
const outOfRange = message => ({ name: 'RangeError', code: 'ERR_Q2_ARGUMENT', message })
const row = new Float32Array([1, -2, 3, -4])

test('a wrong element type', () => {
  assert.throws(() => q2.quantise(new Float64Array(4)), wrongType('tensor is a Float64Array, must be a Float32Array, Float16Array, Int8Array, Uint16Array (fp16, bf16) or Uint8Array'))
  assert.throws(() => q2.quantise([1, 2, 3, 4]), wrongType(/^tensor is a Array, must be/))
  assert.throws(() => q2.quantise(null), wrongType(/^tensor is null, must be/))
  assert.throws(() => q2.quantise(new DataView(new ArrayBuffer(4))), wrongType(/^tensor is a DataView, must be/))
  assert.throws(() => q2.quantise(row, { dtype: 'bf16' }), wrongType("tensor is a Float32Array, which can't hold bf16"))
  assert.throws(() => q2.quantise(row, { dtype: 'fp64' }), wrongType('dtype is "fp64", must be one of fp32, fp16, q8, q4, q2, bf16 (or its number, 0 to 5)'))
  assert.throws(() => q2.quantise(row, { dtype: 6 }), wrongType(/^dtype is 6, must be/))
  assert.throws(() => q2.quantise(row, { dtype: 'toString' }), wrongType(/^dtype is "toString"/))
  assert.throws(() => q2.quantise(new Uint16Array(4)), wrongType('tensor is a Uint16Array: dtype must say what it holds, fp16 or bf16'))
  assert.throws(() => q2.quantise(Buffer.alloc(4)), wrongType(/^tensor is a Uint8Array: dtype must say what it holds, fp32 or fp16 or/))
  assert.throws(() => q2.quantise(row, 4), wrongType('options is a number, must be an object'))
  assert.throws(() => q2.leeDistance(row, row), wrongType('a is a Float32Array, must be a Uint8Array or a Buffer'))
  assert.throws(() => q2.quantise(row, { n: '4' }), wrongType('n is a string, must be a number'))
})

test('a class that lies about itself', () => {
  class Long extends Float32Array { get length() { return 1e6 } get byteLength() { return 4e6 } }
  assert.throws(() => q2.quantise(new Long(4), { n: 1e6 }), outOfRange(/out of range or an array too short/))
  const fake = Object.create(Float32Array.prototype, { [Symbol.toStringTag]: { value: 'Float32Array' } })
  assert.throws(() => q2.quantise(fake), wrongType(/^tensor is/))
})

test('n out of its limits', () => {
  const limit = 2 ** 20
  for (const n of [0, -1, limit + 1, 1.5, NaN, Infinity]) {
    assert.throws(() => q2.quantise(row, { n }), outOfRange(`n is ${n}, must be an integer from 1 to 1048576`))
    assert.throws(() => q2.key(new Uint8Array(1), n), outOfRange(/^n is/))
  }
  assert.throws(() => q2.quantise(new Float32Array(limit + 1)), outOfRange('n is 1048577, must be an integer from 1 to 1048576'))
  assert.equal(q2.quantise(new Float32Array(limit).fill(1)).packed.length, limit / 4)
  assert.throws(() => q2.quantise(Buffer.alloc(2), { dtype: 'q4', n: 3 }), outOfRange('n is 3, must be even for q4'))
})

test('no rows, and arrays that are too short', () => {
  assert.throws(() => q2.quantise(new Float32Array(0)), outOfRange('tensor has 0 elements, must have at least 1'))
  const none = q2.quantiseRows(new Float32Array(0), { n: 4 })
  assert.deepEqual([none.count, none.packed.length, none.keys.length], [0, 0, 0])
  assert.throws(() => q2.quantise(row, { n: 8 }), outOfRange('tensor has 16 bytes, must have a multiple of 32 for n = 8 and fp32'))
  assert.throws(() => q2.quantise(row, { n: 4, seqLen: 2 }), outOfRange('tensor has 16 bytes, must have at least 32 for seqLen = 2, n = 4 and fp32'))
  assert.throws(() => q2.quantise(row, { seqLen: 0 }), outOfRange('seqLen is 0, must be an integer of at least 1'))
  assert.throws(() => q2.quantiseRows(row, { n: 3 }), outOfRange('rows has 16 bytes, must have a multiple of 12 for n = 3 and fp32'))
  assert.throws(() => q2.quantiseRows(row), wrongType('n is undefined, must be a number'))
  assert.throws(() => q2.key(new Uint8Array(0)), outOfRange('packed has 0 bytes, must have at least 1'))
  assert.throws(() => q2.key(new Uint8Array(1), 5), outOfRange('packed has 1 bytes, must have at least 2 for n = 5'))
  assert.throws(() => q2.leeDistance(new Uint8Array(2), new Uint8Array(1)), outOfRange('b has 1 bytes, must have at least 2 for n = 8'))
  assert.throws(() => q2.leeDistances(new Uint8Array(2), new Uint8Array(3)), outOfRange('codes has 3 bytes, must have a multiple of 2 for n = 8'))
})

test('an array that has lost its memory is not one without elements', () => {
  const detached = array => {
    structuredClone(array, { transfer: [array.buffer] })
    return array
  }
  const shrunk = () => {
    const buffer = new ArrayBuffer(64, { maxByteLength: 64 }), array = new Uint8Array(buffer, 32, 32)
    buffer.resize(16)
    return array
  }
  const lost = what => wrongType(`${what} has lost its memory: its ArrayBuffer was transferred, or made smaller`)
  const code = new Uint8Array(1)
  assert.throws(() => q2.quantise(detached(new Float32Array(4))), lost('tensor'))
  assert.throws(() => q2.quantiseRows(detached(new Float32Array(4)), { n: 4 }), lost('rows'))
  assert.throws(() => q2.quantise(row, { out: detached(new Uint8Array(1)) }), lost('out'))
  assert.throws(() => q2.leeDistances(code, detached(new Uint8Array(1))), lost('codes'))
  assert.throws(() => q2.dotScores(detached(new Int8Array(4)), code, { n: 4 }), lost('query'))
  assert.throws(() => q2.dotQuery(detached(new Float32Array(4))), lost('vector'))
  assert.throws(() => q2.nearestMany(shrunk(), code, 1, { n: 4 }), lost('queries'))
  assert.throws(() => q2.quantiseRows(shrunk(), { n: 4, dtype: 'q8' }), lost('rows'))
  assert.equal(q2.quantiseRows(new Float32Array(0), { n: 4 }).count, 0)
})

test('rows that overlap in memory are not given by a stride below their size', () => {
  assert.throws(() => q2.quantiseRows(row, { n: 2, rowStride: 4 }), outOfRange('rowStride is 4, must be an integer of at least 8'))
  assert.throws(() => q2.quantiseRows(row, { n: 4, packedStride: 0 }), outOfRange('packedStride is 0, must be an integer of at least 1'))
  assert.throws(() => q2.leeDistances(new Uint8Array(2), new Uint8Array(4), { stride: 1 }), outOfRange('stride is 1, must be an integer of at least 2'))
})

test('an output that is too short or of another type stays as it was', () => {
  const short = new Uint8Array(1).fill(0xaa)
  assert.throws(() => q2.quantise(new Float32Array(8).fill(1), { out: short }), outOfRange('out has 1 elements, must have at least 2'))
  assert.throws(() => q2.quantiseRows(new Float32Array(8).fill(1), { n: 4, out: short }), outOfRange('out has 1 elements, must have at least 2'))
  assert.deepEqual([...short], [0xaa])
  assert.throws(() => q2.quantise(row, { out: new Uint16Array(4) }), wrongType('out is a Uint16Array, must be a Uint8Array'))
  assert.throws(() => q2.leeDistances(new Uint8Array(1), new Uint8Array(2), { out: new Uint32Array(1) }), outOfRange('out has 1 elements, must have at least 2'))
})

test('a row that is not finite', () => {
  const out = new Uint8Array(1).fill(0xaa)
  for (const bad of [NaN, Infinity, -Infinity, 3e38]) {
    assert.throws(() => q2.quantise(new Float32Array([1, bad, 1, 1]), { out }), error => {
      assert.ok(error instanceof q2.Q2Error && error instanceof Error)
      assert.equal(error.code, 'ERR_Q2_NOT_FINITE')
      assert.equal(error.name, 'Q2Error')
      return true
    })
  }
  assert.deepEqual([...out], [0xaa], 'a refused row writes nothing')
})

test('rows of which some are not finite: the others come with the error', () => {
  const rows = new Float32Array([4, 1, -1, -4, 1, NaN, 1, 1, 4, 1, -1, -4, Infinity, 1, 1, 1])
  assert.throws(() => q2.quantiseRows(rows, { n: 4 }), error => {
    assert.equal(error.code, 'ERR_Q2_NOT_FINITE')
    assert.match(error.message, /^2 of 4 rows refused, first row 1: a NaN/)
    assert.deepEqual(error.rows, [1, 3])
    assert.deepEqual([...error.results.rowStatus], [0, 3, 0, 3])
    assert.deepEqual([...error.results.packed], [0b10_11_01_00, 0, 0b10_11_01_00, 0])
    assert.deepEqual([...error.results.transitions], [4, 0, 4, 0])
    assert.equal(error.results.keys[1], 0n)
    return true
  })
})

test('an unknown and an absent instruction set; the choice stays', () => {
  const before = q2.isa()
  assert.throws(() => q2.forceIsa('sse9'), wrongType('name is "sse9", must be one of scalar, avx2, avx512, neon'))
  const absent = process.arch === 'arm64' ? 'avx2' : 'neon'
  assert.throws(() => q2.forceIsa(absent), { name: 'Q2Error', code: 'ERR_Q2_UNSUPPORTED' })
  assert.equal(q2.isa(), before)
})

test('k out of its limits', () => {
  const code = new Uint8Array(2)
  for (const k of [0, 4097, -1, 1.5]) {
    assert.throws(() => q2.nearest(code, code, k), outOfRange(`k is ${k}, must be an integer from 1 to 4096`))
    assert.throws(() => q2.nearestMany(code, code, k, { n: 8 }), outOfRange(/^k is/))
  }
})

test('keys that are none', () => {
  assert.throws(() => q2.keyToHex(1), wrongType('key is a number, must be a BigInt'))
  assert.throws(() => q2.keyToHex(-1n), outOfRange(/^key is -1, must be from 0/))
  assert.throws(() => q2.keyToHex(2n ** 64n), outOfRange(/^key is 18446744073709551616/))
  assert.throws(() => q2.keyFromHex('12'), outOfRange('text is "12", must be 16 lower-case hex digits'))
  assert.throws(() => q2.keyFromHex('E4D8000000000000'), outOfRange(/^text is "E4D8/))
})
