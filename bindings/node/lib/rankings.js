'use strict'
// Lee distance and the other rankings of codes (docs/SPEC.md sections 7 and 10), each with the same four functions.
const { rangeError } = require('./errors.js')
const check = require('./check.js')
const status = require('./status.js')
const native = require('./native.js')

const foundWord = new BigUint64Array(native.scratch, 8, 1)
const distanceWord = new Uint32Array(native.scratch, 20, 1)

// The numbers are the bridge's. Distances grow with it, scores shrink.
const lee = { number: 0, Results: Uint32Array, label: 'distance' }
const l1 = { number: 1, Results: Uint32Array, label: 'distance' }
const codeDot = { number: 2, Results: Float32Array, label: 'score' }
const dotProduct = { number: 3, Results: Float32Array, label: 'score', int8: true }

/** One query, and its n: as given, or all that it holds. */
function query(ranking, array, n, what) {
  if (!ranking.int8) return check.code(array, n, what)
  check.room(array, 'Int8Array', 0, what)
  n = check.dimension(n ?? array.length)
  check.room(array, 'Int8Array', n, what)
  return n
}

function one(ranking) {
  const result = new ranking.Results(1)
  return (a, b, n) => {
    n = query(ranking, a, n, ranking.int8 ? 'query' : 'a')
    check.code(b, n, ranking.int8 ? 'code' : 'b')
    status.accept(native.rank(ranking.number, a, b, check.codeBytes(n), 1, n, result))
    return result[0]
  }
}

function leeDistance(a, b, n) {
  n = check.code(a, n, 'a')
  check.code(b, n, 'b')
  status.accept(native.leeDistance(a, b, n))
  return distanceWord[0]
}

const all = ranking => (array, codes, options) => {
  const o = check.options(options)
  const n = query(ranking, array, o.n, 'query')
  const { stride, count } = check.codes(codes, n, o.stride, 'codes')
  const results = o.out === undefined ? new ranking.Results(count) : check.room(o.out, ranking.Results.name, count, 'out')
  status.accept(native.rank(ranking.number, array, codes, stride, count, n, results))
  return results
}

/** Row j of what libq2 wrote, as neighbours. Indices are below 2^53: no array has that many codes. */
const neighbours = (ranking, ids, results, k, found, j) =>
  Array.from({ length: found }, (_, i) => ({ id: Number(ids[j * k + i]), [ranking.label]: results[j * k + i] }))

function search(ranking, queries, queryStride, queryCount, codes, n, k, codeStride) {
  const { stride, count } = check.codes(codes, n, codeStride, 'codes')
  const ids = new BigUint64Array(queryCount * k)
  const results = new ranking.Results(queryCount * k)
  status.accept(native.nearest(ranking.number, queries, queryStride, queryCount, codes, stride, count, n, k, ids, results))
  const found = Number(foundWord[0])
  return Array.from({ length: queryCount }, (_, j) => neighbours(ranking, ids, results, k, found, j))
}

const nearest = ranking => (array, codes, k, options) => {
  const o = check.options(options)
  check.neighbours(k)
  const n = query(ranking, array, o.n, 'query')
  return search(ranking, array, ranking.int8 ? n : check.codeBytes(n), 1, codes, n, k, o.stride)[0]
}

const nearestMany = ranking => (queries, codes, k, options) => {
  const o = check.options(options)
  check.neighbours(k)
  const n = check.dimension(o.n)
  const { stride, count } = ranking.int8 ? check.vectors(queries, n, o.queryStride, 'queries') : check.codes(queries, n, o.queryStride, 'queries')
  if (count * k > 2 ** 32) throw rangeError(`queries has ${count} queries, must have at most ${Math.floor(2 ** 32 / k)} for k = ${k}`)
  return search(ranking, queries, stride, count, codes, n, k, o.stride)
}

/** A query vector as dot takes it. */
function dotQuery(vector, out) {
  check.room(vector, 'Float32Array', 1, 'vector')
  const n = check.dimension(vector.length)
  const result = out === undefined ? new Int8Array(n) : check.room(out, 'Int8Array', n, 'out')
  status.accept(native.dotQuery(vector, n, result), 'the query holds a NaN or an infinity')
  return result
}

module.exports = {
  leeDistance, leeDistances: all(lee), nearest: nearest(lee), nearestMany: nearestMany(lee),
  l1Distance: one(l1), l1Distances: all(l1), l1Nearest: nearest(l1), l1NearestMany: nearestMany(l1),
  codeDot: one(codeDot), codeDotScores: all(codeDot), codeDotNearest: nearest(codeDot), codeDotNearestMany: nearestMany(codeDot),
  dotQuery, dot: one(dotProduct), dotScores: all(dotProduct), dotNearest: nearest(dotProduct), dotNearestMany: nearestMany(dotProduct),
}
