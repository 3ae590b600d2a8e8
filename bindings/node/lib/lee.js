'use strict'
// Lee distance and nearest codes (docs/SPEC.md section 7).
const { rangeError } = require('./errors.js')
const check = require('./check.js')
const status = require('./status.js')
const native = require('./native.js')

const foundWord = new BigUint64Array(native.scratch, 8, 1)
const distanceWord = new Uint32Array(native.scratch, 20, 1)

function leeDistance(a, b, n) {
  n = check.code(a, n, 'a')
  check.code(b, n, 'b')
  status.accept(native.leeDistance(a, b, n))
  return distanceWord[0]
}

function leeDistances(query, codes, options) {
  const o = check.options(options)
  const n = check.code(query, o.n, 'query')
  const { stride, count } = check.codes(codes, n, o.stride, 'codes')
  const distances = o.out === undefined ? new Uint32Array(count) : check.room(o.out, 'Uint32Array', count, 'out')
  status.accept(native.leeDistances(query, codes, stride, count, n, distances))
  return distances
}

/** Row j of what libq2 wrote, as neighbours. Indices are below 2^53: no array has that many codes. */
const neighbours = (ids, distances, k, found, j) =>
  Array.from({ length: found }, (_, i) => ({ id: Number(ids[j * k + i]), distance: distances[j * k + i] }))

function search(queries, queryStride, queryCount, codes, n, k, codeStride) {
  const { stride, count } = check.codes(codes, n, codeStride, 'codes')
  const ids = new BigUint64Array(queryCount * k)
  const distances = new Uint32Array(queryCount * k)
  status.accept(native.nearest(queries, queryStride, queryCount, codes, stride, count, n, k, ids, distances))
  const found = Number(foundWord[0])
  return Array.from({ length: queryCount }, (_, j) => neighbours(ids, distances, k, found, j))
}

function nearest(query, codes, k, options) {
  const o = check.options(options)
  check.neighbours(k)
  const n = check.code(query, o.n, 'query')
  return search(query, check.codeBytes(n), 1, codes, n, k, o.stride)[0]
}

function nearestMany(queries, codes, k, options) {
  const o = check.options(options)
  check.neighbours(k)
  const n = check.dimension(o.n)
  const { stride, count } = check.codes(queries, n, o.queryStride, 'queries')
  if (count * k > 2 ** 32) throw rangeError(`queries has ${count} codes, must have at most ${Math.floor(2 ** 32 / k)} for k = ${k}`)
  return search(queries, stride, count, codes, n, k, o.stride)
}

module.exports = { leeDistance, leeDistances, nearest, nearestMany }
