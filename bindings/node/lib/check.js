'use strict'
// Checks of arguments, each with the value and the limit in its message.
const { typeError, rangeError } = require('./errors.js')
const dtypes = require('./dtype.js')
const { maxDim, maxNearest } = require('./native.js')

function integer(value, what, least, most) {
  if (typeof value !== 'number') throw typeError(`${what} is ${dtypes.describe(value)}, must be a number`)
  if (Number.isInteger(value) && value >= least && value <= most) return value
  const limit = most === Number.MAX_SAFE_INTEGER ? `an integer of at least ${least}` : `an integer from ${least} to ${most}`
  throw rangeError(`${what} is ${value}, must be ${limit}`)
}

const dimension = n => integer(n, 'n', 1, maxDim)
const neighbours = k => integer(k, 'k', 1, maxNearest)
const count = (value, what, least) => integer(value, what, least, Number.MAX_SAFE_INTEGER)

/** An array of the given kind with room for so many elements. */
function room(array, kind, length, what) {
  if (dtypes.kind(array) !== kind) throw typeError(`${what} is ${dtypes.describe(array)}, must be a ${kind}`)
  dtypes.requireMemory(array, what)
  if (array.length < length) throw rangeError(`${what} has ${array.length} elements, must have at least ${length}`)
  return array
}

/** An array of bytes: a Uint8Array or a Buffer. */
function bytes(array, what) {
  if (dtypes.kind(array) !== 'Uint8Array') throw typeError(`${what} is ${dtypes.describe(array)}, must be a Uint8Array or a Buffer`)
  dtypes.requireMemory(array, what)
  return array
}

const codeBytes = n => Math.ceil(n / 4)

/** One packed code, and its n: as given, or all that its bytes hold. */
function code(array, n, what) {
  bytes(array, what)
  if (n === undefined && array.length === 0) throw rangeError(`${what} has 0 bytes, must have at least 1`)
  n = dimension(n ?? 4 * array.length)
  if (array.length < codeBytes(n)) throw rangeError(`${what} has ${array.length} bytes, must have at least ${codeBytes(n)} for n = ${n}`)
  return n
}

/** Codes one after another, stride bytes apart: how many there are. */
const codes = (array, n, stride, what) => items(bytes(array, what), codeBytes(n), n, stride, what)

/** The same of int8 vectors. */
const vectors = (array, n, stride, what) => items(room(array, 'Int8Array', 0, what), n, n, stride, what)

function items(array, width, n, stride, what) {
  if (stride === undefined || stride === width) {
    if (array.length % width !== 0) throw rangeError(`${what} has ${array.length} bytes, must have a multiple of ${width} for n = ${n}`)
    return { stride: width, count: array.length / width }
  }
  count(stride, 'stride', width)
  return { stride, count: strided(array.length, stride, width) }
}

/** How many items of width bytes, stride apart, lie in length bytes. */
const strided = (length, stride, width) => (length < width ? 0 : Math.floor((length - width) / stride) + 1)

function options(value) {
  if (value === undefined) return {}
  if (typeof value !== 'object' || value === null) throw typeError(`options is ${dtypes.describe(value)}, must be an object`)
  return value
}

module.exports = { dimension, neighbours, count, room, bytes, codeBytes, code, codes, vectors, strided, options }
