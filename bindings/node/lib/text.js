'use strict'
// A key as text (docs/SPEC.md section 6), and a code as symbols.
const { typeError, rangeError } = require('./errors.js')
const dtypes = require('./dtype.js')
const check = require('./check.js')

const most = 2n ** 64n - 1n

function word(key) {
  if (typeof key !== 'bigint') throw typeError(`key is ${dtypes.describe(key)}, must be a BigInt`)
  if (key < 0n || key > most) throw rangeError(`key is ${key}, must be from 0 to ${most}`)
  return key
}

const keyToHex = key => word(key).toString(16).padStart(16, '0')

function keyFromHex(text) {
  if (typeof text !== 'string') throw typeError(`text is ${dtypes.describe(text)}, must be a string`)
  if (!/^[0-9a-f]{16}$/.test(text)) throw rangeError(`text is "${text}", must be 16 lower-case hex digits`)
  return BigInt('0x' + text)
}

/** The first min(transitions, 32) symbols in the letters of an alphabet. */
function spell(key, transitions, alphabet) {
  word(key)
  const length = Math.min(check.count(transitions, 'transitions', 0), 32)
  return Array.from({ length }, (_, i) => alphabet[Number((key >> BigInt(62 - 2 * i)) & 3n)]).join('')
}

const keyToSymbols = (key, transitions) => spell(key, transitions, 'ABCD')
const keyToBases = (key, transitions) => spell(key, transitions, 'GACT')

/** The symbols of a code, 0 (A) to 3 (D). */
function unpackSymbols(packed, n) {
  n = check.code(packed, n, 'packed')
  return Array.from({ length: n }, (_, d) => {
    const gray = (packed[d >> 2] >> (6 - 2 * (d & 3))) & 3
    return gray ^ (gray >> 1)
  })
}

module.exports = { keyToHex, keyFromHex, keyToSymbols, keyToBases, unpackSymbols }
