'use strict'
const { test } = require('node:test')
const assert = require('node:assert/strict')
const path = require('node:path')
const Module = require('node:module')

// The package over q2_marks, whose functions flip the first byte of every memory they are given (testdata/marks/marks.c).
function overMarks() {
  const built = path.join(__dirname, '../build/Release/q2.node')
  const marks = require('../build/Release/q2_marks.node')
  const saved = { ...require.cache }
  for (const file of Object.keys(require.cache)) if (file.includes(`${path.sep}lib${path.sep}`)) delete require.cache[file]
  require.cache[built] = Object.assign(new Module(built), { exports: marks, loaded: true })
  const q2 = require('../lib/index.js')
  for (const file of Object.keys(require.cache)) delete require.cache[file]
  Object.assign(require.cache, saved)
  assert.equal(q2.version, 'marks')
  return q2
}
const q2 = overMarks()

const bytesOf = array => new Uint8Array(array.buffer, array.byteOffset, array.byteLength)

/** Runs the call and sees that the first byte of each array flipped, and no other byte of its buffer. */
function assertInPlace(arrays, call) {
  const before = arrays.map(a => new Uint8Array(a.buffer.slice(0)))
  call()
  arrays.forEach((array, i) => {
    const want = before[i]
    want[array.byteOffset] ^= 0xff
    assert.deepEqual(new Uint8Array(array.buffer), want, `array ${i}: libq2 was given a copy`)
  })
}

/** Arrays of a kind at the begin of a buffer and inside one; small ones live on the JavaScript heap until their address is asked for. */
const placements = (kind, length) => [new kind(length), new kind(length + 3).subarray(2, 2 + length)]

for (const n of [8, 384, 4096]) {
  test(`n = ${n}: every array is read and written where it lies`, () => {
    const code = () => Buffer.alloc(n / 4, 0x1b)
    for (const tensor of [...placements(Float32Array, n), ...placements(Int8Array, n)]) {
      const out = new Uint8Array(n / 4 + 2).subarray(1)
      assertInPlace([tensor, out], () => q2.quantise(tensor, { out }))
      assertInPlace([tensor, out], () => q2.quantiseRows(tensor, { n, out }))
    }
    for (const half of placements(Uint16Array, n)) assertInPlace([half], () => q2.quantise(half, { dtype: 'bf16' }))
    const a = new Uint8Array(code()), codes = new Uint8Array(3 * n / 4), out = new Uint32Array(3)
    assertInPlace([a], () => q2.key(a))
    assertInPlace([a, codes], () => q2.leeDistance(a, codes, n))
    assertInPlace([a, codes, out], () => q2.leeDistances(a, codes, { out }))
    assertInPlace([a, codes], () => q2.nearest(a, codes, 2))
    assertInPlace([a, codes], () => q2.nearestMany(a, codes, 2, { n }))
    const vector = new Float32Array(n), int8 = new Int8Array(n), scores = new Float32Array(3)
    assertInPlace([vector, int8], () => q2.dotQuery(vector, int8))
    assertInPlace([int8, codes, scores], () => q2.dotScores(int8, codes, { out: scores }))
    assertInPlace([int8, codes], () => q2.dotNearest(int8, codes, 2))
    assertInPlace([a, codes], () => q2.l1NearestMany(a, codes, 2, { n }))
    assertInPlace([a, codes], () => q2.codeDot(a, codes, n))
    const buffer = Buffer.from(new ArrayBuffer(4 * n + 8), 4, 4 * n)
    assertInPlace([buffer], () => q2.quantise(buffer, { dtype: 'fp32', n }))
    const shared = new Float32Array(new SharedArrayBuffer(4 * n))
    q2.quantise(shared)
    assert.equal(bytesOf(shared)[0], 0xff)
  })
}
