'use strict'
// The names under which the browser system knows the same things.
const { rangeError } = require('./errors.js')
const dtypes = require('./dtype.js')
const { quantise, key } = require('./quantise.js')

function q2EncodeDirect(vec, n) {
  if (vec?.length < n) throw rangeError(`vec has ${vec.length} elements, must have at least ${n}`)
  const { packed, key } = quantise(vec, { n, seqLen: 1 })
  return { packed, key }
}

const browser = Object.fromEntries(dtypes.names.map((name, i) => [`Q2_DTYPE_${name.toUpperCase()}`, i]))

module.exports = { ...browser, DTYPE_TO_Q2: dtypes.numbers, q2EncodeDirect, q2KeyDirect: key }
