'use strict'
// Activations to codes. The typed arrays are read where they lie.
const { rangeError } = require('./errors.js')
const dtypes = require('./dtype.js')
const check = require('./check.js')
const status = require('./status.js')
const native = require('./native.js')

const keyWord = new BigUint64Array(native.scratch, 0, 1)
const transitionsWord = new Uint32Array(native.scratch, 16, 1)

/** Older bridges don't know Float16Array: the same memory, seen as Uint16Array. */
const addressable = array =>
  dtypes.kind(array) === 'Float16Array' ? new Uint16Array(array.buffer, array.byteOffset, array.length) : array

/** n and seqLen of a tensor [seqLen x n]; what isn't said follows from the size of the array. */
function shape(tensor, dtype, n, seqLen) {
  const bytes = tensor.byteLength
  if (bytes === 0) throw rangeError('tensor has 0 elements, must have at least 1')
  if (dtypes.names[dtype] === 'q2') seqLen = 1
  if (seqLen !== undefined) check.count(seqLen, 'seqLen', 1)
  n = check.dimension(n ?? dtypes.dimensions[dtype](bytes / (seqLen ?? 1)))
  const row = dtypes.rowBytes[dtype](n)
  if (!Number.isInteger(row)) throw rangeError(`n is ${n}, must be even for q4`)
  if (seqLen === undefined && bytes % row !== 0) {
    throw rangeError(`tensor has ${bytes} bytes, must have a multiple of ${row} for n = ${n} and ${dtypes.names[dtype]}`)
  }
  seqLen ??= bytes / row
  if (bytes < seqLen * row) {
    throw rangeError(`tensor has ${bytes} bytes, must have at least ${seqLen * row} for seqLen = ${seqLen}, n = ${n} and ${dtypes.names[dtype]}`)
  }
  return { n, seqLen }
}

function quantise(tensor, options) {
  const o = check.options(options)
  const dtype = dtypes.of(tensor, o.dtype, 'tensor')
  const { n, seqLen } = shape(tensor, dtype, o.n, o.seqLen)
  const packed = o.out === undefined ? new Uint8Array(check.codeBytes(n)) : check.room(o.out, 'Uint8Array', check.codeBytes(n), 'out')
  const counted = o.transitions !== false
  status.accept(native.quantise(addressable(tensor), seqLen, n, dtype, packed, counted))
  return { packed, key: keyWord[0], n, transitions: counted ? transitionsWord[0] : undefined }
}

/** Where the rows lie: rowStride bytes apart, one after another unless told otherwise. */
function rowLayout(rows, dtype, n, rowStride) {
  const row = dtypes.rowBytes[dtype](n)
  if (!Number.isInteger(row)) throw rangeError(`n is ${n}, must be even for q4`)
  if (rowStride === undefined) {
    if (rows.byteLength % row !== 0) throw rangeError(`rows has ${rows.byteLength} bytes, must have a multiple of ${row} for n = ${n} and ${dtypes.names[dtype]}`)
    return { rowStride: row, count: rows.byteLength / row }
  }
  check.count(rowStride, 'rowStride', row)
  return { rowStride, count: check.strided(rows.byteLength, rowStride, row) }
}

function quantiseRows(rows, options) {
  const o = check.options(options)
  const dtype = dtypes.of(rows, o.dtype, 'rows')
  const n = check.dimension(o.n)
  const { rowStride, count } = rowLayout(rows, dtype, n, o.rowStride)
  const packedStride = o.packedStride === undefined ? check.codeBytes(n) : check.count(o.packedStride, 'packedStride', check.codeBytes(n))
  const length = count === 0 ? 0 : (count - 1) * packedStride + check.codeBytes(n)
  const results = {
    packed: o.out === undefined ? new Uint8Array(length) : check.room(o.out, 'Uint8Array', length, 'out'),
    keys: new BigUint64Array(count), transitions: new Uint32Array(count), rowStatus: new Uint8Array(count), count, n,
  }
  const { packed, keys, transitions, rowStatus } = results
  status.acceptRows(native.quantiseRows(addressable(rows), rowStride, count, n, dtype, packed, packedStride, keys, transitions, rowStatus), results)
  return results
}

function key(packed, n) {
  n = check.code(packed, n, 'packed')
  status.accept(native.key(packed, n, false))
  return keyWord[0]
}

function transitions(packed, n) {
  n = check.code(packed, n, 'packed')
  status.accept(native.key(packed, n, true))
  return transitionsWord[0]
}

module.exports = { quantise, quantiseRows, key, transitions }
