'use strict'
// Against what the specification says, computed here in the slow way.
const { test } = require('node:test')
const assert = require('node:assert/strict')
const { Worker } = require('node:worker_threads')
const q2 = require('../lib/index.js')
const { isas } = require('./golden.js')

let state = 1
const random = below => (state = (Math.imul(state, 1103515245) + 12345) >>> 0) % below
const randomBytes = length => Uint8Array.from({ length }, () => random(65536) >> 8)

const symbol = (code, d) => [0, 1, 3, 2][(code[d >> 2] >> (6 - 2 * (d & 3))) & 3] // Gray 00, 01, 11, 10 are A, B, C, D
function lee(a, b, n) {
  let sum = 0
  for (let d = 0; d < n; d++) {
    const difference = Math.abs(symbol(a, d) - symbol(b, d))
    sum += Math.min(difference, 4 - difference)
  }
  return sum
}

const width = 6, n = 22, count = 40, stride = 9

test('codes, keys and their text', () => {
  const got = q2.quantise(new Float32Array([3, 0.1, -0.1, -3, 3, 3, -0.2, 0.2]))
  assert.deepEqual([...got.packed], [0xb4, 0xa7])
  assert.equal(got.key, 0xe4d8000000000000n)
  assert.deepEqual([got.n, got.transitions], [8, 7])
  assert.equal(q2.keyToHex(got.key), 'e4d8000000000000')
  assert.equal(q2.keyFromHex('e4d8000000000000'), got.key)
  assert.equal(q2.keyToSymbols(got.key, got.transitions), 'DCBADBC')
  assert.equal(q2.keyToBases(got.key, got.transitions), 'TCAGTAC')
  assert.equal(q2.keyToSymbols(0n, 1000), 'A'.repeat(32))
  assert.deepEqual(q2.unpackSymbols(got.packed), [3, 2, 1, 0, 3, 3, 1, 2])
  assert.equal(q2.quantise(new Float32Array(4).fill(1), { transitions: false }).transitions, undefined)
})

test('the last row of a tensor, and rows with strides', () => {
  const tensor = new Float32Array([9, 9, 9, 9, 4, 1, -1, -4])
  for (const options of [{ n: 4 }, { seqLen: 2 }, { n: 4, seqLen: 2 }]) assert.deepEqual([...q2.quantise(tensor, options).packed], [0b10_11_01_00])
  const out = new Uint8Array(8).fill(0xaa)
  const rows = new Float32Array([4, 1, -1, -4, 7, 7, 7, -4, -1, 1, 4])
  const got = q2.quantiseRows(rows, { n: 4, rowStride: 28, packedStride: 3, out })
  assert.deepEqual([...out], [0b10_11_01_00, 0xaa, 0xaa, 0b00_01_11_10, 0xaa, 0xaa, 0xaa, 0xaa])
  assert.equal(got.packed, out)
  assert.deepEqual([...got.keys].map(q2.keyToHex), ['e400000000000000', '1b00000000000000'])
  assert.deepEqual([...got.transitions], [4, 4])
})

for (const isa of isas(q2)) {
  test(`distances and nearest codes on ${isa}`, t => {
    q2.forceIsa(isa)
    t.after(() => q2.forceIsa())
    const query = randomBytes(width), codes = randomBytes((count - 1) * stride + width)
    const code = i => codes.subarray(i * stride, i * stride + width)
    const want = Array.from({ length: count }, (_, i) => lee(query, code(i), n))
    assert.equal(q2.leeDistance(query, code(3), n), want[3])
    assert.deepEqual([...q2.leeDistances(query, codes, { n, stride })], want)
    const order = want.map((distance, id) => ({ id, distance })).sort((a, b) => a.distance - b.distance || a.id - b.id)
    assert.deepEqual(q2.nearest(query, codes, 7, { n, stride }), order.slice(0, 7))
    assert.deepEqual(q2.nearest(query, codes, 100, { n, stride }), order)
    const many = q2.nearestMany(Buffer.concat([query, code(5), query]), codes, 3, { n, stride })
    assert.deepEqual([many.length, many[0], many[2]], [3, order.slice(0, 3), order.slice(0, 3)])
    assert.equal(many[1][0].distance, 0)
  })
}

const levels = [-4, -1, 1, 4]
const norm = (code, n) => {
  let strong = 0
  for (let d = 0; d < n; d++) strong += symbol(code, d) % 3 === 0
  return Math.fround(Math.sqrt(n + 15 * strong))
}
const slow = {
  l1: (a, b, n) => Array.from({ length: n }, (_, d) => Math.abs(symbol(a, d) - symbol(b, d))).reduce((x, y) => x + y),
  codeDot: (a, b, n) => slow.dot(Int8Array.from({ length: n }, (_, d) => levels[symbol(a, d)]), b, n),
  dot: (q, b, n) => Math.fround(Array.from({ length: n }, (_, d) => q[d] * levels[symbol(b, d)]).reduce((x, y) => x + y) / norm(b, n)),
}

for (const isa of isas(q2)) {
  test(`the other rankings on ${isa}`, t => {
    q2.forceIsa(isa)
    t.after(() => q2.forceIsa())
    const codes = randomBytes((count - 1) * stride + width), code = i => codes.subarray(i * stride, i * stride + width)
    const vector = Float32Array.from({ length: n }, () => random(2001) - 1000)
    const most = Math.max(...vector.map(Math.abs)), s = Math.fround(127 / most)
    const int8 = Int8Array.from(vector, x => { // half to even
      const y = Math.fround(x * s), r = Math.round(y)
      return Math.abs(y % 1) === 0.5 && r % 2 !== 0 ? r - 1 : r
    })
    assert.deepEqual(q2.dotQuery(vector), int8)
    for (const [name, of, query, label, down] of [
      ['l1', 'l1Distance', randomBytes(width), 'distance', 1], ['codeDot', 'codeDot', randomBytes(width), 'score', -1], ['dot', 'dot', int8, 'score', -1],
    ]) {
      const many = { l1Distance: 'l1Distances', codeDot: 'codeDotScores', dot: 'dotScores' }[of]
      const want = Array.from({ length: count }, (_, i) => slow[name](query, code(i), n))
      assert.equal(q2[of](query, code(3), n), want[3], name)
      assert.deepEqual([...q2[many](query, codes, { n, stride })], want, name)
      const order = want.map((x, id) => ({ id, [label]: x })).sort((a, b) => down * (a[label] - b[label]) || a.id - b.id)
      assert.deepEqual(q2[`${name}Nearest`](query, codes, 7, { n, stride }), order.slice(0, 7), name)
      const twice = new query.constructor([...query, ...query])
      assert.deepEqual(q2[`${name}NearestMany`](twice, codes, 50, { n, stride }), [order, order], name)
    }
  })
}

test('a query that is not finite, or of the wrong kind', () => {
  assert.throws(() => q2.dotQuery(new Float32Array([1, NaN])), { name: 'Q2Error', code: 'ERR_Q2_NOT_FINITE', message: 'the query holds a NaN or an infinity' })
  assert.throws(() => q2.dotQuery(new Float32Array(0)), { code: 'ERR_Q2_ARGUMENT' })
  assert.throws(() => q2.dotQuery(new Float32Array(4), new Int8Array(3)), { name: 'RangeError', message: 'out has 3 elements, must have at least 4' })
  assert.throws(() => q2.dot(new Uint8Array(8), new Uint8Array(2)), { name: 'TypeError', message: 'query is a Uint8Array, must be a Int8Array' })
  assert.throws(() => q2.dot(new Int8Array(9), new Uint8Array(2)), { name: 'RangeError', message: 'code has 2 bytes, must have at least 3 for n = 9' })
  assert.deepEqual([...q2.dotQuery(new Float32Array(3))], [0, 0, 0])
})

test('no codes', () => {
  const code = new Uint8Array(2), none = new Uint8Array(0)
  assert.deepEqual(q2.nearest(code, none, 3), [])
  assert.deepEqual(q2.nearestMany(none, code, 3, { n: 8 }), [])
  assert.deepEqual(q2.nearestMany(code, none, 3, { n: 8 }), [[]])
  assert.equal(q2.leeDistances(code, none).length, 0)
})

test('fp16 in a Uint16Array and, where the engine has it, a Float16Array', () => {
  const bits = new Uint16Array([0x4400, 0x3c00, 0xbc00, 0xc400]) // 4, 1, -1, -4
  assert.deepEqual([...q2.quantise(bits, { dtype: 'fp16' }).packed], [0b10_11_01_00])
  if (typeof Float16Array !== 'undefined') assert.deepEqual([...q2.quantise(new Float16Array(bits.buffer)).packed], [0b10_11_01_00])
})

test('a worker thread has a bridge of its own', async () => {
  const program = `const q2 = require(${JSON.stringify(require.resolve('../lib/index.js'))})
    require('node:worker_threads').parentPort.postMessage(q2.quantise(new Float32Array([4, 1, -1, -4])))`
  const answers = Array.from({ length: 4 }, () => new Promise((resolve, reject) => new Worker(program, { eval: true }).on('message', resolve).on('error', reject)))
  for (const got of await Promise.all(answers)) assert.equal(q2.keyToHex(got.key), 'e400000000000000')
})

test("the browser system's names", () => {
  const vector = new Float32Array([4, 1, -1, -4])
  const { packed, key } = q2.q2EncodeDirect(vector, 4)
  assert.deepEqual([...packed], [0b10_11_01_00])
  assert.equal(q2.q2KeyDirect(packed, 4), key)
  assert.deepEqual([...q2.quantise(vector, { dtype: q2.Q2_DTYPE_FP32 }).packed], [...packed])
  assert.deepEqual(q2.DTYPE_TO_Q2, { fp32: 0, fp16: 1, q8: 2, q4: 3, q2: 4, bf16: 5 })
  assert.throws(() => q2.q2EncodeDirect(vector, 8), { message: 'vec has 4 elements, must have at least 8' })
})
