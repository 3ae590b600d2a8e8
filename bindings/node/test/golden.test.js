'use strict'
const { test } = require('node:test')
const assert = require('node:assert/strict')
const q2 = require('../lib/index.js')
const { golden, isas } = require('./golden.js')

/** The input as the array that a program would hold it in, where its alignment allows. */
function arrays(input, dtype) {
  const bytes = new Uint8Array(input)
  const typed = { 0: Float32Array, 1: Uint16Array, 2: Int8Array, 5: Uint16Array }[dtype]
  return typed === undefined ? [bytes] : [bytes, new typed(bytes.buffer)]
}

function check({ index, dtype, n, seqLen, refused, packed, transitions, key }, tensor) {
  const name = `case ${index}`
  const options = dtype === 4 ? { dtype, n } : { dtype, n, seqLen }
  if (refused) {
    assert.throws(() => q2.quantise(tensor, options), { name: 'Q2Error', code: 'ERR_Q2_NOT_FINITE' }, name)
    return
  }
  const got = q2.quantise(tensor, options)
  assert.deepEqual(Buffer.from(got.packed), packed, name)
  assert.equal(got.key, key, name)
  assert.equal(got.transitions, transitions, name)
  assert.equal(q2.key(packed, n), key, name)
  assert.equal(q2.transitions(packed, n), transitions, name)
}

for (const isa of isas(q2)) {
  test(`golden cases on ${isa}`, t => {
    q2.forceIsa(isa)
    t.after(() => q2.forceIsa())
    assert.equal(q2.isa(), isa)
    let passed = 0
    for (const c of golden()) {
      for (const tensor of arrays(c.input, c.dtype)) check(c, tensor)
      passed++
    }
    t.diagnostic(`${passed} of 763 golden cases`)
    assert.equal(passed, 763)
  })
}
